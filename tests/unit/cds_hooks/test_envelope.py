"""The envelope of a call: what is read of it, and what is wrong with another one, with its path."""

import json
from typing import Any

import pytest

from cobalamin.fhir.decode.json_faults import find_json_fault
from cobalamin.service.cds_hooks.request import parse_request
from cobalamin.service.cds_hooks.services import ORDER_SIGN, PATIENT_VIEW, HookService
from cobalamin.service.http.errors import ApiError

CONTEXT = {"patientId": "1"}
GOOD = {"hook": "patient-view", "hookInstance": "i", "context": CONTEXT}
TOKEN = {"access_token": "t", "token_type": "Bearer"}
SERVER = "https://ehr.example/fhir"
NOT_OBJECT = "the body must be a JSON object"
NO_ID = "must be the id of a Patient, of at most 64 characters"
NO_SERVER = "is required where fhirAuthorization is sent"


def fault_of(body: bytes, service: HookService = PATIENT_VIEW) -> tuple[str, str | None]:
    """What is wrong with a call, and where."""
    with pytest.raises(ApiError) as caught:
        parse_request(body, service)
    assert caught.value.status == 400
    return caught.value.message, caught.value.where


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"prefetch": None},
        {"prefetch": []},
        {"prefetch": "text"},
        {"unknown": {"deep": [1, 2]}},
        {"fhirServer": None},
        {"fhirServer": ""},
        {"fhirServer": SERVER},
        {"fhirServer": SERVER, "fhirAuthorization": "text"},
        {"fhirAuthorization": {}},
        {"fhirAuthorization": "text"},
        {"context": {**CONTEXT, "encounterId": "Encounter/"}},
        {"context": {**CONTEXT, "userId": None, "encounterId": None, "more": {"a": 1}}},
    ],
)
def test_what_is_not_read_or_not_sent_changes_nothing(change: dict[str, Any]) -> None:
    call = parse_request(json.dumps({**GOOD, **change}).encode(), PATIENT_VIEW)
    assert (call.patient_id, call.encounter_id, call.has_user) == ("1", None, False)
    assert (call.prefetch, call.authorization) == ({}, None)


@pytest.mark.parametrize(
    ("change", "message", "where"),
    [
        ({"hook": ""}, "must not be empty", "hook"),
        ({"hook": None}, "must be text", "hook"),
        ({"hookInstance": 1}, "must be text", "hookInstance"),
        ({"hookInstance": ""}, "must not be empty", "hookInstance"),
        ({"fhirServer": 1}, "must be text", "fhirServer"),
        ({"fhirServer": "", "fhirAuthorization": TOKEN}, NO_SERVER, "fhirServer"),
        ({"fhirAuthorization": TOKEN}, NO_SERVER, "fhirServer"),
        ({"context": None}, "must be an object", "context"),
        ({"context": []}, "must be an object", "context"),
        ({"context": {}}, "is required", "context.patientId"),
        ({"context": {"patientId": None}}, "must be text", "context.patientId"),
        ({"context": {"patientId": 7}}, "must be text", "context.patientId"),
        ({"context": {"patientId": ""}}, NO_ID, "context.patientId"),
        ({"context": {"patientId": " Patient/ "}}, NO_ID, "context.patientId"),
        ({"context": {**CONTEXT, "encounterId": 3}}, "must be text", "context.encounterId"),
    ],
)
def test_a_member_of_the_wrong_kind_is_named_with_its_path(
    change: dict[str, Any], message: str, where: str
) -> None:
    assert fault_of(json.dumps({**GOOD, **change}).encode()) == (message, where)


@pytest.mark.parametrize("member", GOOD)
def test_a_member_that_is_missing_is_named(member: str) -> None:
    without = {name: value for name, value in GOOD.items() if name != member}
    assert fault_of(json.dumps(without).encode()) == ("is required", member)


@pytest.mark.parametrize("body", [b"[]", b"null", b'"text"'])
def test_another_value_than_an_object_is_said_to_be_none(body: bytes) -> None:
    assert fault_of(body) == (NOT_OBJECT, None)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b'{"hook": 1, x',
        b'{"prefetch": [], x',
        b"[" * 5000,
        b'{"prefetch":' + b"[" * 5000,
        json.dumps(GOOD).encode().replace(b'"i"', b'"\xff"'),
    ],
)
def test_what_is_not_json_is_told_as_such(body: bytes) -> None:
    assert fault_of(body) == (find_json_fault(body).message, find_json_fault(body).where)


def test_prefix_user_and_prefetch_are_read() -> None:
    context = {"patientId": " Patient/1 ", "encounterId": "Encounter/2", "userId": "Patient/1"}
    prefetch = {"labs": {"resourceType": "Bundle"}}
    sent = {**GOOD, "context": context, "prefetch": prefetch}
    body = b"\xef\xbb\xbf" + json.dumps(sent).encode()
    call = parse_request(body, PATIENT_VIEW)
    assert (call.patient_id, call.encounter_id, call.for_patient) == ("1", "2", True)
    assert {key: json.loads(bytes(raw)) for key, raw in call.prefetch.items()} == prefetch


def test_half_a_character_costs_nothing_beside_it() -> None:
    body = json.dumps({**GOOD, "hookInstance": "HALF"}).replace("HALF", "\\ud800").encode()
    assert parse_request(body, PATIENT_VIEW).patient_id == "1"


def test_an_order_hook_without_its_drafts_is_named() -> None:
    body = json.dumps({**GOOD, "hook": "order-sign"}).encode()
    missing = ("must be a Bundle of what is being written", "context.draftOrders")
    assert fault_of(body, ORDER_SIGN) == missing
