"""RxNorm release files (RRF) as a table of products."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

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

CONCEPTS, RELATIONS = "RXNCONSO.RRF", "RXNREL.RRF"
SOURCE = "RXNORM"
FORM = "DF"
# From a term type to the ones that hold its ingredients, nearest first.
HOLDS: Mapping[str, tuple[str, ...]] = {
    "SCDC": ("IN", "PIN"),
    "SBDC": ("SCDC",),
    "SCD": ("SCDC", "IN"),
    "SBD": ("SCD", "SCDC"),
    "SCDF": ("IN",),
    "SCDG": ("IN",),
    "SCDFP": ("PIN",),
    "SCDGP": ("PIN",),
    "SBDF": ("SCDF",),
    "SBDG": ("SCDG",),
    "GPCK": ("SCD",),
    "BPCK": ("SBD", "SCD"),
    "BN": ("IN",),
    "MIN": ("IN",),
    "PIN": (),
    "IN": (),
}
LINKS = frozenset(
    {
        "consists_of", "constitutes", "has_ingredient", "ingredient_of", "has_ingredients",
        "ingredients_of", "has_precise_ingredient", "precise_ingredient_of", "has_tradename",
        "tradename_of", "contains", "contained_in", "has_part", "part_of", "has_dose_form",
        "dose_form_of",
    }
)  # fmt: skip
COMPONENT = "SCDC"
NAMED_BY_FORM = frozenset({"SCD", "SBD", "SCDF", "SBDF", "SCDG", "SBDG", "SCDFP", "SCDGP"})
_RXCUI, _SAB, _TTY, _STR = 0, 11, 12, 14
_FIRST, _SECOND, _RELA, _FROM = 0, 4, 7, 10
_STRENGTH = re.compile(r" (?P<value>[0-9.]+) (?P<unit>MG|G|UG)(?P<per>/ML|/ACTUAT)?$")
_VOLUME = re.compile(r"(?P<volume>[0-9.]+) ML ")


class RxNormRelease(Struct, frozen=True):
    """The concepts of a release: their names, term types and links in both directions."""

    names: Mapping[str, str]
    types: Mapping[str, str]
    linked: Mapping[str, set[str]]

    def nearest(self, code: str, kind: str) -> list[str]:
        """The linked concepts of one term type."""
        return sorted(one for one in self.linked.get(code, ()) if self.types[one] == kind)


def read_rxnorm(folder: Path) -> dict[str, Product]:
    """Every drug of the release by its RXCUI; one that holds nothing that matters is empty.

    Raises:
        KnowledgeError: a file is missing or is no RRF file; names it.
    """
    names, types = _concepts(folder)
    release = RxNormRelease(names, types, _linked(folder, types))
    products = {}
    for code, kind in types.items():
        if kind in HOLDS:
            held = _held(release, code, _VOLUME.match(names[code]))
            products[code] = product_of(_form(release, code), held)
    return products


def _rows(folder: Path, file: str, columns: int) -> Iterator[list[str]]:
    try:
        with (folder / file).open(encoding="utf-8") as lines:
            for line in lines:
                row = line.rstrip("\n").split("|")
                if len(row) <= columns:
                    raise KnowledgeError(file, "", "has too few columns")
                yield row
    except (OSError, UnicodeDecodeError) as error:
        raise KnowledgeError(file, "", str(error)) from None


def _concepts(folder: Path) -> tuple[dict[str, str], dict[str, str]]:
    """The normalised name and the term type of every concept of RxNorm itself."""
    names: dict[str, str] = {}
    types: dict[str, str] = {}
    for row in _rows(folder, CONCEPTS, _STR):
        if row[_SAB] == SOURCE and (row[_TTY] in HOLDS or row[_TTY] == FORM):
            names[row[_RXCUI]], types[row[_RXCUI]] = row[_STR], row[_TTY]
    return names, types


def _linked(folder: Path, types: Mapping[str, str]) -> Mapping[str, set[str]]:
    """The concepts that each one is linked to, in either direction."""
    linked: dict[str, set[str]] = {}
    for row in _rows(folder, RELATIONS, _FROM):
        first, second = row[_FIRST], row[_SECOND]
        if row[_RELA] in LINKS and row[_FROM] == SOURCE and first in types and second in types:
            linked.setdefault(first, set()).add(second)
            linked.setdefault(second, set()).add(first)
    return linked


def _held(release: RxNormRelease, code: str, volume: re.Match[str] | None) -> Iterator[Held]:
    """The ingredients of a concept, from the nearest kind of concept that holds them."""
    kind = release.types[code]
    if not HOLDS[kind]:
        yield Held(release.names[code])
    for nearer in HOLDS[kind]:
        parts = release.nearest(code, nearer)
        for inner in (one for part in parts for one in _held(release, part, volume)):
            is_component = kind == COMPONENT
            strength = _strength(release.names[code], volume) if is_component else inner.strength
            yield Held(inner.name, strength)
        if parts:
            return


def _strength(component: str, volume: re.Match[str] | None) -> str:
    """The strength at the end of a component's name; a ratio times the volume of one piece."""
    match = _STRENGTH.search(component)
    if match is None:
        return ""
    if match["per"] != "/ML":
        return mass(match["value"], match["unit"])
    if volume is None:
        return mass(match["value"], match["unit"], "1")
    return mass_in(match["value"], match["unit"], "1", volume["volume"])


def _form(release: RxNormRelease, code: str) -> str:
    """The dose form by its own concept, else by a name that ends with it."""
    kind = release.types[code]
    form_concepts = release.nearest(code, FORM)
    if form_concepts:
        return form_called(release.names[form_concepts[0]])
    return form_called(release.names[code]) if kind in NAMED_BY_FORM else ANY
