"""The table of units: exact, closed, and refused when it is wrong."""

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from cobalamin.service.knowledge import toml_files, units
from cobalamin.service.knowledge.errors import KnowledgeError
from cobalamin.service.knowledge.units import load_properties, load_spellings, load_units
from cobalamin.service.rules.model.units import convert_limit
from cobalamin.service.rules.model.vocabulary import Analyte


@pytest.mark.parametrize(
    ("analyte", "limit", "unit", "to", "expected"),
    [
        ("b12_total", "100", "pmol/L", "ng/L", "135.537"),
        ("b12_total", "1000", "pg/mL", "pmol/L", "737.8"),
        ("mma", "0.40", "umol/L", "nmol/L", "400"),
        ("mma", "1", "nmol/mL", "umol/L", "1"),
        ("mma", "1", "ug/L", "nmol/L", "8.468"),
        ("homocysteine", "1", "mg/L", "umol/L", "7.398"),
        ("folate_serum", "1", "ng/mL", "nmol/L", "2.266"),
        ("haemoglobin", "1", "g/dL", "mmol/L", "0.6206"),
        ("creatinine", "1", "mg/dL", "umol/L", "88.40"),
        ("bilirubin", "1", "mg/dL", "umol/L", "17.10"),
        ("magnesium", "1", "mg/dL", "mmol/L", "0.4114"),
        ("calcium", "1", "mg/dL", "mmol/L", "0.2495"),
        ("vitamin_d", "1", "ng/mL", "nmol/L", "2.496"),
        ("haematocrit", "0.36", "L/L", "%", "36"),
        ("platelets", "150000", "/uL", "10*9/L", "150"),
    ],
)
def test_limits_convert_as_published(
    analyte: str, limit: str, unit: str, to: str, expected: str
) -> None:
    table = load_units()[Analyte(analyte)]
    there = convert_limit(Decimal(limit), unit, to, table)
    assert there.quantize(Decimal(expected)) == Decimal(expected)
    assert convert_limit(there, to, unit, table).quantize(Decimal("1e-9")) == Decimal(limit)


def test_windows_of_one_analyte_agree_between_its_units() -> None:
    """A value that one unit allows is nowhere near what another one calls implausible."""
    for analyte, table in load_units().items():
        highest = [
            convert_limit(table.plausible[unit][1], unit, table.canonical, table)
            for unit in table.factors
        ]
        assert max(highest) <= 3 * min(highest), analyte


@pytest.mark.parametrize(
    ("analyte", "refused"),
    [
        ("homocysteine", "umol/mL"),
        ("b12_total", "nmol/L"),
        ("b12_total", "umol/L"),
        ("b12_total", "\u00b5mol/L"),
        ("haemoglobin", "g/mL"),
        ("b12_active", "pg/mL"),
        ("egfr", "mL/min"),
        ("rdw", "fL"),
    ],
)
def test_units_that_are_confused_are_refused_with_a_reason(analyte: str, refused: str) -> None:
    assert load_units()[Analyte(analyte)].refused[refused]


def test_no_spelling_is_accepted_and_refused_at_once() -> None:
    for analyte, table in load_units().items():
        accepted = set(table.factors) | set(table.aliases)
        assert accepted.isdisjoint(table.refused), analyte


def test_every_unit_measures_one_kind_of_quantity() -> None:
    properties = load_properties()
    assert {unit for table in load_units().values() for unit in table.factors} <= set(properties)
    assert set(properties) <= load_spellings()


@pytest.mark.parametrize("spelled", ["10^9/L", "10E9/L", "x10^9/l", "K/uL", "10*9/l", "G/L"])
def test_counts_are_spelled_in_many_ways(spelled: str) -> None:
    assert spelled in load_units()[Analyte.platelets].aliases


# --- a wrong file is refused


def a_table(**changed: object) -> dict[str, object]:
    """A small file that is right."""
    entry = {"canonical": "g/L", "units": {"g/L": {"factor": "1", "plausible": ["1", "2"]}}}
    return {
        "molar_mass": {},
        "properties": {"mass": ["g/L"]},
        "spellings": {"g/L": ["g/l"]},
        "analyte": {"haemoglobin": entry | changed},
    }


def load(table: dict[str, object]) -> object:
    return units.read_units(msgspec.convert(table, units._File))


def test_the_small_table_is_right() -> None:
    assert load(a_table())


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"canonical": "g/dL"}, "must be a unit with the factor 1"),
        ({"units": {"g/L": {"factor": "x", "plausible": ["1", "2"]}}}, "is not a number"),
        ({"units": {"g/L": {"factor": "NaN", "plausible": ["1", "2"]}}}, "is not finite"),
        ({"units": {"g/L": {"factor": "0", "plausible": ["1", "2"]}}}, "is not above zero"),
        ({"units": {"g/L": {"factor": "1", "plausible": ["2", "1"]}}}, "from a lower"),
        ({"units": {"g/L": {"plausible": ["1", "2"]}}}, "needs either factor"),
        (
            {"units": {"g/L": {"factor": "1", "mass": "x", "plausible": ["1", "2"]}}},
            "needs either factor",
        ),
        (
            {"units": {"g/L": {"mass": "x", "times": "1", "plausible": ["1", "2"]}}},
            "is not a molar mass",
        ),
        ({"aliases": {"gramme": "kg/L"}}, "is not read"),
        ({"refused": {"g/L": "never"}}, "is read and refused at once"),
    ],
)
def test_a_wrong_table_is_refused_by_file_and_key(changed: dict[str, object], problem: str) -> None:
    with pytest.raises(KnowledgeError, match=problem) as caught:
        load(a_table(**changed))
    assert caught.value.file == "units.toml"
    assert caught.value.key.startswith("analyte.haemoglobin")


def test_an_unknown_key_or_analyte_is_refused() -> None:
    for table in (a_table(colour="red"), a_table() | {"analyte": {"porridge": {}}}):
        with pytest.raises(msgspec.ValidationError):
            load(table)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('"h_pylori", ', "", "analyte.h_pylori: is missing"),
        ('"h_pylori"', '"h_pylori", "ferritin"', "qualitative.ferritin: has units as well"),
    ],
)
def test_an_analyte_without_units_is_refused_by_its_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, problem: str
) -> None:
    text = toml_files.ROOT.joinpath(units.FILE).read_text("utf-8")
    assert text.count(old) == 1
    (tmp_path / units.FILE).write_text(text.replace(old, new), "utf-8")
    monkeypatch.setattr(toml_files, "ROOT", tmp_path)
    with pytest.raises(KnowledgeError) as refused:
        units.load_units.__wrapped__()
    assert str(refused.value) == f"units.toml: {problem}"
