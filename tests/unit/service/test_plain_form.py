"""What the plain form says becomes facts; what cannot be used becomes a note."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cobalamin.schemas.plain import load_plain
from cobalamin.service.knowledge.units import load_units
from cobalamin.service.lab.plain_form import read_plain
from cobalamin.service.rules.facts import Facts, Finding, Flag
from cobalamin.service.rules.vocabulary import BodySite

ON = date(2026, 11, 20)


def read(**form: Any) -> Facts:  # noqa: ANN401
    return read_plain(load_plain(form), load_units(), ON)


def one(**result: Any) -> Facts:  # noqa: ANN401
    entry = {"analyte": "b12_total", "value": 98, "unit": "pg/mL", "date": "2026-11-02", **result}
    return read(results=[{name: value for name, value in entry.items() if value is not None}])


def codes(facts: Facts) -> list[str]:
    return [note.code for note in facts.notes]


def test_everything_of_a_result_is_read() -> None:
    facts = one(
        value=Decimal("98.0"),
        comparator="<",
        interpretation="low",
        status="corrected",
        referenceRange={"low": 180, "high": 914},
    )
    (result,) = facts.results
    assert str(result.quantity) == "<98.0 pg/mL"
    assert (result.flag, result.corrected, result.reference) == (Flag.low, True, "results[0]")
    assert result.limits is not None
    assert result.limits.low == 180
    assert result.limits.high == 914
    assert not facts.notes


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"unit": "pg/dL"}, "unit-not-read"),
        ({"unit": None}, "unit-missing"),
        ({"unit": "umol/L"}, "unit-not-read"),
        ({"status": "preliminary"}, "status-not-final"),
        ({"status": "entered-in-error"}, "entered-in-error"),
        ({"date": "last week"}, "date-not-read"),
        ({"value": None}, "value-missing"),
        ({"value": -1}, "value-not-plausible"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_path(change: dict[str, Any], code: str) -> None:
    facts = one(**change)
    assert facts.results == ()
    (refusal,) = facts.refusals
    assert (refusal.analyte, refusal.code) == ("b12_total", code)
    assert refusal.where.startswith("results[0]")
    assert code in codes(facts)


def test_one_bad_result_never_costs_the_good_one() -> None:
    good = {"analyte": "mcv", "value": 96, "unit": "fL", "date": "2026-11-02"}
    facts = read(results=[{"analyte": "b12_total", "value": 98, "unit": "pg/dL"}, good])
    assert [result.analyte for result in facts.results] == ["mcv"]


def test_a_unit_that_was_translated_is_told() -> None:
    facts = one(unit="pg/ml")
    assert codes(facts) == ["unit-alias"]
    assert facts.results[0].quantity is not None
    assert facts.results[0].quantity.unit == "pg/mL"


def test_a_result_without_date_is_of_the_day_of_assessment() -> None:
    facts = one(date=None)
    assert codes(facts) == ["date-missing"]
    assert facts.results[0].on.first == ON


def test_a_qualitative_result_needs_no_unit() -> None:
    facts = read(results=[{"analyte": "intrinsic_factor_antibody", "value": "positive"}])
    assert facts.results[0].finding is Finding.positive


def test_a_flag_alone_is_kept() -> None:
    facts = one(value=None, unit=None, interpretation="low")
    assert (facts.results[0].flag, facts.results[0].quantity) == (Flag.low, None)


@pytest.mark.parametrize("limits", [{}, {"low": 0, "high": 0}])
def test_an_empty_range_is_no_range(limits: dict[str, int]) -> None:
    assert one(referenceRange=limits).results[0].limits is None


def test_features_and_history_keep_what_was_said() -> None:
    facts = read(
        features=[{"code": "numbness", "onset": "2026-08", "bodySite": "feet", "objective": False}],
        history=[
            {"code": "metformin", "since": "2019", "dose": {"value": 2, "unit": "g/d"}},
            {"code": "folic_acid", "dose": {"value": 400, "unit": "mcg/d"}, "active": False},
        ],
    )
    (numbness,) = facts.features
    assert (numbness.present, numbness.site, numbness.objective) == (True, BodySite.feet, False)
    metformin, folic_acid = facts.history
    assert (str(metformin.dose), metformin.active) == ("2 g/d", True)
    assert (str(folic_acid.dose), folic_acid.active) == ("400 ug/d", False)


def test_a_date_that_is_none_becomes_a_note() -> None:
    facts = read(history=[{"code": "metformin", "since": "a while"}])
    assert codes(facts) == ["date-not-read"]
    assert facts.history[0].since is None


@pytest.mark.parametrize(
    ("said", "recorded", "pregnant", "notes"),
    [
        (True, True, True, []),
        (True, False, True, ["pregnancy-conflict"]),
        (False, True, True, ["pregnancy-conflict"]),
        (False, None, False, []),
        (None, True, True, []),
        (None, False, False, []),
        (None, None, None, []),
    ],
)
def test_pregnancy_is_one_fact(
    *, said: bool | None, recorded: bool | None, pregnant: bool | None, notes: list[str]
) -> None:
    form: dict[str, Any] = {"patient": {} if said is None else {"pregnant": said}}
    if recorded is not None:
        form["history"] = [{"code": "pregnancy", "active": recorded}]
    facts = read(**form)
    assert (facts.patient.pregnant, codes(facts)) == (pregnant, notes)


@pytest.mark.parametrize(
    ("born", "age", "notes"),
    [
        ("1951-03-02", 75, []),
        ("1951-03-02", 74, ["age-conflict"]),
        ("1951", 74, []),
        ("1951", 75, []),
        ("1951", 76, ["age-conflict"]),
    ],
)
def test_the_birth_date_beats_the_age_and_a_conflict_is_told(
    born: str, age: int, notes: list[str]
) -> None:
    assert codes(read(patient={"birthDate": born, "age": age})) == notes


def test_lists_that_were_not_sent_are_not_known() -> None:
    assert read().unread == ("features", "history")
    assert read(features=[], history=[]).unread == ()
