"""What the plain form says becomes facts; what cannot be used becomes a note."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cobalamin.schemas.paths import SchemaError
from cobalamin.schemas.plain import load_plain
from cobalamin.schemas.plain_decoding import decode_plain_form, to_plain_form
from cobalamin.service.knowledge.loader import load_knowledge
from cobalamin.service.knowledge.units import load_units
from cobalamin.service.lab.plain_form import read_plain
from cobalamin.service.rules.evidence.case import Case
from cobalamin.service.rules.model.facts import Facts, Finding, Flag
from cobalamin.service.rules.model.vocabulary import BodySite

ON = date(2026, 11, 20)
KNOWLEDGE = load_knowledge("uk-nice")


def read(**form: Any) -> Facts:  # noqa: ANN401
    return read_plain(to_plain_form(load_plain(form)), load_units(), ON)


def one(**result: Any) -> Facts:  # noqa: ANN401
    entry = {"analyte": "b12_total", "value": 98, "unit": "pg/mL", "date": "2026-11-02", **result}
    return read(results=[{name: value for name, value in entry.items() if value is not None}])


def codes(facts: Facts) -> list[str]:
    return [note.code for note in facts.notes]


@pytest.mark.parametrize("written", ["38", "38.0", "3.8e1", "3800e-2"])
def test_a_whole_number_is_read_however_it_is_written(written: str) -> None:
    form = decode_plain_form(f'{{"patient": {{"gestationWeeks": {written}}}}}'.encode())
    assert form.patient is not None
    assert form.patient.gestationWeeks == 38


@pytest.mark.parametrize("written", ["38.5", "1e999999", "46", "46.0", "-1.0", "true", '"38"'])
def test_no_other_number_of_weeks_is_read(written: str) -> None:
    with pytest.raises(SchemaError):
        decode_plain_form(f'{{"patient": {{"gestationWeeks": {written}}}}}'.encode())


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
        ({"status": "cancelled"}, "status-withdrawn"),
        ({"status": "done"}, "status-not-known"),
        ({"date": "last week"}, "date-not-read"),
        ({"value": None}, "value-missing"),
        ({"value": -1}, "value-not-plausible"),
        ({"value": "positive"}, "value-not-read"),
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


@pytest.mark.parametrize(
    ("word", "finding"), [("present", Finding.positive), ("absent", Finding.negative)]
)
def test_an_antibody_that_is_present_is_positive(word: str, finding: Finding) -> None:
    facts = read(results=[{"analyte": "intrinsic_factor_antibody", "value": word}])
    assert facts.results[0].finding is finding


@pytest.mark.parametrize(("value", "finding"), [(98, Finding.positive), (5, Finding.negative)])
def test_an_antibody_is_read_by_the_limit_of_its_report(value: int, finding: Finding) -> None:
    facts = one(analyte="ttg_iga", value=value, unit="U/mL", referenceRange={"high": 20})
    assert facts.results[0].finding is finding


def test_a_number_for_what_has_words_only_is_refused() -> None:
    facts = one(analyte="h_pylori", value=3, unit="U/mL")
    assert (facts.results, codes(facts)) == ((), ["value-not-read"])


def test_limits_the_wrong_way_round_are_told_and_not_used() -> None:
    facts = one(referenceRange={"low": 900, "high": 180})
    assert codes(facts) == ["range-not-read"]
    assert facts.results[0].limits is None


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


@pytest.mark.parametrize(
    ("unit", "read_as"), [("mg/d", "mg/d"), ("µg/d", "ug/d"), ("μg/d", "ug/d"), ("mcg/day", "ug/d")]
)
def test_a_dose_a_day_is_read(unit: str, read_as: str) -> None:
    facts = read(history=[{"code": "folic_acid", "dose": {"value": 5, "unit": unit}}])
    assert (str(facts.history[0].dose), codes(facts)) == (f"5 {read_as}", [])


@pytest.mark.parametrize(
    ("value", "unit"), [(5, "mg"), (5, "tablets"), (5, ""), (0, "mg/d"), (-5, "mg/d")]
)
def test_a_dose_that_is_not_clear_is_not_known_and_told(value: int, unit: str) -> None:
    facts = read(history=[{"code": "folic_acid", "dose": {"value": value, "unit": unit}}])
    assert (facts.history[0].dose, codes(facts)) == (None, ["dose-not-read"])
    assert facts.notes[0].where == "history[0].dose"


def test_a_date_that_is_none_becomes_a_note() -> None:
    facts = read(history=[{"code": "metformin", "since": "a while"}])
    assert codes(facts) == ["date-not-read"]
    assert facts.history[0].since is None


@pytest.mark.parametrize(
    ("said", "recorded", "pregnant", "notes"),
    [
        (True, [True], True, []),
        (True, [False], True, ["pregnancy-conflict"]),
        (False, [True], True, ["pregnancy-conflict"]),
        (False, [False, True], True, ["pregnancy-conflict"]),
        (True, [False, True], True, []),
        (False, [], False, []),
        (None, [True], True, []),
        (None, [False, True], True, []),
        (None, [False], False, []),
        (None, [], None, []),
    ],
)
def test_pregnancy_is_one_fact(
    *, said: bool | None, recorded: list[bool], pregnant: bool | None, notes: list[str]
) -> None:
    form: dict[str, Any] = {"patient": {} if said is None else {"pregnant": said}}
    form["history"] = [{"code": "pregnancy", "active": active} for active in recorded]
    facts = read(**form)
    assert (Case(facts, KNOWLEDGE, ON).is_pregnant, codes(facts)) == (pregnant, notes)


@pytest.mark.parametrize(("since", "pregnant"), [("2026-06", True), ("2019", None)])
def test_a_pregnancy_recorded_years_ago_is_over(since: str, *, pregnant: bool | None) -> None:
    facts = read(history=[{"code": "pregnancy", "since": since}])
    assert Case(facts, KNOWLEDGE, ON).is_pregnant is pregnant


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


@pytest.mark.parametrize(
    ("flag", "value", "warns"),
    [("low", 600, True), ("high", 600, True), ("normal", 98, True), ("low", 98, False)],
)
def test_a_flag_that_the_value_contradicts_is_said(flag: str, value: int, *, warns: bool) -> None:
    facts = one(value=value, interpretation=flag, referenceRange={"low": 180, "high": 914})
    assert codes(facts) == (["interpretation-contradicts-value"] if warns else [])
    assert len(facts.results) == 1
