"""dm+d release files (XML) as a table of products."""

# The files are the administrator's own, read by a command and never by the service.
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree as ET

from msgspec import Struct

from cobalamin.service.knowledge.errors import KnowledgeError
from cobalamin.service.knowledge.product_table import Product
from cobalamin.service.knowledge.releases.contents import (
    ANY,
    Held,
    form_called,
    mass,
    mass_in,
    product_of,
)

FILES = ("f_ingredient2", "f_vtm2", "f_vmp2", "f_vmpp2", "f_amp2", "f_ampp2", "f_lookup2")
_UNITS = {"microgram": "ug", "gram": "g"}
_MILLILITRE = "ml"
Row = Mapping[str, str]


class DmdRelease(Struct, frozen=True):
    """The rows of a release by their element, and its look-up tables."""

    rows: Mapping[str, tuple[Row, ...]]
    forms: Mapping[str, str]
    units: Mapping[str, str]

    def by(self, element: str, key: str) -> dict[str, list[Row]]:
        """The rows of one element, by one of their values."""
        rows: dict[str, list[Row]] = {}
        for row in self.rows.get(element, ()):
            if key in row:
                rows.setdefault(row[key], []).append(row)
        return rows


def read_dmd(folder: Path) -> dict[str, Product]:
    """Every moiety, ingredient, product and pack of the release by its identifier.

    Identifiers that were replaced mean what their successors mean.

    Raises:
        KnowledgeError: a file is missing or is no XML; names it.
    """
    rows: dict[str, list[Row]] = {}
    looked_up: dict[str, dict[str, str]] = {}
    for name in FILES:
        for element, row in _elements(_file(folder, name)):
            if element == "INFO":
                looked_up.setdefault(row["parent"], {})[row.get("CD", "")] = row.get("DESC", "")
            else:
                rows.setdefault(element, []).append(row)
    release = DmdRelease(
        {element: tuple(element_rows) for element, element_rows in rows.items()},
        looked_up.get("FORM", {}),
        looked_up.get("UNIT_OF_MEASURE", {}),
    )
    return _products(release)


def _file(folder: Path, name: str) -> Path:
    paths = sorted(folder.rglob(f"{name}_*.xml"))
    if len(paths) != 1:
        raise KnowledgeError(name, "", f"is there {len(paths)} times, not once")
    return paths[0]


def _elements(path: Path) -> Iterator[tuple[str, Row]]:
    """Every element that holds values, with the name of the one around it."""
    around: list[str] = []
    try:
        for event, element in ET.iterparse(path, events=("start", "end")):  # noqa: S314
            if event == "start":
                around.append(element.tag)
                continue
            around.pop()
            if len(element):
                values = {child.tag: (child.text or "").strip() for child in element}
                yield element.tag, {**values, "parent": around[-1] if around else ""}
            if len(around) <= 1:
                element.clear()
    except (OSError, ET.ParseError) as error:
        raise KnowledgeError(path.name, "", str(error)) from None


def _products(release: DmdRelease) -> dict[str, Product]:
    products: dict[str, Product] = {}
    names = {row["ISID"]: row.get("NM", "") for row in release.rows.get("ING", ())}
    for row in release.rows.get("ING", ()):
        _add(products, row, "ISID", product_of(ANY, [Held(row.get("NM", ""))]))
    for row in release.rows.get("VTM", ()):
        held = [Held(name) for name in row.get("NM", "").split(" + ")]
        _add(products, row, "VTMID", product_of(ANY, held))
    _add_virtual(products, release, names)
    _add_followers(products, release)
    return products


def _add(products: dict[str, Product], row: Row, key: str, product: Product) -> None:
    for code in (row.get(key), row.get(f"{key}PREV")):
        if code:
            products.setdefault(code, product)


def _add_virtual(
    products: dict[str, Product], release: DmdRelease, names: Mapping[str, str]
) -> None:
    held, forms = release.by("VPI", "VPID"), release.by("DFORM", "VPID")
    for row in release.rows.get("VMP", ()):
        code = row.get("VPID", "")
        stated = [release.forms.get(line.get("FORMCD", ""), "") for line in forms.get(code, ())]
        form = form_called(stated[0] if stated and stated[0] else row.get("NM", ""))
        parts = [
            Held(names.get(line.get("ISID", ""), ""), _strength(release, line, row))
            for line in held.get(code, ())
        ]
        _add(products, row, "VPID", product_of(form, parts))


def _strength(release: DmdRelease, part: Row, product: Row) -> str:
    """What one piece holds: the mass, or the ratio for the volume of the piece that is named."""
    unit = release.units.get(part.get("STRNT_NMRTR_UOMCD", ""), "")
    value = part.get("STRNT_NMRTR_VAL", "")
    per = release.units.get(part.get("STRNT_DNMTR_UOMCD", ""))
    if per is None:
        return mass(value, _UNITS.get(unit, unit))
    if per != _MILLILITRE:
        return ""
    volume = part.get("STRNT_DNMTR_VAL") or "1"
    is_sized = release.units.get(product.get("UDFS_UOMCD", "")) == _MILLILITRE
    size = product.get("UDFS", "") if is_sized else volume
    return mass_in(value, _UNITS.get(unit, unit), volume, size or volume)


def _add_followers(products: dict[str, Product], release: DmdRelease) -> None:
    """Products of makers, and packs, hold what the product does that they follow."""
    for element, key, follows in (
        ("VMPP", "VPPID", "VPID"),
        ("AMP", "APID", "VPID"),
        ("AMPP", "APPID", "VPPID"),
    ):
        for row in release.rows.get(element, ()):
            product = products.get(row.get(follows, ""))
            if product is not None:
                _add(products, row, key, product)
