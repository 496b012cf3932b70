"""Until when an order of vitamin B12 goes on, as far as it says."""

from datetime import date

import pytest

from cobalamin.service.rules.model.facts import Course
from cobalamin.service.rules.model.vocabulary import History as H
from fhir_builders import Json, a_code, a_resource, read

ATC = "http://www.whocc.no/atc"
CATEGORY = "http://terminology.hl7.org/CodeSystem/medicationrequest-category"


BY_RANGE = date(2026, 11, 30)


def course(**changed: object) -> tuple[Course, ...]:
    """The courses of an injection that is ordered."""
    order = {
        "status": "active",
        "intent": "order",
        "authoredOn": "2026-11-16",
        "medicationCodeableConcept": a_code("B03BA03", ATC),
        **changed,
    }
    return read(a_resource("MedicationRequest", **order)).courses


def lasting(*bounds: Json | None) -> Json:
    """Dosages with these bounds."""
    return {
        "dosageInstruction": [{"timing": {"repeat": one or {"frequency": 1}}} for one in bounds]
    }


def weeks(number: object, code: str = "wk") -> Json:
    return {"boundsDuration": {"value": number, "code": code}}


def test_an_order_without_an_end_has_none() -> None:
    assert course() == (Course(code=H.b12_replacement_parenteral),)


@pytest.mark.parametrize(
    ("bounds", "until"),
    [
        ([weeks(2)], date(2026, 11, 30)),
        ([weeks(10, "d")], date(2026, 11, 26)),
        ([weeks(36, "h")], date(2026, 11, 18)),
        ([weeks(3, "mo")], date(2027, 2, 16)),
        ([weeks(1, "a")], date(2027, 11, 16)),
        ([weeks(2), weeks(4)], date(2026, 12, 14)),
        ([{"boundsPeriod": {"start": "2026-11-16", "end": "2026-12-01"}}], date(2026, 12, 1)),
        ([{"count": 6, "frequency": 3, "period": 1, "periodUnit": "wk"}], date(2026, 11, 30)),
        ([{"count": 14, "period": 1, "periodUnit": "d"}], date(2026, 11, 30)),
        ([{"count": 2, "period": 3, "periodUnit": "mo"}], date(2027, 5, 16)),
        ([{"count": "many", "period": 1, "periodUnit": "d"}], None),
        ([{"count": 6}], None),
        ([{"boundsRange": {"low": {"value": 1}, "high": {"value": 2, "code": "wk"}}}], BY_RANGE),
        ([{"boundsRange": {"low": {"value": 1, "code": "wk"}}}], None),
        ([{"boundsRange": [2]}], None),
        ([weeks(2), None], None),
        ([weeks(2, "fortnight")], None),
        ([weeks(0)], None),
        ([weeks("x")], None),
        ([weeks(10**6)], None),
        ([{"boundsDuration": [2]}], None),
        ([{"boundsPeriod": {"end": "soon"}}], None),
        ([{"boundsPeriod": 7}], None),
    ],
)
def test_the_latest_end_of_its_dosages_counts(bounds: list[Json | None], until: date) -> None:
    assert course(**lasting(*bounds)) == (Course(code=H.b12_replacement_parenteral, until=until),)


@pytest.mark.parametrize(
    ("days", "until"),
    [
        (["2026-11-23", "2026-11-27", "2026-11-25T08:00:00Z"], date(2026, 11, 27)),
        ([], None),
        (["soon"], None),
        ("2026-11-23", None),
    ],
)
def test_the_last_day_that_is_named_ends_it(days: object, until: date | None) -> None:
    (found,) = course(dosageInstruction=[{"timing": {"event": days}}])
    assert found.until == until


@pytest.mark.parametrize(
    "category",
    [
        a_code("inpatient", CATEGORY),
        [{"coding": [{"system": CATEGORY, "code": "inpatient"}, {"system": "x", "code": "1"}]}],
        [a_code("Inpatient", CATEGORY)],
    ],
    ids=["without a list", "beside a local code", "in capitals"],
)
def test_an_order_of_the_ward_is_known_as_clients_send_it(category: object) -> None:
    (found,) = course(category=category)
    assert found.in_hospital


def test_a_duration_without_a_start_has_no_end() -> None:
    assert [one.until for one in course(authoredOn=None, **lasting(weeks(2)))] == [None]


@pytest.mark.parametrize(
    ("codes", "in_hospital"),
    [
        (["inpatient"], True),
        (["inpatient", "discharge"], False),
        (["community"], False),
        ([], False),
    ],
)
def test_an_order_of_the_ward_alone_is_for_the_stay(codes: list[str], *, in_hospital: bool) -> None:
    (found,) = course(category=[a_code(code, CATEGORY) for code in codes])
    assert found.in_hospital is in_hospital
    assert course(category="inpatient") == course()


@pytest.mark.parametrize(
    "changed",
    [
        {"status": "completed"},
        {"intent": "proposal"},
        {"medicationCodeableConcept": a_code("A10BA02", ATC)},
    ],
)
def test_what_is_no_order_of_vitamin_b12_in_force_is_no_course(changed: Json) -> None:
    assert course(**changed) == ()
