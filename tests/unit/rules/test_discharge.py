"""What is left open at discharge: orders that go on after loading, and results to come."""

from collections.abc import Mapping
from datetime import date

import pytest
from msgspec.structs import replace

from cobalamin.service.knowledge.loader import load_knowledge
from cobalamin.service.rules.evidence.case import Case
from cobalamin.service.rules.model.dates import read_when
from cobalamin.service.rules.model.facts import Course, Facts, Refusal
from cobalamin.service.rules.model.vocabulary import Analyte
from cobalamin.service.rules.model.vocabulary import History as H
from cobalamin.service.rules.workflow.alert import Alert
from cobalamin.service.rules.workflow.discharge import (
    LEFT_OPEN,
    may_lack_continuation,
    open_actions,
)
from spec_tables import ON, read_facts

# ON is 2026-11-20; the first maintenance dose is due two months later in the UK.
LOADING = {"age": "60", "history": "b12_replacement_parenteral since 2026-11-16 last 2026-11-18"}
NOT_CONTINUED, PENDING = "discharge-not-continued", "discharge-result-pending"
INJECTED, SWALLOWED = H.b12_replacement_parenteral, H.b12_replacement_oral
KNOWLEDGE = load_knowledge("uk-nice")


def facts_of(
    given: Mapping[str, str],
    *courses: Course,
    pending: Analyte | None = None,
    on: str | None = None,
) -> Facts:
    facts = replace(read_facts(dict(given)), courses=courses)
    if pending is None:
        return facts
    day = None if on is None else read_when(on)
    refusal = Refusal(analyte=pending, code="status-not-final", where="spec", on=day)
    return replace(facts, refusals=(*facts.refusals, refusal))


def found(facts: Facts) -> tuple[Alert, ...]:
    return open_actions(Case(facts, KNOWLEDGE, ON))


def codes(facts: Facts) -> list[str]:
    return [concern.code for concern in found(facts)]


@pytest.mark.parametrize(
    ("course", "followed"),
    [
        (Course(code=INJECTED), True),
        (Course(code=SWALLOWED), True),
        (Course(code=INJECTED, in_hospital=True), False),
        (Course(code=SWALLOWED, in_hospital=True), False),
        (Course(code=INJECTED, until=date(2026, 11, 30)), False),
        (Course(code=INJECTED, until=date(2027, 1, 19)), False),
        (Course(code=INJECTED, until=date(2027, 1, 20)), True),
    ],
)
def test_an_order_follows_that_lasts_until_maintenance_is_due(
    course: Course, *, followed: bool
) -> None:
    assert codes(facts_of(LOADING, course)) == ([] if followed else [NOT_CONTINUED])


def test_loading_without_any_order_is_told() -> None:
    (concern,) = found(facts_of(LOADING))
    assert (concern.code, concern.about) == (NOT_CONTINUED, None)
    assert concern.suggestions == ("im-maintenance",)


@pytest.mark.parametrize("allergy", ["hydroxocobalamin_allergy", "cobalt_allergy"])
def test_no_product_is_suggested_that_may_not_be_given(allergy: str) -> None:
    given = LOADING | {"history": f"{LOADING['history']}; {allergy}"}
    (concern,) = found(facts_of(given))
    assert concern.suggestions == ()


def test_tablets_that_are_taken_go_on_and_those_of_the_ward_do_not() -> None:
    taken = LOADING | {"history": f"{LOADING['history']}; b12_replacement_oral 1 mg/d"}
    assert codes(facts_of(taken)) == []
    given = LOADING | {"history": f"{LOADING['history']}; b12_replacement_oral last 2026-11-19"}
    assert codes(facts_of(given)) == [NOT_CONTINUED]
    of_the_ward = Course(code=SWALLOWED, in_hospital=True)
    assert codes(facts_of(taken, of_the_ward)) == [NOT_CONTINUED]


@pytest.mark.parametrize(
    "given",
    [
        {"age": "60"},
        {"age": "60", "history": "b12_replacement_parenteral since 2025 last 2026-10-20"},
        {"age": "60", "history": "b12_replacement_oral since 2026-11-16"},
        {**LOADING, "age": "12"},
        {**LOADING, "age": "?"},
    ],
    ids=["nothing begun", "maintained", "tablets", "a child", "no age"],
)
def test_nothing_is_told_where_no_loading_was_begun(given: Mapping[str, str]) -> None:
    assert codes(facts_of(given)) == []
    assert not may_lack_continuation(
        Case(facts_of({**given, "unread": "medications"}), KNOWLEDGE, ON)
    )


def test_prescriptions_that_were_not_read_are_not_missing() -> None:
    facts = facts_of(LOADING | {"unread": "medications"})
    assert codes(facts) == []
    assert may_lack_continuation(Case(facts, KNOWLEDGE, ON))
    assert not may_lack_continuation(Case(facts_of(LOADING), KNOWLEDGE, ON))


@pytest.mark.parametrize(
    ("given", "analyte", "told"),
    [
        ({"age": "60"}, Analyte.b12_total, True),
        ({"age": "60"}, Analyte.mma, True),
        ({"age": "60", "b12": "250 ng/L"}, Analyte.homocysteine, True),
        ({"age": "60", "b12": "100 ng/L"}, Analyte.mma, False),
        ({"age": "60"}, Analyte.ferritin, False),
    ],
)
def test_a_result_that_could_decide_is_told_while_it_is_not_final(
    given: Mapping[str, str], analyte: Analyte, *, told: bool
) -> None:
    assert codes(facts_of(given, pending=analyte)) == ([PENDING] if told else [])


@pytest.mark.parametrize(
    ("on", "told"),
    [
        ("2026-11-18", True),
        ("2026-11-10", False),
        ("2026-11-09", False),
        ("2026-11", True),
        (None, True),
    ],
)
def test_a_result_that_a_later_one_replaced_is_not_to_come(on: str | None, *, told: bool) -> None:
    given = {"age": "60", "b12": "500 ng/L @2026-11-10"}
    facts = facts_of(given, pending=Analyte.b12_total, on=on)
    assert codes(facts) == ([PENDING] if told else [])


@pytest.mark.parametrize(("on", "told"), [("2025-11-20", True), ("2025-11-19", False)])
def test_a_result_that_would_no_longer_count_is_not_awaited(on: str, *, told: bool) -> None:
    facts = facts_of({"age": "60"}, pending=Analyte.b12_total, on=on)
    assert codes(facts) == ([PENDING] if told else [])


def test_an_order_of_loading_that_was_carried_out_is_a_beginning() -> None:
    ended = "ended b12_replacement_parenteral since 2026-11-14 last 2026-11-14"
    assert codes(facts_of({"age": "60", "history": ended})) == [NOT_CONTINUED]
    continues_treatment = Course(code=INJECTED)
    assert codes(facts_of({"age": "60", "history": ended}, continues_treatment)) == []
    unread = facts_of({"age": "60", "history": ended, "unread": "medications"})
    assert may_lack_continuation(Case(unread, KNOWLEDGE, ON))


def test_a_result_that_was_refused_for_good_is_not_to_come() -> None:
    assert codes(facts_of({"age": "60", "refused": "b12_total"})) == []


GIVEN = {"age": "60", "history": "b12_replacement_oral since 2026-11-16 last 2026-11-16"}
FOR_STAY = Course(code=SWALLOWED, in_hospital=True)


@pytest.mark.parametrize(
    ("course", "followed"),
    [
        (FOR_STAY, False),
        (Course(code=SWALLOWED), True),
        (Course(code=INJECTED), True),
        (Course(code=SWALLOWED, until=date(2026, 11, 20)), True),
        (Course(code=SWALLOWED, until=date(2026, 11, 19)), False),
    ],
)
def test_an_order_follows_tablets_of_the_ward_that_lasts_beyond_the_stay(
    course: Course, *, followed: bool
) -> None:
    given = GIVEN | {"history": f"{GIVEN['history']}; b12_replacement_oral since 2026-11-16"}
    assert codes(facts_of(given, course)) == ([] if followed else [NOT_CONTINUED])


def test_tablets_begun_on_the_ward_are_told_with_words_of_their_own() -> None:
    (alert,) = found(facts_of(GIVEN))
    assert (alert.code, alert.variant) == (NOT_CONTINUED, "tablets")
    assert alert.suggestions == ("review-3-months",)
    (alert,) = found(facts_of(LOADING))
    assert alert.variant is None


@pytest.mark.parametrize(
    ("history", "told"),
    [
        ("b12_replacement_oral since 2026-11-16 last 2026-11-16", True),
        ("b12_replacement_oral since 2026-09-26 last 2026-11-16", True),
        ("b12_replacement_oral since 2026-09-25 last 2026-11-16", False),
        ("b12_replacement_oral since 2026-11-16 last 2026-11-16; b12_replacement_oral", False),
        ("b12_replacement_oral since 2026-11-16 last 2026-11-16; b12_supplement 10 ug/d", False),
        ("b12_replacement_oral since 2026-11-16", False),
    ],
    ids=["given", "lately", "for long", "taken at home", "bought", "not of the ward"],
)
def test_tablets_count_as_begun_on_the_ward_by_their_giving(history: str, *, told: bool) -> None:
    assert codes(facts_of({"age": "60", "history": history})) == ([NOT_CONTINUED] if told else [])


def test_tablets_and_prescriptions_that_were_not_read_are_not_known() -> None:
    unread = facts_of(GIVEN | {"unread": "medications"})
    assert codes(unread) == []
    assert may_lack_continuation(Case(unread, KNOWLEDGE, ON))


def test_every_concern_of_discharge_has_a_case() -> None:
    expected = [(NOT_CONTINUED, None), (NOT_CONTINUED, "tablets"), (PENDING, None)]
    assert [(code, variant) for code, variant, *_ in LEFT_OPEN] == expected
