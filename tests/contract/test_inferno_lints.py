"""What is looked at after the Inferno kit can be found wrong, in requests and in cards."""

from typing import Any

import pytest

import inferno
import request_lints
from hook_requests import requests_for

Json = dict[str, Any]


def good_call() -> Json:
    return requests_for("order-select")["folic acid"]


@pytest.mark.parametrize(
    ("member", "value", "expected"),
    [
        ("hook", None, "hook"),
        ("hookInstance", "test-1", "hookInstance"),
        ("context", [], "context"),
        ("fhirServer", None, "cds-r-1"),
        ("fhirAuthorization", {"scope": "patient/*.rs"}, "cds-r-2"),
    ],
)
def test_a_call_without_what_is_required_is_found(
    member: str, value: object, expected: str
) -> None:
    faults = list(request_lints.required_faults({**good_call(), member: value}))
    assert [fault for fault in faults if fault.startswith(expected)]


@pytest.mark.parametrize(
    ("member", "value", "expected"),
    [
        ("userId", None, "userId"),
        ("userId", "Patient/1", "userId"),
        ("userId", "17", "userId"),
        ("patientId", "Patient/1", "patientId"),
        ("encounterId", "Encounter/1", "encounterId"),
        ("selections", ["MedicationRequest/other"], "selections[0]"),
        ("selections", [], "selections"),
        ("draftOrders", {"resourceType": "Bundle"}, "draftOrders"),
        ("draftOrders", {"entry": [{"resource": {"resourceType": "Patient"}}]}, "draftOrders"),
    ],
)
def test_a_context_that_is_not_as_its_hook_says_is_found(
    member: str, value: object, expected: str
) -> None:
    call = good_call()
    faults = list(
        request_lints.context_faults({**call, "context": {**call["context"], member: value}})
    )
    assert [fault for fault in faults if fault.startswith(expected)]


@pytest.mark.parametrize("status", ["active", None])
def test_an_order_that_is_no_draft_is_found(status: str | None) -> None:
    call = good_call()
    call["context"]["draftOrders"]["entry"][0]["resource"]["status"] = status
    (fault,) = request_lints.context_faults(call)
    assert fault.startswith("draftOrders.entry[0].resource.status")


@pytest.mark.parametrize(
    ("member", "value", "expected"),
    [
        ("prefetch", [], "prefetch"),
        ("fhirServer", "", "fhirServer"),
        ("extension", {}, "$.extension"),
        ("fhirAuthorization", {"token_type": "mac"}, "token_type: must be Bearer"),
        ("fhirAuthorization", {"expires_in": "300"}, "expires_in"),
    ],
)
def test_an_optional_member_that_is_wrong_is_found(
    member: str, value: object, expected: str
) -> None:
    faults = list(request_lints.optional_faults({**good_call(), member: value}))
    assert [fault for fault in faults if fault.startswith(expected)]


CARD: Json = {"summary": "x", "indicator": "info"}
SOURCE = {"label": "x", "topic": {"code": "x", "system": "https://x"}}
CREATE = {"type": "create", "description": "x"}


@pytest.mark.parametrize(
    ("card", "expected"),
    [
        ({**CARD, "source": {"label": "x"}}, "topic"),
        ({**CARD, "source": {**SOURCE, "topic": {"code": "x"}}}, "system"),
        ({**CARD, "source": SOURCE, "summary": "x" * 140}, "summary"),
        ({**CARD, "source": SOURCE, "indicator": "hard-stop"}, "indicator"),
        ({"suggestions": [{"label": "x"}]}, "selectionBehavior"),
        ({"selectionBehavior": "any", "suggestions": [{"label": "x", "actions": []}]}, "actions"),
        ({"overrideReasons": [{"code": "x", "system": "y"}]}, "display"),
        ({"links": [{"label": "x", "type": "absolute", "url": "/why"}]}, "url"),
        ({"links": [{"label": "x", "type": "other", "url": "https://x"}]}, "type"),
        (
            {"links": [{"label": "x", "type": "absolute", "url": "https://x", "appContext": "x"}]},
            "appContext",
        ),
        ({"suggestions": [{"label": "x", "actions": [CREATE]}]}, "resource"),
        (
            {"suggestions": [{"label": "x", "actions": [{**CREATE, "type": "delete"}]}]},
            "resourceId",
        ),
        ({"suggestions": [{"label": "x", "actions": [{**CREATE, "type": "hold"}]}]}, "type"),
        (
            {"suggestions": [{"label": "x", "actions": [{"type": "create"}]}]},
            "description",
        ),
    ],
)
def test_a_card_that_the_kit_would_fail_is_found(card: Json, expected: str) -> None:
    faults = [*inferno.card_faults(card), *inferno.optional_faults(card)]
    assert [fault for fault in faults if fault.startswith(expected)]
