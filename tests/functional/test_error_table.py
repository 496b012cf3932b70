"""Every row of the error table: the status, the protocol's shape, and no value of the request."""

import gzip
import json
from enum import StrEnum
from io import BytesIO
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app import app_with, example, post, view
from cobalamin.service.logs.formatters import ConsoleFormatter
from cobalamin.service.rules.model.vocabulary import Analyte, Feature, History, Sex
from cobalamin.service.settings import Mode

SERVICE = "/cds-services/b12-patient-view"
REST = "/v1/assessments"
CANARY = "canary-4711"


def outcome_of(answer: TestResponse) -> dict[str, Any]:
    """The one issue of an OperationOutcome."""
    body = answer.get_json(force=True)
    assert body["resourceType"] == "OperationOutcome"
    assert body["id"] == answer.headers["X-Correlation-Id"]
    (issue,) = body["issue"]
    assert issue["severity"] == "error"
    return dict(issue)


def problem_of(answer: TestResponse) -> dict[str, object]:
    """Problem details."""
    assert answer.content_type == "application/problem+json"
    body: dict[str, object] = answer.get_json(force=True)
    assert body["status"] == answer.status_code
    assert body["correlationId"] == answer.headers["X-Correlation-Id"]
    return body


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[1, 2",
        b"nonsense",
        b'{"hook": NaN}',
        b"[" * 100_000,
        b"\xff\xfe{}",
        b'{"prefetch": 1}x',
        b'{"prefetch": 1',
        b'{"prefetch": 1, "context": {}}{',
        b'{"prefetch": [}',
    ],
)
def test_what_is_not_json_is_400(body: bytes) -> None:
    for path, read in ((SERVICE, outcome_of), (REST, problem_of)):
        answer = post(path, body)
        assert answer.status_code == 400
        assert read(answer)


@pytest.mark.parametrize("body", [b"[]", b"1", b'"text"', b"null", b"true"])
def test_what_is_no_object_is_400(body: bytes) -> None:
    assert "JSON object" in outcome_of(view(body))["diagnostics"]
    assert post(REST, body).status_code == 400


@pytest.mark.parametrize(
    ("missing", "where"),
    [("hook", "hook"), ("hookInstance", "hookInstance"), ("context", "context")],
)
def test_a_missing_member_of_the_envelope_is_400_with_its_path(missing: str, where: str) -> None:
    body = example("patient-view.json")
    del body[missing]
    answer = view(body)
    assert answer.status_code == 400
    assert outcome_of(answer)["expression"] == [where]


@pytest.mark.parametrize(
    ("member", "value"),
    [("hook", ""), ("hook", 7), ("hookInstance", ""), ("context", []), ("context", "x")],
)
def test_a_member_of_the_wrong_kind_is_400(member: str, value: object) -> None:
    answer = view({**example("patient-view.json"), member: value})
    assert answer.status_code == 400
    assert outcome_of(answer)["expression"][0].startswith(member)


def test_a_context_without_patient_is_400() -> None:
    answer = view({**example("patient-view.json"), "context": {"userId": "Practitioner/1"}})
    assert answer.status_code == 400
    assert outcome_of(answer)["expression"] == ["context.patientId"]


@pytest.mark.parametrize("patient", ["", "  ", "Patient/"])
def test_a_patient_without_id_is_400(patient: str) -> None:
    context = {"userId": "Practitioner/1", "patientId": patient}
    answer = view({**example("patient-view.json"), "context": context})
    assert answer.status_code == 400
    assert outcome_of(answer)["expression"] == ["context.patientId"]


def test_the_hook_of_another_service_is_400() -> None:
    answer = view({**example("patient-view.json"), "hook": "order-sign"})
    assert answer.status_code == 400
    assert outcome_of(answer)["expression"] == ["hook"]


def test_a_token_without_its_server_is_400() -> None:
    body = {**example("patient-view.json"), "fhirAuthorization": {"access_token": CANARY}}
    answer = view(body)
    assert answer.status_code == 400
    assert outcome_of(answer)["expression"] == ["fhirServer"]
    assert CANARY not in answer.text


@pytest.mark.parametrize("path", ["/cds-services/none", "/cds-services/none/feedback"])
@pytest.mark.parametrize("mode", Mode)
def test_an_unknown_service_is_404_as_operation_outcome(path: str, mode: Mode) -> None:
    answer = post(path, example("patient-view.json"), mode=mode)
    assert answer.status_code == 404
    assert outcome_of(answer)["code"] == "not-found"


def test_an_unknown_page_is_404_as_problem_details() -> None:
    answer = app_with().test_client().get(f"/{CANARY}")
    assert answer.status_code == 404
    assert problem_of(answer)
    assert CANARY not in answer.text


@pytest.mark.parametrize(
    ("path", "allowed"), [(SERVICE, "POST"), (REST, "POST"), ("/livez", "GET")]
)
def test_a_wrong_method_is_405_with_allow(path: str, allowed: str) -> None:
    answer = app_with().test_client().put(path)
    assert answer.status_code == 405
    assert allowed in answer.headers["Allow"]


def test_an_answer_that_is_not_acceptable_is_406() -> None:
    answer = (
        app_with()
        .test_client()
        .post(REST, json=example("assessment.json"), headers={"Accept": "image/png"})
    )
    assert answer.status_code == 406
    assert "application/json" in str(problem_of(answer)["detail"])


@pytest.mark.parametrize("path", [SERVICE, REST])
def test_another_media_type_is_415(path: str) -> None:
    answer = app_with().test_client().post(path, data=b"{}", content_type="text/plain")
    assert answer.status_code == 415


@pytest.mark.parametrize("path", [SERVICE, REST])
def test_a_body_of_more_than_8_mib_is_413(path: str) -> None:
    answer = post(path, b'{"a":"' + b"x" * (8 * 1024 * 1024) + b'"}')
    assert answer.status_code == 413


@pytest.mark.parametrize("path", [SERVICE, REST])
@pytest.mark.parametrize(("size", "status"), [(9 * 1024 * 1024, 413), (1024, 400)])
def test_a_body_in_chunks_is_not_cut_off_unsaid(path: str, size: int, status: int) -> None:
    answer = (
        app_with()
        .test_client()
        .post(
            path,
            input_stream=BytesIO(b"x" * size),
            content_type="application/json",
            environ_overrides={"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"},
        )
    )
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("form", "where"),
    [
        ({"colour": CANARY}, "colour"),
        ({"results": [{"analyte": "b12_total"}, {"analyte": CANARY}]}, "results[1].analyte"),
        ({"features": [{"code": CANARY}]}, "features[0].code"),
        ({"history": [{"code": "metformin", "x": 1}]}, "history[0].x"),
        ({"patient": {"age": "57"}}, "patient.age"),
        ({"patient": {"pregnant": "yes"}}, "patient.pregnant"),
        ({"patient": {"pregnant": 1}}, "patient.pregnant"),
        ({f"a name {CANARY}": 1}, "?"),
        ({"patient": {"x" * 41: 1}}, "patient.?"),
        ({"results": [{"analyte": "b12_total", "value": "98"}]}, "results[0].value"),
        ({"results": [{"analyte": "b12_total", "value": True}]}, "results[0].value"),
        ({"results": {}}, "results"),
        ({"asOf": "soon"}, "asOf"),
    ],
)
def test_a_form_that_breaks_its_schema_is_422_with_its_path(
    form: dict[str, object], where: str
) -> None:
    answer = post(REST, form)
    assert answer.status_code == 422
    assert problem_of(answer)["where"] == where
    assert CANARY not in answer.text


@pytest.mark.parametrize("query", ["profile=mars", "asOf=tomorrow"])
def test_a_query_that_cannot_be_used_is_422(query: str) -> None:
    answer = post(f"{REST}?{query}", example("assessment.json"))
    assert answer.status_code == 422
    assert str(problem_of(answer)["where"]) == f"?{query.partition('=')[0]}"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/v1/assessments", "application/json"),
        ("/v1/assessments/batch", "application/x-ndjson"),
        ("/fhir/$b12-assess", "application/fhir+json"),
        ("/hl7v2", "application/hl7-v2"),
    ],
)
def test_a_parameter_that_is_not_read_is_422_with_those_that_are(path: str, kind: str) -> None:
    """A slip in a name would be answered by another country's numbers."""
    client = app_with().test_client()
    answer = client.post(f"{path}?profil=us-aafp", data="{}", content_type=kind)
    assert answer.status_code == 422
    assert "the query may hold profile, asOf" in answer.text
    answer = client.post(f"{path}?profile=uk-nice&profile=us-aafp", data="{}", content_type=kind)
    assert answer.status_code == 422
    assert "profile occurs more than once" in answer.text


def test_errors_of_v1_are_fhir_where_the_caller_speaks_fhir() -> None:
    client = app_with().test_client()
    headers = {"Accept": "application/fhir+json", "Content-Type": "text/plain"}
    assert outcome_of(client.post(REST, data=b"{}", headers=headers))["code"] == "not-supported"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("order-17.a:b_c", True), ("x" * 65, False), ("two words", False), ("a<b", False)],
)
def test_a_usable_correlation_id_is_echoed_and_another_replaced(sent: str, *, kept: bool) -> None:
    answer = app_with().test_client().get("/livez", headers={"X-Correlation-Id": sent})
    assert (answer.headers["X-Correlation-Id"] == sent) is kept


def test_a_fault_of_the_service_is_500_without_any_trace(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError(CANARY)

    caplog.handler.setFormatter(ConsoleFormatter())
    monkeypatch.setattr("cobalamin.service.cds_hooks.patient.summarise", fail)
    answer = view(example("patient-view.json"))
    assert answer.status_code == 500
    assert outcome_of(answer)["code"] == "exception"
    assert CANARY not in answer.text + caplog.text
    assert answer.headers["X-Correlation-Id"] in caplog.text


def test_every_error_is_json_even_for_bytes_that_are_no_text() -> None:
    answer = post(SERVICE, b"\x80\x81")
    assert json.loads(answer.data)["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize("body", [b"{}", b'{"entry": []}', b'{"resourceType": 7}'])
def test_an_object_without_a_type_is_never_taken_for_an_empty_bundle(body: bytes) -> None:
    answer = app_with().test_client().post(REST, data=body, content_type="application/fhir+json")
    assert answer.status_code == 422
    assert problem_of(answer)["where"] == "resourceType"


@pytest.mark.parametrize(
    ("form", "known"),
    [
        ({"features": [{"code": CANARY}]}, Feature),
        ({"results": [{"analyte": CANARY}]}, Analyte),
        ({"history": [{"code": CANARY}]}, History),
        ({"patient": {"sex": CANARY}}, Sex),
    ],
)
def test_a_wrong_code_lists_those_that_are_known(
    form: dict[str, object], known: type[StrEnum]
) -> None:
    detail = str(problem_of(post(REST, form))["detail"])
    assert detail.endswith(f"use one of {', '.join(known)}")


@pytest.mark.parametrize("many", [1, 60])
def test_a_wrong_member_lists_those_that_are_known(many: int) -> None:
    answer = post(REST, {f"colour-{number}": 1 for number in range(many)})
    assert str(problem_of(answer)["detail"]).startswith("is not a member that is read; known are ")
    assert "results" in answer.text


BODIES = {SERVICE: "patient-view.json", REST: "assessment.json", "/fhir/$b12-assess": "bundle.json"}


def detail_of(answer: TestResponse) -> str:
    """What an error says, in either format."""
    if "fhir" in (answer.content_type or ""):
        return str(outcome_of(answer)["diagnostics"])
    return str(problem_of(answer)["detail"])


@pytest.mark.parametrize("path", [*BODIES, f"{SERVICE}/feedback"])
@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "it is empty"),
        ("{}".encode("utf-16"), "UTF-16"),
        (b"<Bundle/>", "it looks like XML"),
        (b"{}\n{}\n", "several documents"),
        (b'{"a": 1,}', "line 1, column 8: a comma before a closing bracket"),
        (b'{\n "a": 01}', "line 2, column 7: a number is not written"),
        ("{\u201ca\u201d: 1}".encode(), "line 1, column 2: a typographic quotation mark"),
        (b'{"a": {"b": [1, 2', "it was cut off"),
    ],
)
def test_every_address_says_what_is_wrong_with_a_body(path: str, body: bytes, said: str) -> None:
    answer = post(path, body)
    assert answer.status_code == 400
    assert said in detail_of(answer)


@pytest.mark.parametrize("path", BODIES)
def test_the_place_of_one_bad_number_is_told(path: str) -> None:
    body = json.dumps(example(BODIES[path]), indent=1).encode()
    broken = body.replace(b": 3600", b": 0003600")
    assert broken != body
    answer = post(path, broken)
    assert answer.status_code == 400
    assert "a number is not written as JSON has it" in detail_of(answer)
    where = (
        outcome_of(answer)["expression"][0]
        if "fhir" in str(answer.content_type)
        else problem_of(answer)["where"]
    )
    assert str(where).endswith(("value", "valueQuantity.value"))


@pytest.mark.parametrize("path", [*BODIES, "/hl7v2", f"{SERVICE}/feedback"])
@pytest.mark.parametrize("named", [True, False])
def test_a_compressed_body_is_415_and_says_where_gzip_is_read(path: str, *, named: bool) -> None:
    kind = "application/hl7-v2" if path == "/hl7v2" else "application/json"
    headers = {"Content-Encoding": "gzip"} if named else {}
    body = gzip.compress(b"{}", mtime=0)
    answer = app_with().test_client().post(path, data=body, content_type=kind, headers=headers)
    assert answer.status_code == 415
    assert "/v1/assessments/batch" in detail_of(answer)


@pytest.mark.parametrize(
    ("path", "kind", "said"),
    [
        ("/hl7v2", "text/plain", "application/hl7-v2, in the vertical-bar encoding"),
        ("/hl7v2", "", "application/hl7-v2, in the vertical-bar encoding"),
        ("/hl7v2", "application/hl7-v2+xml", "XML is not read"),
        ("/hl7v2", "application/json", "JSON is for /v1/assessments"),
        (REST, "application/hl7-v2", "HL7 v2 is for /hl7v2"),
        (REST, "application/x-ndjson", "/v1/assessments/batch"),
        (SERVICE, "application/fhir+ndjson", "/v1/assessments/batch"),
    ],
)
def test_a_media_type_that_is_not_read_is_415_and_names_the_right_one(
    path: str, kind: str, said: str
) -> None:
    answer = app_with().test_client().post(path, data=b"{}", content_type=kind)
    assert answer.status_code == 415
    assert said in detail_of(answer)
