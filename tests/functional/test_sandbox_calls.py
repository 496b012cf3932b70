"""What the public CDS Hooks sandbox does, replayed: it works, with or without a token."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app import KEY, app_with, example
from clients import write_registry
from cobalamin.service.cds_hooks.services import SERVICES
from contract_checks import check_answer
from databases import migrated
from tokens import PUBLIC_URL, a_token, jwt_entry, key_set

ORIGIN = "https://sandbox.cds-hooks.org"
WANTED = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}
PATIENT = "example-57"
Json = dict[str, Any]


@pytest.fixture(params=["open", "signed"])
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Flask:
    if request.param == "open":
        return app_with(database_url=migrated())
    (tmp_path / "keys.json").write_text(json.dumps(key_set("ec-1")), "utf-8")
    client = jwt_entry("sandbox", keys='jwks_file = "keys.json"', iss=f'"{ORIGIN}"')
    cors = f'[cors]\norigins = ["{ORIGIN}"]'
    kind = client.replace("[clients.sandbox.jwt]", 'kind = "sandbox"\n[clients.sandbox.jwt]')
    registry = write_registry(tmp_path, cors, kind)
    return app_with(clients=registry, public_url=PUBLIC_URL, database_url=migrated())


def headers(path: str) -> dict[str, str]:
    """An origin, and a token for this address as the sandbox signs it: five minutes, ES384."""
    token = a_token(iss=ORIGIN, aud=PUBLIC_URL + path, headers={"jku": f"{ORIGIN}/jwks.json"})
    return {"Origin": ORIGIN, "Authorization": f"Bearer {token}"}


def post(app: Flask, path: str, body: Json) -> TestResponse:
    answer = app.test_client().post(path, json=body, headers=headers(path))
    assert answer.headers["Access-Control-Allow-Origin"] in (ORIGIN, "*")
    return answer


def call(app: Flask, hook: str, context: Json) -> Json:
    body = {
        "hook": hook,
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "fhirServer": "https://launch.smarthealthit.org/v/r4/fhir",
        "context": {"userId": "Practitioner/COREPRACTITIONER1", "patientId": PATIENT, **context},
        "prefetch": example("patient-view.json")["prefetch"],
    }
    answer = post(app, f"/cds-services/b12-{hook}", body)
    assert answer.status_code == 200, answer.text
    whole: Json = answer.get_json()
    check_answer(whole)
    return whole


def draft(**members: object) -> Json:
    """The order form: a draft order of number 123, without intent and before a drug is chosen."""
    return {
        "resourceType": "MedicationRequest",
        "id": "order-123",
        "status": "draft",
        "subject": {"reference": f"Patient/{PATIENT}"},
        "authoredOn": "2026-11-20",
        **members,
    }


FOLATE = {
    "text": "folic acid 5 MG Oral Tablet",
    "coding": [
        {
            "display": "folic acid 5 MG Oral Tablet",
            "system": "http://www.nlm.nih.gov/research/umls/rxnorm",
            "code": "4511",
        }
    ],
}
DOSE = {
    "doseAndRate": [
        {"doseQuantity": {"value": 5, "unit": "mg", "code": "mg"}},
    ],
    "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
}


def orders(*drafts: Json) -> Json:
    """Drafts in a Bundle without a type; all of them selected."""
    named = [f"{one['resourceType']}/{one['id']}" for one in drafts]
    entries = [{"resource": one} for one in drafts]
    bundle = {"resourceType": "Bundle", "entry": entries}
    return {"draftOrders": bundle, "selections": named}


def test_every_preflight_is_answered_without_a_token(app: Flask) -> None:
    client = app.test_client()
    for path in ("/cds-services", *(f"/cds-services/{one.id}" for one in SERVICES)):
        for address in (path, f"{path}/feedback" if "b12" in path else path):
            asked = {**WANTED, "Access-Control-Request-Headers": "authorization,content-type"}
            answer = client.options(address, headers=asked)
            assert answer.status_code == 204
            allowed = answer.headers["Access-Control-Allow-Headers"].lower()
            assert {"authorization", "content-type"} <= set(allowed.split(", "))


def test_discovery_gives_services_whose_tokens_it_can_resolve(app: Flask) -> None:
    answer = app.test_client().get("/cds-services", headers=headers("/cds-services"))
    services = answer.get_json()["services"]
    assert services
    for service in services:
        for template in service["prefetch"].values():
            assert "{{" not in template.replace("{{context.patientId}}", "")


def test_a_chart_is_opened(app: Flask) -> None:
    (card,) = call(app, "patient-view", {})["cards"]
    assert card["suggestions"]


@pytest.mark.parametrize("hook", ["order-select", "order-sign"])
def test_an_order_form_without_a_drug_is_no_fault(app: Flask, hook: str) -> None:
    for one in (
        draft(),
        draft(category={"coding": [{"code": "outpatient"}]}, medicationCodeableConcept={}),
        {"resourceType": "MedicationOrder", "id": "order-123", "patient": {"reference": "x"}},
    ):
        whole = call(app, hook, orders(one))
        assert whole["cards"] == []
        assert whole["extension"][KEY]["outcome"] in ("no-advice", "not-assessable")


@pytest.mark.parametrize("hook", ["order-select", "order-sign"])
def test_a_drug_that_was_chosen_gets_a_card(app: Flask, hook: str) -> None:
    chosen = draft(
        medicationCodeableConcept=FOLATE,
        dosageInstruction=[DOSE],
        category={"coding": [{"code": "outpatient"}]},
    )
    (card,) = call(app, hook, orders(chosen))["cards"]
    deletes = [a for s in card["suggestions"] for a in s["actions"] if a["type"] == "delete"]
    assert [action["resourceId"] for action in deletes] == ["MedicationRequest/order-123"]


def test_feedback_as_the_page_sends_it_is_kept(app: Flask) -> None:
    (card,) = call(app, "patient-view", {})["cards"]
    taken = {"id": card["suggestions"][0]["uuid"]}
    reason = {key: card["overrideReasons"][0][key] for key in ("code", "system")}
    item = {"card": card["uuid"], "outcomeTimestamp": "2026-11-20T10:15:30.123Z"}
    for told in (
        {"outcome": "accepted", "acceptedSuggestions": [taken]},
        {"outcome": "overridden", "overrideReason": {"reason": reason}},
        {"outcome": "overridden", "outcomeTimestamp": "2026-11-20T10:16:30.123Z"},
    ):
        path = "/cds-services/b12-patient-view/feedback"
        answer = post(app, path, {"feedback": [{**item, **told}]})
        assert answer.status_code == 200
        assert answer.get_json()["feedback"][0]["verdict"] in ("stored", "repeated")
