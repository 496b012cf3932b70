"""Rows are sent as they are written, and answers are compared as they are."""

from datetime import date

import pytest

from spec_answers import request_misses
from spec_requests import to_bundle, to_hook_call, to_plain_form
from spec_tables import Row

ON = date(2026, 11, 20)
FIRST_PPI = "atc:A02BC01"


def a_row(expected: dict[str, str], **given: str) -> Row:
    """A row of one profile."""
    named = {name.replace("_", " "): cell for name, cell in given.items()}
    profiles = ("uk-nice",)
    return Row(title="", place="", given="", profiles=profiles, cells=named, expected=expected)


def test_a_form_holds_ages_in_months_days_before_and_statuses() -> None:
    given = {"age": "6 mo", "b12": "100 ng/L [180-] preliminary @-5d", "not sent": "history"}
    form = to_plain_form(given, ON)
    assert form["patient"] == {"id": "spec", "birthDate": "2026-05-20", "sex": "female"}
    assert form["results"] == [
        {
            "analyte": "b12_total",
            "value": 100,
            "unit": "ng/L",
            "date": "2026-11-15",
            "status": "preliminary",
            "referenceRange": {"low": 180},
        }
    ]
    assert "history" not in form
    assert form["asOf"] == "2026-11-20"


def test_a_bundle_holds_orders_by_status_and_route() -> None:
    given = {"medications": "hydroxocobalamin_injection stopped inpatient @-20d"}
    (patient, order) = (entry["resource"] for entry in to_bundle(given, ON)["entry"])
    assert patient["birthDate"] == "1976-01-01"
    assert order["status"] == "stopped"
    assert order["authoredOn"] == "2026-10-31"
    assert order["category"][0]["coding"][0]["code"] == "inpatient"
    assert order["dosageInstruction"][0]["route"]["coding"][0]["code"] == "78421000"


def test_a_call_holds_drafts_and_lists_that_were_not_sent() -> None:
    given = {"hook": "order-select", "orders": "metformin 2 g/d; test b12_total"}
    call = to_hook_call({**given, "not sent": "allergies"}, ON)
    assert call["context"]["selections"] == ["MedicationRequest/o0", "ServiceRequest/o1"]
    assert "allergies" not in call["prefetch"]
    assert call["prefetch"]["medications"]["entry"] == []


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"b12": "100 ng/L"}, {"rung": "R13", "cards": "1", "comment": "deficient"}),
        ({"b12": "100 ng/L"}, {"summary says": "deficient; !neurological"}),
        (
            {"hook": "order-sign", "orders": "metformin 2 g/d", "history": "vegan_diet"},
            {"cards": "1", "indicator": "info", "reasons": "order-medicine-lowers-b12"},
        ),
        ({"hook": "order-sign", "orders": FIRST_PPI}, {"cards": "0", "indicator": "none"}),
        ({"observations": "loinc:2132-9 100 ng/L [180-914]"}, {"rung": "R13"}),
    ],
)
def test_what_holds_is_found_to_hold(given: dict[str, str], expected: dict[str, str]) -> None:
    assert request_misses(a_row(expected, **given), "uk-nice") == []


@pytest.mark.parametrize(
    "expected",
    [
        {"rung": "R12"},
        {"cards": "0"},
        {"summary says": "!deficient"},
        {"suggests": "test-mma"},
        {"suggests": "!test-fbc"},
        {"cautions": "check-folate-too=2"},
        {"reasons": "none"},
    ],
)
def test_what_does_not_hold_is_found(expected: dict[str, str]) -> None:
    (fault,) = request_misses(a_row(expected, b12="100 ng/L"), "uk-nice")
    assert fault.startswith(next(iter(expected)))


def test_an_error_of_the_service_is_a_miss() -> None:
    (fault,) = request_misses(a_row({"rung": "R13"}, history="no_such_history"), "uk-nice")
    assert fault.startswith("422")
