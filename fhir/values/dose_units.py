"""The units in which doses are written: masses, millilitres, and pieces under any name."""

import re

from cobalamin.fhir.decode.resources import QuantityElement

PIECE = "piece"
MILLILITRE = "mL"
_SPELLED = {
    "g": "g",
    "gm": "g",
    "gram": "g",
    "mg": "mg",
    "milligram": "mg",
    "ug": "ug",
    "mcg": "ug",
    "µg": "ug",
    "μg": "ug",
    "microgram": "ug",
    "ml": MILLILITRE,
    "millilitre": MILLILITRE,
    "milliliter": MILLILITRE,
    # The units of dm+d, which are SNOMED CT concepts.
    "258682000": "g",
    "258684004": "mg",
    "258685003": "ug",
    "258773002": MILLILITRE,
    **dict.fromkeys(
        (
            "1", "tab", "tablet", "tbl", "cap", "capsule", "pill", "piece", "unit", "each", "dose",
            "lozenge", "sachet", "ampoule", "ampule", "amp", "vial", "syringe", "injection",
            "428673006", "428641000", "429587008", "733013000", "413516001", "415818006",
            "3318611000001103", "3317411000001100", "3319711000001103", "3321411000001104",
            "732936001",
        ),
        PIECE,
    ),
}  # fmt: skip
# What an annotation of UCUM may name that is not a piece of the product.
_NO_PIECE = frozenset(
    {"drop", "gtt", "spoon", "teaspoon", "tablespoon", "spoonful", "scoop", "cup"}
)
_ANNOTATION = re.compile(r"\{([^{}]*)\}")
_PLURAL = re.compile(r"(?<=[a-z]{2})(\(s\)|s)$")


def parse_dose_unit(quantity: QuantityElement) -> str | None:
    """The unit of a dose: g, mg, ug, mL or a piece; None for one that is not known.

    A quantity without a unit counts pieces, as in FHIR. An annotation of UCUM, whatever it says,
    is the number one, so it counts pieces too, but for drops and spoons.
    """
    spelled = [text for text in (quantity.code, quantity.unit) if text is not None and text.strip()]
    if not spelled:
        return PIECE
    for text in spelled:
        unit = _named(text.strip().lower())
        if unit is not None:
            return unit
    return None


def _named(text: str) -> str | None:
    annotation = _ANNOTATION.fullmatch(text)
    name = _PLURAL.sub("", text if annotation is None else annotation[1].strip())
    if annotation is not None:
        return None if name in _NO_PIECE else PIECE
    return _SPELLED.get(text) or _SPELLED.get(name)
