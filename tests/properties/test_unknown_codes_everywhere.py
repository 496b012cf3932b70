"""A code that nothing knows leaves a trace in the answer: every address, every format, any list."""

import json
from typing import Any

import hl7
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app import KEY, app_with, example
from cobalamin.fhir.prefetch import KEYS
from cobalamin.service.knowledge.codes import load_codes
from cobalamin.service.settings import Service
from entry_points import FHIR, HL7V2, JSON
from fhir_builders import LOINC, SNOMED, a_bundle, a_patient, a_resource, an_observation
from messages import errors, message, obx

Json = dict[str, Any]
CODES = load_codes()
NDJSON = "application/x-ndjson"
TRACES = frozenset(
    {"code-not-known", "code-system-not-read", "code-system-missing", "code-missing"}
)
SYSTEMS = st.one_of(
    st.sampled_from([LOINC, SNOMED, "LNC", "http://loinc.org/", "urn:oid:1.2.3.4", "", None]),
    st.from_regex(r"https?://[a-z]{1,12}\.(org|de|nz)/[a-z-]{0,12}", fullmatch=True),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
)
CODE = st.one_of(
    st.from_regex(r"[A-Za-z]{0,4}[0-9]{1,12}(-[0-9])?", fullmatch=True),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12),
)


@st.composite
def unknown_codings(draw: st.DrawFn) -> Json:
    """A coding that the tables do not know."""
    system, code = draw(SYSTEMS), draw(CODE)
    assume(CODES.find(system, code) is None)
    # Without a system the code of a result is looked for among those of LOINC, and refused.
    assume((system or "").strip() or CODES.find(LOINC, code) is None)
    return {"code": code} if system is None else {"system": system, "code": code}


def entries(concept: Json) -> dict[str, Json]:
    """An entry of every list, by the prefetch key that it is sent under."""
    medicine = {"medicationCodeableConcept": concept}
    return {
        "labs": an_observation(code=concept),
        "symptoms": an_observation(code=concept, valueQuantity=None, id="s1"),
        "conditions": a_resource("Condition", code=concept),
        "procedures": a_resource("Procedure", status="completed", code=concept),
        "medications": a_resource("MedicationRequest", status="active", intent="order", **medicine),
        "statements": a_resource("MedicationStatement", status="active", **medicine),
        "administrations": a_resource(
            "MedicationAdministration",
            status="completed",
            effectiveDateTime="2026-10-01",
            **medicine,
        ),
        "allergies": a_resource("AllergyIntolerance", code=concept),
        "family": a_resource(
            "FamilyMemberHistory", status="completed", condition=[{"code": concept}]
        ),
    }


LISTS = sorted(set(KEYS) - {"patient"})


def test_every_list_has_an_entry() -> None:
    assert sorted(entries({})) == LISTS


def answer_to(path: str, body: str, kind: str, accept: str = "*/*") -> Any:  # noqa: ANN401
    """The answer to a body that is good."""
    client = app_with(services=tuple(Service)).test_client()
    answer = client.post(path, data=body.encode(), content_type=kind, headers={"Accept": accept})
    assert answer.status_code == 200, answer.text
    return answer


def in_full(answer: Any) -> set[str]:  # noqa: ANN401
    return {note["code"] for note in answer.get_json()["notes"]}


def in_short(answer: Any) -> set[str]:  # noqa: ANN401
    return set(answer.get_json()["notes"])


def in_text(answer: Any) -> set[str]:  # noqa: ANN401
    return set(answer.headers["Cobalamin-Notes"].split(", "))


def in_fhir(answer: Any) -> set[str]:  # noqa: ANN401
    said = json.dumps([one for one in resources(answer.get_json()) if is_outcome(one)])
    return {code for code in TRACES if f'"{code}"' in said}


def resources(found: Any) -> list[Json]:  # noqa: ANN401
    """Every resource of an answer, however deep."""
    members = found.values() if isinstance(found, dict) else found
    if not isinstance(found, dict | list):
        return []
    below = [one for member in members for one in resources(member)]
    return [found, *below] if isinstance(found, dict) and "resourceType" in found else below


def is_outcome(resource: Json) -> bool:
    return bool(resource["resourceType"] == "OperationOutcome")


def in_segments(answer: Any) -> set[str]:  # noqa: ANN401
    errors = [line.split("|") for line in answer.text.split("\r") if line.startswith("ERR|")]
    return {fields[5].partition("^")[0] for fields in errors if fields[4] == "W"}


def in_lines(answer: Any) -> set[str]:  # noqa: ANN401
    (line,) = answer.text.splitlines()
    return {note["code"] for note in json.loads(line)["notes"]}


def in_short_lines(answer: Any) -> set[str]:  # noqa: ANN401
    (line,) = answer.text.splitlines()
    return set(json.loads(line)["notes"])


BUNDLES = {
    "full": ("/v1/assessments", JSON, JSON, in_full),
    "short": ("/v1/assessments?answer=short", JSON, JSON, in_short),
    "comment": ("/v1/assessments", JSON, "text/plain", in_text),
    "segments": ("/v1/assessments", JSON, HL7V2, in_segments),
    "resources": ("/v1/assessments", FHIR, FHIR, in_fhir),
    "operation": ("/fhir/$b12-assess", FHIR, FHIR, in_fhir),
    "batch": ("/v1/assessments/batch", NDJSON, NDJSON, in_lines),
    "short batch": ("/v1/assessments/batch?answer=short", NDJSON, NDJSON, in_short_lines),
}


@pytest.mark.parametrize("form", BUNDLES)
@settings(max_examples=25, deadline=None)
@given(coding=unknown_codings(), key=st.sampled_from(LISTS))
def test_an_entry_of_a_bundle_leaves_a_trace(form: str, coding: Json, key: str) -> None:
    path, kind, accept, codes_in = BUNDLES[form]
    sent = a_bundle(a_patient(), entries({"coding": [coding]})[key])
    assert TRACES & codes_in(answer_to(path, json.dumps(sent), kind, accept))


SERVICES: dict[str, Json] = {
    "b12-patient-view": {},
    "b12-order-select": {"draftOrders": {}, "selections": []},
    "b12-order-sign": {"draftOrders": {}},
    "b12-encounter-discharge": {"encounterId": "e1"},
    "b12-problem-list-item-create": {"conditions": {}},
    "b12-medication-refill": {"medications": {}},
}
DRAFTS = {
    "b12-order-select": ("draftOrders", "MedicationRequest"),
    "b12-order-sign": ("draftOrders", "MedicationRequest"),
    "b12-problem-list-item-create": ("conditions", "Condition"),
    "b12-medication-refill": ("medications", "MedicationRequest"),
}


def test_every_service_is_asked() -> None:
    assert sorted(SERVICES) == sorted(Service)


def call(service: str, context: Json, prefetch: Json) -> set[str]:
    """The codes of the notes that a service has to say."""
    sent = example("patient-view.json")
    empty = a_bundle()
    context = {name: member or empty for name, member in context.items()}
    if "selections" in SERVICES[service]:
        drafts = context["draftOrders"]["entry"]
        context["selections"] = [f"{d['resource']['resourceType']}/r1" for d in drafts]
    body = {
        **sent,
        "hook": service.removeprefix("b12-"),
        "context": {"userId": "Practitioner/1", "patientId": "p1", **context},
        "prefetch": {
            **dict.fromkeys(KEYS, empty),
            "patient": a_patient(),
            **{key: a_bundle(one) for key, one in prefetch.items()},
        },
    }
    answer = answer_to(f"/cds-services/{service}", json.dumps(body), JSON)
    return {note["code"] for note in answer.get_json()["extension"][KEY]["notes"]}


@pytest.mark.parametrize("service", SERVICES)
@settings(max_examples=25, deadline=None)
@given(coding=unknown_codings(), key=st.sampled_from(LISTS))
def test_an_entry_of_the_prefetch_leaves_a_trace(service: str, coding: Json, key: str) -> None:
    sent = {key: entries({"coding": [coding]})[key]}
    assert TRACES & call(service, SERVICES[service], sent)


@pytest.mark.parametrize("service", DRAFTS)
@settings(max_examples=25, deadline=None)
@given(coding=unknown_codings())
def test_a_draft_leaves_a_trace(service: str, coding: Json) -> None:
    member, kind = DRAFTS[service]
    key = {"MedicationRequest": "medications", "Condition": "conditions"}[kind]
    draft = {**entries({"coding": [coding]})[key], "status": "draft"}
    if kind == "Condition":
        del draft["status"]
    assert TRACES & call(service, {**SERVICES[service], member: a_bundle(draft)}, {})


HL7_TEXT = st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), max_size=12).filter(
    lambda text: not set(text) & set("|^~\\&")
)


@settings(max_examples=100, deadline=None)
@given(code=HL7_TEXT, system=HL7_TEXT)
def test_a_result_of_a_message_leaves_a_trace(code: str, system: str) -> None:
    assume(CODES.find(system or LOINC, code) is None)
    assume(system.upper() not in ("LN", "SCT", "SNM3", "I10", "I10C", "I10CM"))
    answer = answer_to("/hl7v2", message(obx(code, system=system)), HL7V2)
    assert {("OBX^1^3", trace) for trace in (*TRACES, "free-text-not-read")} & set(
        errors(hl7.parse(answer.text))
    )
    assert in_segments(answer)
