"""SNOMED CT release files (RF2 snapshot), or a subset of them, as a table of products."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from cobalamin.service.knowledge.errors import KnowledgeError
from cobalamin.service.knowledge.product_table import Product
from cobalamin.service.knowledge.releases.contents import (
    ANY,
    Held,
    form_called,
    ingredient_called,
    mass,
    mass_in,
    product_of,
)

DESCRIPTIONS, RELATIONS = "sct2_Description_", "sct2_Relationship_"
VALUES = "sct2_RelationshipConcreteValues_"
ACTIVE = "1"
FULLY_SPECIFIED = "900000000000003001"
INGREDIENT = ("762949000", "127489000")  # precise active ingredient, active ingredient
DOSE_FORM = "411116001"
SUBSTANCE = " (substance)"
MASSES = {"258684004": "mg", "258685003": "ug", "258682000": "g"}
MILLILITRE = "258773002"


class _Ratio(Struct, frozen=True):
    """The attributes of one kind of strength."""

    value: str
    unit: str
    per: str
    per_unit: str


PRESENTATION = _Ratio("1142135004", "732945000", "1142136003", "732947008")
CONCENTRATION = _Ratio("1142138002", "733725009", "1142137007", "733722007")
Group = dict[str, str]


def read_snomed(folder: Path) -> dict[str, Product]:
    """Every product of the files by its identifier, and every substance that matters.

    A product that holds nothing that matters is empty.

    Raises:
        KnowledgeError: a file is missing or has other columns; names it.
    """
    names = _names(folder)
    products: dict[str, Product] = {}
    for code, name in names.items():
        substance = name.removesuffix(SUBSTANCE)
        if substance != name and ingredient_called(substance) is not None:
            products[code] = product_of(ANY, [Held(substance)])
    for code, groups in _groups(folder).items():
        held = [item for group in groups.values() if (item := _held(group, names)) is not None]
        if held:
            forms = [group[DOSE_FORM] for group in groups.values() if DOSE_FORM in group]
            form = form_called(names.get(forms[0], "")) if forms else ANY
            products[code] = product_of(form, held)
    return products


def _files(folder: Path, name: str) -> list[Path]:
    return sorted(folder.rglob(f"{name}*.txt"))


def _rows(path: Path, *wanted: str) -> Iterator[Mapping[str, str]]:
    """The active rows of a file by the names of its columns."""
    try:
        with path.open(encoding="utf-8") as lines:
            columns = next(lines, "").rstrip("\r\n").split("\t")
            for column in ("active", *wanted):
                if column not in columns:
                    raise KnowledgeError(path.name, column, "is a column that is missing")
            for line in lines:
                row = dict(zip(columns, line.rstrip("\r\n").split("\t"), strict=False))
                if row.get("active") == ACTIVE:
                    yield row
    except (OSError, UnicodeDecodeError) as error:
        raise KnowledgeError(path.name, "", str(error)) from None


def _names(folder: Path) -> dict[str, str]:
    paths = _files(folder, DESCRIPTIONS)
    if not paths:
        raise KnowledgeError(DESCRIPTIONS, "", "is missing")
    return {
        row["conceptId"]: row["term"]
        for path in paths
        for row in _rows(path, "conceptId", "typeId", "term")
        if row["typeId"] == FULLY_SPECIFIED
    }


def _groups(folder: Path) -> dict[str, dict[str, Group]]:
    """The attributes of each concept by their group; numbers are without their sign."""
    paths = _files(folder, RELATIONS)
    if not paths:
        raise KnowledgeError(RELATIONS, "", "is missing")
    groups: dict[str, dict[str, Group]] = {}
    for path in (*paths, *_files(folder, VALUES)):
        for row in _rows(path, "sourceId", "relationshipGroup", "typeId"):
            value = row.get("destinationId") or row.get("value", "").removeprefix("#")
            group = groups.setdefault(row["sourceId"], {}).setdefault(row["relationshipGroup"], {})
            group[row["typeId"]] = value
    return groups


def _held(group: Group, names: Mapping[str, str]) -> Held | None:
    code = next((group[kind] for kind in INGREDIENT if kind in group), None)
    if code is None:
        return None
    name = names.get(code, "").removesuffix(SUBSTANCE)
    return Held(name, _strength(group, PRESENTATION) or _strength(group, CONCENTRATION))


def _strength(group: Group, ratio: _Ratio) -> str:
    """The mass in one piece, or in a volume; empty where another unit is used."""
    unit, value = MASSES.get(group.get(ratio.unit, "")), group.get(ratio.value)
    if unit is None or value is None:
        return ""
    volume = group.get(ratio.per, "1")
    if group.get(ratio.per_unit) == MILLILITRE:
        return mass_in(value, unit, volume, volume)
    return mass(value, unit) if ratio is PRESENTATION else ""
