"""Gestation from its age on a day, or from the expected day of delivery."""

from datetime import date, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cobalamin.service.knowledge.loader import load_knowledge
from cobalamin.service.rules.evidence.case import Case
from cobalamin.service.rules.findings.gestation import gestation_weeks, is_gestation_refused
from cobalamin.service.rules.model.facts import Facts
from fhir_builders import SNOMED, Json, a_bundle, a_code, a_quantity, a_resource, note_codes, read
from fhir_builders import an_observation as observed

TODAY = date(2026, 11, 20)
PREGNANT = a_resource("Condition", code=a_code("77386006", SNOMED))
KNOWLEDGE = load_knowledge("uk-nice")


def an_age(value: object, unit: str, on: date | None, identity: str = "g1") -> Json:
    day = None if on is None else on.isoformat()
    code = a_code("11884-4")
    return observed(value, unit, id=identity, code=code, effectiveDateTime=day)


def a_delivery(expected: date, on: date | None, identity: str = "d1") -> Json:
    day = None if on is None else on.isoformat()
    members = {"valueQuantity": None, "valueDateTime": expected.isoformat()}
    return observed(id=identity, code=a_code("11778-8"), effectiveDateTime=day, **members)


def case_of(*observations: Json) -> Case:
    return Case(read(a_bundle(PREGNANT, *observations)), KNOWLEDGE, TODAY)


def weeks_of(*observations: Json) -> int | None:
    return gestation_weeks(case_of(*observations))


@given(days=st.integers(0, 307), ago=st.integers(0, 300))
def test_age_and_delivery_of_one_pregnancy_give_the_same_weeks(days: int, ago: int) -> None:
    on = TODAY - timedelta(days=ago)
    expected = on + timedelta(days=280 - days)
    weeks = (days + ago) // 7
    said = weeks if weeks <= 43 else None
    assert weeks_of(an_age(days, "d", on)) == said
    assert weeks_of(a_delivery(expected, on)) == said


@pytest.mark.parametrize(("weeks", "used"), [(0, True), (43, True), (44, False)])
def test_a_gestation_that_no_pregnancy_reaches_is_not_used(weeks: int, *, used: bool) -> None:
    case = case_of(an_age(weeks, "wk", TODAY))
    assert gestation_weeks(case) == (weeks if used else None)
    assert is_gestation_refused(case) is not used


def test_a_pregnancy_that_has_not_begun_is_not_used() -> None:
    assert is_gestation_refused(case_of(a_delivery(date(2028, 4, 9), TODAY)))


def test_the_newest_record_wins_and_of_one_day_the_delivery() -> None:
    older = an_age(30, "wk", TODAY - timedelta(days=30), "a")
    newer = an_age(10, "wk", TODAY, "b")
    delivery = a_delivery(TODAY + timedelta(days=140), TODAY, "c")
    for order in permutations((older, newer)):
        assert weeks_of(*order) == 10
    for order in permutations((older, newer, delivery)):
        assert weeks_of(*order) == 20


@pytest.mark.parametrize(
    "observation",
    [
        an_age(20, "wk", None),
        an_age(20, "mo", TODAY),
        an_age("<20", "wk", TODAY),
        an_age(-1, "wk", TODAY),
        observed(id="x", code=a_code("11885-1"), valueQuantity=None, valueString="20 weeks"),
        observed(id="x", code=a_code("11779-6"), valueQuantity=a_quantity(20, "wk")),
        observed(id="x", code=a_code("11780-4"), valueQuantity=None, valueDateTime="soon"),
    ],
    ids=["no day", "unit", "comparator", "negative", "text", "no date", "no such date"],
)
def test_what_gives_no_gestation_is_noted(observation: Json) -> None:
    observation = {**observation, "issued": None}
    facts: Facts = read(a_bundle(PREGNANT, observation))
    assert facts.patient.gestation_begun is None
    assert "gestation-not-read" in note_codes(facts)


def test_a_delivery_without_a_day_of_record_is_older_than_any_other() -> None:
    delivery = a_delivery(TODAY + timedelta(days=70), None, "c")
    assert weeks_of(delivery) == 30
    assert weeks_of(delivery, an_age(10, "wk", TODAY)) == 10


def test_weeks_that_were_sent_for_the_day_are_taken_as_they_are() -> None:
    assert weeks_of() is None
    case = Case(read(a_bundle(an_age(20, "wk", TODAY))), KNOWLEDGE, TODAY)
    assert not is_gestation_refused(case), "nobody is known to be pregnant"
