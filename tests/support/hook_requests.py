"""Good requests for each hook, as its page in the hook library asks, for suites over all services.

A new hook is one more entry of `REQUESTS`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from app import example
from fhir_builders import SNOMED, a_code
from orders import a_test, daily, folic_acid, medicine, subject

Json = dict[str, Any]
FHIR_SERVER = "https://ehr.example.org/fhir"
METFORMIN, CYANOCOBALAMIN = "6809", "11248"
AUTHORIZATION = {
    "access_token": "a-token-of-the-ehr",
    "token_type": "Bearer",
    "expires_in": 300,
    "scope": "patient/Patient.rs patient/Observation.rs",
    "subject": "cobalamin",
    "patient": "example-57",
}
UNASKED = dict.fromkeys(("medications", "statements", "procedures", "allergies", "family"))


def requests_for(hook: str) -> dict[str, Json]:
    """Requests of this hook by what they are about."""
    assert hook in REQUESTS, f"{hook}: write requests for it in tests/support/hook_requests.py"
    return REQUESTS[hook]()


def a_call(hook: str, **context: object) -> Json:
    """The example patient, with access to the FHIR server and every list sent."""
    sent = example("patient-view.json")
    return {
        **sent,
        "hook": hook,
        "fhirServer": FHIR_SERVER,
        "fhirAuthorization": AUTHORIZATION,
        "context": {**sent["context"], "encounterId": "e1", **context},
        "prefetch": {**UNASKED, **sent["prefetch"]},
    }


def without_age(call: Json) -> Json:
    """The same about somebody whose age is not known."""
    patient = {"resourceType": "Patient", "id": call["context"]["patientId"]}
    return {**call, "prefetch": {**call["prefetch"], "patient": patient}}


def unmeasured(call: Json) -> Json:
    """The same about somebody of whom nothing was measured."""
    return {**call, "prefetch": {**call["prefetch"], "labs": None, "symptoms": None}}


def bundle(*resources: Json) -> Json:
    """What is being written, as contexts hold it."""
    entries = [{"resource": resource} for resource in resources]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def _orders() -> dict[str, tuple[Json, ...]]:
    return {
        "folic acid": (folic_acid(),),
        "tablets": (medicine("tablets", CYANOCOBALAMIN, **daily(1, "mg")),),
        "metformin and a test": (medicine("metformin", METFORMIN), a_test("again", "2132-9")),
    }


def _patient_view() -> dict[str, Json]:
    call = a_call("patient-view")
    del call["context"]["encounterId"]
    return {"chart": call, "chart in an encounter": a_call("patient-view")}


def _order_select() -> dict[str, Json]:
    return {
        name: a_call(
            "order-select",
            draftOrders=bundle(*drafts),
            selections=[f"{draft['resourceType']}/{draft['id']}" for draft in drafts],
        )
        for name, drafts in _orders().items()
    }


def _order_sign() -> dict[str, Json]:
    return {
        name: a_call("order-sign", draftOrders=bundle(*drafts))
        for name, drafts in _orders().items()
    }


def _medication_refill() -> dict[str, Json]:
    call = unmeasured(
        a_call("medication-refill", medications=bundle(medicine("metformin", METFORMIN)))
    )
    context = {name: one for name, one in call["context"].items() if name != "userId"}
    return {"metformin": call, "metformin, nobody at the screen": {**call, "context": context}}


def _encounter_discharge() -> dict[str, Json]:
    call = a_call("encounter-discharge")
    bounds = {"repeat": {"boundsDuration": {"value": 2, "code": "wk"}}}
    order = medicine(
        "loading",
        "B03BA03",
        "atc",
        status="active",
        authoredOn="2026-11-16",
        category=[a_code("inpatient")],
        dosageInstruction=[{"timing": bounds}],
    )
    begun = {**call["prefetch"], "labs": None, "medications": bundle(order)}
    return {"a plan": call, "loading": {**call, "prefetch": begun}}


def _problem_list_item_create() -> dict[str, Json]:
    condition = {
        "resourceType": "Condition",
        "id": "new",
        "subject": {"reference": subject()},
        "code": a_code("84027009", SNOMED),
    }
    call = a_call("problem-list-item-create", conditions=bundle(condition))
    return {"pernicious anaemia": unmeasured(call)}


REQUESTS: Mapping[str, Callable[[], dict[str, Json]]] = {
    "patient-view": _patient_view,
    "order-select": _order_select,
    "order-sign": _order_sign,
    "encounter-discharge": _encounter_discharge,
    "problem-list-item-create": _problem_list_item_create,
    "medication-refill": _medication_refill,
}
