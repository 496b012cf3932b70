"""Branches of the rules that hardly any record takes, each with its answer."""

from datetime import date
from decimal import Decimal

import pytest
from msgspec.structs import replace

from assessments import TODAY, get_profile
from cobalamin.service.rules.assess import assess
from cobalamin.service.rules.evidence.case import Case
from cobalamin.service.rules.evidence.result_selection import (
    find_newest,
    is_later,
    order_newest_first,
)
from cobalamin.service.rules.findings.muscle import upper_limit
from cobalamin.service.rules.findings.pending import is_pending
from cobalamin.service.rules.model.assessment import Route
from cobalamin.service.rules.model.dates import When, read_when
from cobalamin.service.rules.model.facts import (
    Facts,
    FeatureFact,
    Finding,
    Flag,
    HistoryFact,
    Note,
    Patient,
    ReferenceRange,
    Refusal,
    Result,
    age_on,
)
from cobalamin.service.rules.model.notes import MAX_NOTES, OMITTED, NoteList
from cobalamin.service.rules.model.quantities import Quantity
from cobalamin.service.rules.model.vocabulary import Analyte, Feature, History
from cobalamin.service.rules.workflow.maintenance import next_injection

DAY = read_when("2026-11-18")
ADULT = Patient(birth_date=read_when("1969-04-12"))


def a_case(**facts: object) -> Case:
    return Case(Facts(patient=ADULT, **facts), get_profile().knowledge, TODAY)  # type: ignore[arg-type]


def creatine_kinase(**members: object) -> Result:
    return Result(analyte=Analyte.creatine_kinase, on=DAY, **members)  # type: ignore[arg-type]


@pytest.mark.parametrize(("flag", "expected"), [(Flag.high, True), (Flag.low, False)])
def test_creatine_kinase_that_is_only_marked_is_raised_where_it_is_marked_high(
    flag: Flag, *, expected: bool
) -> None:
    facts = Facts(
        patient=ADULT,
        results=(creatine_kinase(flag=flag),),
        features=(FeatureFact(code=Feature.muscle_cramp),),
    )
    muscle = assess(facts, get_profile().knowledge, TODAY).muscle
    assert muscle is not None
    named = [one.result.analyte for one in muscle.abnormal]
    assert (Analyte.creatine_kinase in named) is expected


def test_an_upper_limit_of_zero_makes_no_emergency() -> None:
    result = creatine_kinase(
        quantity=Quantity(value=Decimal(9000), unit="U/L"),
        limits=ReferenceRange(low=None, high=Decimal(0)),
    )
    case = a_case(results=(result,), features=(FeatureFact(code=Feature.muscle_cramp),))
    assert upper_limit(case, result) == 0
    muscle = assess(case.facts, get_profile().knowledge, TODAY).muscle
    assert muscle is not None
    assert muscle.emergencies == ()


def test_an_onset_before_the_birth_is_not_known_and_the_symptom_stays() -> None:
    symptom = FeatureFact(code=Feature.numbness, onset=read_when("1950-01-01"), recorded=DAY)
    facts = Facts(patient=ADULT, features=(symptom,))
    (kept,) = assess(facts, get_profile().knowledge, TODAY).facts.features
    assert (kept.code, kept.onset, kept.recorded) == (Feature.numbness, None, DAY)


def test_of_two_ended_courses_the_later_is_told() -> None:
    early, late = (
        HistoryFact(code=History.metformin, active=False, last=read_when(day))
        for day in ("2020-01-01", "2024-01-01")
    )
    for order in ((early, late), (late, early)):
        told = a_case(history=order).history(History.metformin)
        assert told is not None
        assert told.last == late.last
        assert not told.active


def test_of_results_without_a_number_one_is_found_in_any_order() -> None:
    one, other = (
        Result(analyte=Analyte.schistocytes, on=DAY, finding=finding, reference=finding)
        for finding in (Finding.positive, Finding.negative)
    )
    assert find_newest([one]) == [one]
    orders = [order_newest_first(order, {}) for order in ((one, other), (other, one))]
    assert orders[0] == orders[1]


def test_days_are_later_by_the_latest_day_that_they_can_mean() -> None:
    assert is_later(read_when("2026"), read_when("2026-05-01"))
    assert not is_later(read_when("2026-05-01"), read_when("2026-05"))


def test_times_with_a_zone_are_later_by_their_instant() -> None:
    assert is_later(read_when("2026-05-01T10:00:00Z"), read_when("2026-05-01T10:30:00+02:00"))
    assert not is_later(read_when("2026-05-01T09:00:00+02:00"), read_when("2026-05-01T08:00:00Z"))


def test_a_result_is_no_longer_pending_once_a_final_one_is_as_new() -> None:
    refusal = Refusal(analyte=Analyte.b12_total, code="status-not-final", where="x", on=DAY)
    final = Result(
        analyte=Analyte.b12_total, on=DAY, quantity=Quantity(value=Decimal(300), unit="ng/L")
    )
    case = a_case(refusals=(refusal,), results=(final,))
    assert not is_pending(case, Analyte.b12_total)


@pytest.mark.parametrize(
    ("code", "on", "expected"),
    [
        ("status-not-final", None, True),
        ("status-not-final", "2026-11-18", True),
        ("status-not-final", "2026-01-01", False),
        ("unit-not-read", "2026-11-18", False),
    ],
)
def test_a_result_is_pending_if_it_is_not_final_and_of_these_weeks(
    code: str, on: str | None, *, expected: bool
) -> None:
    refusal = Refusal(
        analyte=Analyte.b12_total, code=code, where="x", on=None if on is None else read_when(on)
    )
    assert is_pending(a_case(refusals=(refusal,)), Analyte.b12_total) is expected


def test_a_birth_date_that_is_still_to_come_tells_no_age() -> None:
    assert age_on(Patient(birth_date=read_when("2027-01-01")), date(2026, 11, 20)) is None


def test_notes_above_their_number_are_counted_in_one() -> None:
    notes = NoteList()
    for number in range(MAX_NOTES + 3):
        notes.add(Note(code=f"n{number}", where="body", text="a note"))
    notes.count()
    assert notes.is_full
    assert len(notes) == MAX_NOTES + 4
    *listed, last = notes
    assert len(listed) == MAX_NOTES
    assert (last.code, last.text) == (OMITTED, "4 further notes are not listed")
    notes.truncate(2)
    assert [note.code for note in notes] == ["n0", "n1"]


def test_a_spelling_may_mean_its_unit_and_no_other() -> None:
    table = get_profile().knowledge.units[Analyte.b12_total]
    assert table.may_mean("pmol/L", "pmol/L")
    assert not table.may_mean("pmol/L", "ng/L")
    assert not table.may_mean("furlong", "pmol/L")


@pytest.mark.parametrize(
    ("last", "expected"), [("2026-11-20", True), ("2026-11-21", False), ("2026-12-01", False)]
)
def test_an_injection_that_is_still_to_come_has_no_next_one(last: str, *, expected: bool) -> None:
    injection = HistoryFact(
        code=History.b12_replacement_parenteral,
        since=read_when("2025-01-01"),
        last=read_when(last),
    )
    assert (next_injection(a_case(history=(injection,))) is not None) is expected


def b12_of(level: int, on: When = DAY) -> Result:
    return Result(
        analyte=Analyte.b12_total, on=on, quantity=Quantity(value=Decimal(level), unit="ng/L")
    )


@pytest.mark.parametrize(
    ("start", "counts"), [("2026-11-18", True), ("2026-11-20", True), ("2026-11-22", False)]
)
def test_a_period_that_has_not_ended_counts_as_of_its_start(start: str, *, counts: bool) -> None:
    period = replace(read_when("2026-12-31"), start=read_when(start))
    used = a_case(results=(b12_of(110, period),)).results(Analyte.b12_total)
    assert [result.on for result in used] == ([read_when(start)] if counts else [])


@pytest.mark.parametrize(("level", "route"), [(110, Route.parenteral), (600, Route.refer)])
def test_a_bladder_finding_alone_takes_no_injection_from_treatment_that_is_not_enough(
    level: int, route: Route
) -> None:
    facts = Facts(
        patient=ADULT,
        results=(b12_of(level),),
        features=(FeatureFact(code=Feature.bladder_bowel_dysfunction, onset=DAY),),
        history=(HistoryFact(code=History.b12_replacement_oral, active=True),),
    )
    plan = assess(facts, get_profile().knowledge, TODAY).plan
    assert (plan.rung, plan.route) == ("R3", route)
