"""One scan takes the envelopes in which nothing is wrong, exactly as the schema would."""

import json
from typing import Any

import pytest

from cobalamin.service.cds_hooks import request as module
from cobalamin.service.cds_hooks.request import parse_request
from cobalamin.service.cds_hooks.services import ORDER_SIGN, PATIENT_VIEW, HookService
from cobalamin.service.http.errors import ApiError

CONTEXT = {"patientId": "1"}
GOOD = {"hook": "patient-view", "hookInstance": "i", "context": CONTEXT}
TOKEN = {"access_token": "t", "token_type": "Bearer"}
SERVER = "https://ehr.example/fhir"
ODD = [
    {},
    {"hook": ""},
    {"hook": None},
    {"hookInstance": 1},
    {"hookInstance": ""},
    {"prefetch": None},
    {"prefetch": []},
    {"prefetch": {"labs": {"resourceType": "Bundle"}}},
    {"unknown": {"deep": [1, 2]}},
    {"fhirServer": None},
    {"fhirServer": ""},
    {"fhirServer": 1},
    {"fhirServer": SERVER},
    {"fhirServer": SERVER, "fhirAuthorization": TOKEN},
    {"fhirServer": SERVER, "fhirAuthorization": "text"},
    {"fhirServer": "", "fhirAuthorization": TOKEN},
    {"fhirAuthorization": TOKEN},
    {"fhirAuthorization": {}},
    {"fhirAuthorization": "text"},
    {"context": None},
    {"context": []},
    {"context": {}},
    {"context": {"patientId": None}},
    {"context": {"patientId": 7}},
    {"context": {"patientId": ""}},
    {"context": {"patientId": " Patient/ "}},
    {"context": {"patientId": " Patient/1 ", "encounterId": "Encounter/2", "userId": "Patient/1"}},
    {"context": {**CONTEXT, "encounterId": "Encounter/"}},
    {"context": {**CONTEXT, "encounterId": 3}},
    {"context": {**CONTEXT, "userId": None, "encounterId": None, "more": {"a": 1}}},
]


def outcome(body: bytes, service: HookService = PATIENT_VIEW) -> Any:  # noqa: ANN401
    """The call, or what is wrong with it."""
    try:
        return parse_request(body, service)
    except ApiError as error:
        return (error.status, error.message, error.where)


@pytest.mark.parametrize("change", ODD)
def test_the_scan_and_the_schema_agree(
    change: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    body = json.dumps({**GOOD, **change}).encode()
    by_scan = outcome(body)
    monkeypatch.setattr(module, "_well_formed", lambda _body: None)
    assert outcome(body) == by_scan


def test_a_context_that_is_no_text_is_no_json() -> None:
    body = json.dumps({**GOOD, "hook": "order-sign"}).encode()
    assert outcome(body.replace(b'{"patientId', b'{"\xff": 1, "patientId'), ORDER_SIGN)[0] == 400


def test_a_plain_call_never_meets_the_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cobalamin.schemas.hook.load_call", None)
    assert (
        parse_request(b"\xef\xbb\xbf" + json.dumps(GOOD).encode(), PATIENT_VIEW).patient_id == "1"
    )
