"""A code that nothing knows leaves a trace in the answer: every address, every format, any list."""

import json
from typing import Any

import hl7
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app import KEY, app_with, example
from cobalamin.fhir.prefetch import KEYS
from cobalamin.fhir.readers.draft_decoding import READ_TYPES
from cobalamin.service.knowledge.codes import load_codes
from cobalamin.service.lab.hl7v2.concepts import SYSTEMS as HL7_SYSTEMS
from cobalamin.service.settings import Service
from coded_shapes import RXNORM, SYMPTOM, draft_orders, entries
from entry_points import FHIR, HL7V2, JSON
from fhir_builders import LOINC, SNOMED, a_bundle, a_code, a_patient, a_resource
from messages import errors, message

Json = dict[str, Any]
CODES = load_codes()
NDJSON, FHIR_NDJSON = "application/x-ndjson", "application/fhir+ndjson"
TRACES = frozenset(
    {"code-not-known", "code-system-not-read", "code-system-missing", "code-missing"}
)
# A code of blanks names nothing.
TRACES_OF_DRAFTS = TRACES | {"order-not-named", "problem-not-named"}
TOLD_OF_MESSAGES = (*TRACES, "free-text-not-read")
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


LISTS = sorted(set(KEYS) - {"patient"})


def test_every_list_has_an_entry() -> None:
    assert sorted({key for key, _ in entries({}).values()}) == LISTS


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


def in_fhir_lines(answer: Any) -> set[str]:  # noqa: ANN401
    (line,) = answer.text.splitlines()
    said = json.dumps([one for one in resources(json.loads(line)) if is_outcome(one)])
    return {code for code in TRACES if f'"{code}"' in said}


def in_bundle(entry: Json) -> Json:
    return a_bundle(a_patient(), entry)


def in_parameters(entry: Json) -> Json:
    data = {"name": "data", "resource": in_bundle(entry)}
    return {"resourceType": "Parameters", "parameter": [data]}


def by_itself(entry: Json) -> Json:
    return entry


ONE, MANY, OPERATION = "/v1/assessments", "/v1/assessments/batch", "/fhir/$b12-assess"
BODIES: dict[str, Any] = {
    "full": (in_bundle, ONE, JSON, JSON, in_full),
    "short": (in_bundle, f"{ONE}?answer=short", JSON, JSON, in_short),
    "comment": (in_bundle, ONE, JSON, "text/plain", in_text),
    "segments": (in_bundle, ONE, JSON, HL7V2, in_segments),
    "resources": (in_bundle, ONE, FHIR, FHIR, in_fhir),
    "parameters": (in_parameters, ONE, FHIR, JSON, in_full),
    "resource": (by_itself, ONE, FHIR, JSON, in_full),
    "resource as text": (by_itself, ONE, FHIR, "text/plain", in_text),
    "operation": (in_bundle, OPERATION, FHIR, FHIR, in_fhir),
    "operation of parameters": (in_parameters, OPERATION, FHIR, FHIR, in_fhir),
    "operation as JSON": (in_parameters, OPERATION, FHIR, JSON, in_full),
    "batch": (in_bundle, MANY, NDJSON, NDJSON, in_lines),
    "short batch": (in_bundle, f"{MANY}?answer=short", NDJSON, NDJSON, in_short_lines),
    "batch of FHIR": (in_bundle, MANY, FHIR_NDJSON, FHIR_NDJSON, in_fhir_lines),
    "batch of parameters": (in_parameters, MANY, FHIR_NDJSON, NDJSON, in_lines),
}


@pytest.mark.parametrize("form", BODIES)
@settings(max_examples=3, deadline=None)
@given(coding=unknown_codings())
def test_an_entry_of_a_body_leaves_a_trace(form: str, coding: Json) -> None:
    wrap, path, kind, accept, codes_in = BODIES[form]
    for shape, (_, entry) in entries({"coding": [coding]}).items():
        answer = answer_to(path, json.dumps(wrap(entry)), kind, accept)
        assert TRACES & codes_in(answer), shape


KNOWN = {
    "labs": a_code("2132-9"),
    "symptoms": a_code("84027009", SNOMED),
    "conditions": a_code("84027009", SNOMED),
    "procedures": a_code("26452005", SNOMED),
    "allergies": a_code("5514", RXNORM),
    "family": a_code("84027009", SNOMED),
    **dict.fromkeys(("medications", "statements", "administrations"), a_code("6809", RXNORM)),
}


def test_a_code_that_is_known_leaves_none() -> None:
    for key, concept in KNOWN.items():
        for shape, (listed, entry) in entries(concept).items():
            if listed == key:
                answer = answer_to(ONE, json.dumps(in_bundle(entry)), JSON)
                assert not TRACES & in_full(answer), shape


SERVICES: dict[str, Json] = {
    "b12-patient-view": {},
    "b12-order-select": {"draftOrders": {}, "selections": []},
    "b12-order-sign": {"draftOrders": {}},
    "b12-encounter-discharge": {"encounterId": "e1"},
    "b12-problem-list-item-create": {"conditions": {}},
    "b12-medication-refill": {"medications": {}},
}
# Hooks that carry drafts, former names among them, with the member of the context that holds them.
HOOKS = {
    "order-select": ("b12-order-select", "draftOrders"),
    "order-sign": ("b12-order-sign", "draftOrders"),
    "medication-prescribe": ("b12-order-select", "medications"),
    "order-review": ("b12-order-sign", "orders"),
    "medication-refill": ("b12-medication-refill", "medications"),
    "problem-list-item-create": ("b12-problem-list-item-create", "conditions"),
}


def test_every_service_is_asked() -> None:
    assert sorted(SERVICES) == sorted(Service)


def call(hook: str, service: str, context: Json, prefetch: Json) -> set[str]:
    """The codes of the notes that a service has to say."""
    empty = a_bundle()
    body = {
        **example("patient-view.json"),
        "hook": hook,
        "context": {
            "userId": "Practitioner/1",
            "patientId": "p1",
            **{name: empty if member == {} else member for name, member in context.items()},
        },
        "prefetch": {
            **dict.fromkeys(KEYS, empty),
            "patient": a_patient(),
            **{key: a_bundle(one) for key, one in prefetch.items()},
        },
    }
    answer = answer_to(f"/cds-services/{service}", json.dumps(body), JSON)
    return {note["code"] for note in answer.get_json()["extension"][KEY]["notes"]}


@pytest.mark.parametrize("service", SERVICES)
@settings(max_examples=3, deadline=None)
@given(coding=unknown_codings())
def test_an_entry_of_the_prefetch_leaves_a_trace(service: str, coding: Json) -> None:
    hook = service.removeprefix("b12-")
    for shape, (key, entry) in entries({"coding": [coding]}).items():
        assert TRACES & call(hook, service, SERVICES[service], {key: entry}), shape


@pytest.mark.parametrize("is_selected", [True, False], ids=["selected", "not selected"])
@pytest.mark.parametrize("hook", HOOKS)
@settings(max_examples=3, deadline=None)
@given(coding=unknown_codings())
def test_a_draft_leaves_a_trace(hook: str, coding: Json, *, is_selected: bool) -> None:
    service, member = HOOKS[hook]
    concept = {"coding": [coding]}
    is_problem = member == "conditions"
    drafts = {"Condition": a_resource("Condition", code=concept)}
    for shape, draft in (drafts if is_problem else draft_orders(concept)).items():
        chosen = [f"{draft['resourceType']}/r1"] if is_selected else []
        context = {member: a_bundle(draft), "selections": chosen}
        assert TRACES_OF_DRAFTS & call(hook, service, context, {}), shape


def test_every_type_of_draft_that_is_read_is_sent() -> None:
    sent = {draft["resourceType"] for draft in draft_orders({}).values()}
    assert sent | {"Medication"} == READ_TYPES


HL7_TEXT = st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), max_size=12).filter(
    lambda text: not set(text) & set("|^~\\&")
)


# Where the codes of a coded element stand: the first, the alternate, and since 2.7 another.
TRIPLETS = (1, 4, 10)
Triplet = tuple[str, str]


def is_unknown(triplet: Triplet) -> bool:
    code, system = triplet
    return CODES.find(HL7_SYSTEMS.get(system.upper(), system) or LOINC, code) is None


def coded_element(triplets: dict[int, Triplet]) -> str:
    """A coded element with a code at each of these components."""
    components = [""] * 12
    for at, (code, system) in triplets.items():
        components[at - 1 : at + 2] = [code, "name", system]
    return "^".join(components).rstrip("^")


SOME_TRIPLETS = st.dictionaries(
    st.sampled_from(TRIPLETS), st.tuples(HL7_TEXT, HL7_TEXT).filter(is_unknown), min_size=1
)


@pytest.mark.parametrize("accept", ["*/*", HL7V2])
@settings(max_examples=60, deadline=None)
@given(triplets=SOME_TRIPLETS)
def test_a_result_of_a_message_leaves_a_trace(accept: str, triplets: dict[int, Triplet]) -> None:
    sent = message(f"OBX|1|NM|{coded_element(triplets)}||120|pg/mL||||F")
    answer = answer_to("/hl7v2", sent, HL7V2, accept)
    assert {("OBX^1^3", trace) for trace in TOLD_OF_MESSAGES} & set(errors(hl7.parse(answer.text)))
    assert in_segments(answer)


@settings(max_examples=40, deadline=None)
@given(triplets=SOME_TRIPLETS)
def test_a_symptom_of_a_message_leaves_a_trace(triplets: dict[int, Triplet]) -> None:
    sent = message(f"OBX|1|CWE|{SYMPTOM}^Symptom^LN||{coded_element(triplets)}||||||F")
    answer = answer_to("/hl7v2", sent, HL7V2)
    assert {("OBX^1^5", trace) for trace in TOLD_OF_MESSAGES} & set(errors(hl7.parse(answer.text)))
