"""Draft orders as clients send them, within a call of an order hook."""

from typing import Any

from werkzeug.test import TestResponse

from app import KEY, example, post
from cobalamin.service.settings import Service

PATIENT = "Patient/example"
SYSTEMS = {
    "rxnorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "atc": "http://www.whocc.no/atc",
    "loinc": "http://loinc.org",
}


def medicine(identity: str, code: str, system: str = "rxnorm", **others: object) -> dict[str, Any]:
    """A draft prescription."""
    return {
        "resourceType": "MedicationRequest",
        "id": identity,
        "status": "draft",
        "intent": "order",
        "subject": {"reference": subject()},
        "medicationCodeableConcept": {"coding": [{"system": SYSTEMS[system], "code": code}]},
        **others,
    }


def daily(value: float, unit: str) -> dict[str, Any]:
    """A dose once a day."""
    quantity = {"value": value, "unit": unit, "code": unit, "system": "http://unitsofmeasure.org"}
    repeat = {"frequency": 1, "period": 1, "periodUnit": "d"}
    return {
        "dosageInstruction": [
            {"timing": {"repeat": repeat}, "doseAndRate": [{"doseQuantity": quantity}]}
        ]
    }


def a_test(identity: str, code: str) -> dict[str, Any]:
    """A draft of a laboratory test."""
    return {
        "resourceType": "ServiceRequest",
        "id": identity,
        "status": "draft",
        "intent": "order",
        "subject": {"reference": subject()},
        "code": {"coding": [{"system": SYSTEMS["loinc"], "code": code}]},
    }


FOLIC_ACID = ("4511", "rxnorm")


def folic_acid(identity: str = "folate") -> dict[str, Any]:
    """5 mg of folic acid a day."""
    return medicine(identity, *FOLIC_ACID, **daily(5, "mg"))


def subject() -> str:
    """The patient of the example."""
    return f"Patient/{example('patient-view.json')['context']['patientId']}"


def order_call(
    *drafts: object, hook: str = "order-sign", selections: object = ..., **prefetch: object
) -> dict[str, Any]:
    """The example patient with these drafts; selections of all of them unless given."""
    body = example("patient-view.json")
    body["hook"] = hook
    body["prefetch"] |= prefetch
    body["context"]["draftOrders"] = {
        "resourceType": "Bundle",
        "entry": [{"resource": draft} for draft in drafts],
    }
    if hook == "order-select":
        named = [f"{d['resourceType']}/{d['id']}" for d in drafts if isinstance(d, dict)]
        body["context"]["selections"] = named if selections is ... else selections
    return body


REFILL = "medication-refill"


def refill_call(*drafts: object, **prefetch: object) -> dict[str, Any]:
    """The example patient, of whom nothing else is known, with medicines being renewed."""
    body = order_call(*drafts, hook=REFILL)
    body["prefetch"] = {"patient": body["prefetch"]["patient"], "labs": None, **prefetch}
    body["context"]["medications"] = body["context"].pop("draftOrders")
    return body


def ask(body: dict[str, Any], **settings: Any) -> TestResponse:  # noqa: ANN401
    """The answer of the service that belongs to the hook, with all services on."""
    return post(f"/cds-services/b12-{body['hook']}", body, services=tuple(Service), **settings)


def answer(body: dict[str, Any], **settings: Any) -> dict[str, Any]:  # noqa: ANN401
    """The whole answer, which is never an error."""
    found = ask(body, **settings)
    assert found.status_code == 200, found.text
    whole: dict[str, Any] = found.get_json()
    return whole


def reasons(whole: dict[str, Any]) -> list[str]:
    """The codes of the reasons of an answer."""
    return [reason["code"] for reason in whole["extension"][KEY]["reasons"]]
