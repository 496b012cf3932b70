"""The FHIR side of the laboratory API, read again by an independent model."""

import json
from copy import deepcopy
from typing import Any

import pytest
from fhir.resources import R4B
from werkzeug.test import TestResponse

from app import EXAMPLES, app_with, example

PATH = "/fhir/$b12-assess"
FHIR = "application/fhir+json"


def bundle() -> dict[str, Any]:
    """The example patient as one Bundle."""
    sent = example("patient-view.json")["prefetch"]
    entries = [{"resource": sent["patient"]}]
    for key in ("labs", "symptoms", "conditions"):
        entries += sent[key].get("entry", [])
    return {"resourceType": "Bundle", "type": "collection", "entry": deepcopy(entries)}


def parameters(*others: dict[str, Any], data: object = ...) -> dict[str, Any]:
    inner = bundle() if data is ... else data
    return {
        "resourceType": "Parameters",
        "parameter": [*others, {"name": "data", "resource": inner}],
    }


def ask(body: object, accept: str | None = None, **settings: Any) -> TestResponse:  # noqa: ANN401
    client = app_with(**settings).test_client()
    headers = {} if accept is None else {"Accept": accept}
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(PATH, data=sent, content_type=FHIR, headers=headers)


def resources(answer: TestResponse) -> dict[str, list[dict[str, Any]]]:
    """The resources of an answer by type, each checked by the model."""
    assert answer.status_code == 200, answer.text
    body = answer.get_json(force=True)
    R4B.get_fhir_model_class("Bundle").model_validate(body)
    found: dict[str, list[dict[str, Any]]] = {}
    for entry in body["entry"]:
        R4B.get_fhir_model_class(entry["resource"]["resourceType"]).model_validate(
            entry["resource"]
        )
        found.setdefault(entry["resource"]["resourceType"], []).append(entry["resource"])
    return found


def findings(found: dict[str, list[dict[str, Any]]]) -> dict[str, list[str]]:
    (told,) = found["Parameters"]
    named: dict[str, list[str]] = {}
    for one in told["parameter"]:
        named.setdefault(one["name"], []).append(one["valueCode"])
    return named


def test_the_answer_begins_with_the_guidance_response() -> None:
    answer = ask(bundle())
    assert answer.content_type == FHIR
    found = resources(answer)
    first = answer.get_json(force=True)["entry"][0]["resource"]
    assert first["resourceType"] == "GuidanceResponse"
    assert first["subject"] == {"reference": "Patient/example-57"}
    assert findings(found)["b12Status"] == ["deficient"]
    (group,) = found["RequestGroup"]
    assert group["action"][0]["action"][0]["resource"]["reference"].startswith("urn:uuid:")
    assert (
        found["RiskAssessment"][0]["prediction"][0]["qualitativeRisk"]["coding"][0]["code"] == "N2"
    )


def test_every_reference_of_the_answer_is_to_what_it_holds_or_was_sent() -> None:
    sent = [entry["resource"] for entry in bundle()["entry"]]
    names = {f"{one['resourceType']}/{one['id']}" for one in sent if "id" in one}
    body = ask(bundle()).get_json(force=True)
    urls = {entry["fullUrl"] for entry in body["entry"]}
    assert len(urls) == len(body["entry"])
    text = json.dumps(body["entry"])
    told = {part.split('"')[0] for part in text.split('"reference": "')[1:]}
    assert "Patient/example-57" in told
    assert told <= urls | names


def test_parameters_name_the_patient_and_the_day() -> None:
    others = (
        {"name": "subject", "valueReference": {"reference": "Patient/example-57"}},
        {"name": "effective", "valueDateTime": "2026-11-18T08:00:00Z"},
    )
    (first,) = resources(ask(parameters(*others)))["GuidanceResponse"]
    assert first["occurrenceDateTime"] == "2026-11-18"


def test_other_peoples_data_are_passed_over_where_a_subject_is_named() -> None:
    other = {"name": "subject", "valueReference": {"reference": "Patient/other"}}
    found = resources(ask(parameters(other)))
    assert findings(found)["outcome"] == ["not-assessable"]
    assert found["GuidanceResponse"][0]["status"] == "data-required"


def test_an_interlock_is_a_detected_issue() -> None:
    body = bundle()
    body["entry"].append(
        {
            "resource": {
                "resourceType": "AllergyIntolerance",
                "patient": {"reference": "Patient/example-57"},
                "code": {
                    "coding": [
                        {
                            "system": "https://cobalamin.org/fhir/CodeSystem/history",
                            "code": "cobalt_allergy",
                        }
                    ]
                },
            }
        }
    )
    (issue,) = resources(ask(body))["DetectedIssue"]
    assert issue["code"]["coding"][0]["code"] == "cobalamin-allergy"


def test_what_cannot_be_used_stands_in_the_outcome_with_its_path() -> None:
    body = bundle()
    at = next(
        index
        for index, entry in enumerate(body["entry"])
        if entry["resource"].get("code", {}).get("coding", [{}])[0].get("code") == "2132-9"
    )
    body["entry"][at]["resource"]["valueQuantity"] = {"value": 205, "unit": "furlong"}
    (outcome,) = resources(ask(body))["OperationOutcome"]
    assert [f"Bundle.entry[{at}].resource.valueQuantity"] in [
        issue.get("expression") for issue in outcome["issue"]
    ]


def test_the_plain_assessment_can_be_had_as_well() -> None:
    answer = ask(bundle(), "application/json")
    assert answer.content_type == "application/json"
    assert answer.get_json()["findings"]["b12Status"]["value"] == "deficient"
    client = app_with().test_client()
    sent = json.dumps(bundle())
    other = client.post("/v1/assessments", data=sent, content_type=FHIR, headers={"Accept": FHIR})
    assert findings(resources(other)) == findings(resources(ask(bundle())))


@pytest.mark.parametrize(
    ("body", "status", "where"),
    [
        (b"{", 400, None),
        ([], 400, None),
        ({}, 422, "resourceType"),
        ({"resourceType": "Observation"}, 422, "resourceType"),
        ({"resourceType": "Parameters"}, 422, "Parameters.parameter"),
        (parameters(data=None), 422, "Parameters.parameter"),
        (parameters(data={"resourceType": "Patient"}), 422, "Parameters.parameter[0].resource"),
        (
            parameters({"name": "effective", "valueDateTime": "yesterday"}),
            422,
            "Parameters.parameter[0]",
        ),
        ({"resourceType": "Parameters", "parameter": [5]}, 422, None),
    ],
)
def test_errors_are_operation_outcomes(body: object, status: int, where: str | None) -> None:
    answer = ask(body)
    assert answer.status_code == status
    outcome = answer.get_json(force=True)
    R4B.get_fhir_model_class("OperationOutcome").model_validate(outcome)
    assert outcome["issue"][0].get("expression") == (None if where is None else [where])


def test_two_patients_are_refused_without_a_subject() -> None:
    body = bundle()
    body["entry"].append({"resource": {"resourceType": "Patient", "id": "other"}})
    assert ask(body).status_code == 422


def test_media_types_and_methods() -> None:
    client = app_with().test_client()
    assert ask(bundle(), "application/xml").status_code == 406
    assert client.post(PATH, data="{}", content_type="application/fhir+xml").status_code == 415
    later = f"{FHIR}; fhirVersion=5.0"
    assert client.post(PATH, data=json.dumps(bundle()), content_type=later).status_code == 415
    now = f"{FHIR}; fhirVersion=4.0"
    assert client.post(PATH, data=json.dumps(bundle()), content_type=now).status_code == 200
    refused = client.get(PATH)
    assert (refused.status_code, "POST" in refused.headers["Allow"]) == (405, True)
    assert client.post("/fhir/$other", json={}).get_json(force=True)["resourceType"] == (
        "OperationOutcome"
    )


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/fhir+json; fhirVersion=4.0", 200),
        ("application/fhir+json;fhirversion=4.3;charset=utf-8", 200),
        ("application/json; charset=UTF-8", 200),
        ("application/fhir+json; fhirVersion=5.0", 406),
        ("application/fhir+json; fhirVersion=5.0, application/json;q=0.1", 200),
        ("application/fhir+xml, application/xml;q=0.9", 406),
        ("application/*", 200),
        (";;", 406),
        (",", 200),
    ],
)
def test_parameters_of_an_accepted_type(accept: str, status: int) -> None:
    answer = ask(bundle(), accept)
    assert answer.status_code == status
    if status == 200:
        kind = "application/json" if "json;" not in accept or "/json" in accept else FHIR
        assert answer.content_type in {kind, FHIR}


def test_the_query_names_profile_and_day() -> None:
    client = app_with().test_client()
    sent = json.dumps(bundle())

    def told(query: str) -> dict[str, list[str]]:
        return findings(resources(client.post(f"{PATH}?{query}", data=sent, content_type=FHIR)))

    assert told("profile=us-aafp")["profile"] == ["us-aafp"]
    assert told("asOf=2020-01-01")["b12Status"] == ["not-assessable"]
    for query in ("profile=none", "asOf=2026-W47-5", "asOf=20261120", "asOf=x"):
        answer = client.post(f"{PATH}?{query}", data=sent, content_type=FHIR)
        assert answer.status_code == 422
        assert answer.get_json(force=True)["issue"][0]["expression"] == [
            f"?{query.partition('=')[0]}"
        ]


@pytest.mark.parametrize("path", ["/fhir/metadata", "/fhir/OperationDefinition/b12-assess"])
def test_what_it_says_of_itself_is_valid(path: str) -> None:
    answer = app_with(public_url="https://b12.example.org").test_client().get(path)
    body = answer.get_json(force=True)
    assert answer.content_type == FHIR
    R4B.get_fhir_model_class(body["resourceType"]).model_validate(body)
    assert "b12-assess" in answer.text


# --- strict mode


def spoiled() -> dict[str, Any]:
    """A B12 result that the reader takes and the model does not: an element nobody knows."""
    body = bundle()
    for entry in body["entry"]:
        if entry["resource"]["resourceType"] == "Observation":
            entry["resource"]["triggeredBy"] = [{"type": "reflex"}]
            break
    return body


def test_strict_mode_uses_only_what_is_valid_and_says_so() -> None:
    assert findings(resources(ask(spoiled())))["b12Status"] == ["deficient"]
    found = resources(ask(spoiled(), strict=True))
    assert findings(found)["b12Status"] != ["deficient"]
    (outcome,) = found["OperationOutcome"]
    noted = {
        (issue["details"]["coding"][0]["code"], issue["expression"][0])
        for issue in outcome["issue"]
    }
    assert ("not-valid", "Bundle.entry[1].resource.triggeredBy") in noted


def test_strict_mode_refuses_results_within_parameters_too() -> None:
    found = resources(ask(parameters(data=spoiled()), strict=True))
    assert "Parameters.parameter[0].resource.entry[1].resource" in json.dumps(found)


@pytest.mark.parametrize("where", ["report", "result"])
def test_strict_mode_takes_nothing_out_of_a_resource_that_is_not_valid(where: str) -> None:
    body = bundle()
    at = next(
        index
        for index, entry in enumerate(body["entry"])
        if entry["resource"].get("code", {}).get("coding", [{}])[0].get("code") == "2132-9"
    )
    result = body["entry"][at]["resource"]
    report = {
        "resourceType": "DiagnosticReport",
        "status": "final",
        "code": {"text": "a panel"},
        "subject": result["subject"],
        "contained": [result],
    }
    body["entry"][at]["resource"] = report
    assert findings(resources(ask(body, strict=True)))["b12Status"] == ["deficient"]
    (report if where == "report" else result)["triggeredBy"] = [{"type": "reflex"}]
    assert findings(resources(ask(body)))["b12Status"] == ["deficient"]
    found = resources(ask(body, strict=True))
    assert findings(found)["b12Status"] != ["deficient"]
    expressions = [issue["expression"][0] for issue in found["OperationOutcome"][0]["issue"]]
    assert f"Bundle.entry[{at}].resource.contained[0]" in expressions


def test_strict_mode_takes_what_is_valid() -> None:
    assert findings(resources(ask(bundle(), strict=True)))["b12Status"] == ["deficient"]


@pytest.mark.parametrize(
    "odd",
    [{"resourceType": "Foo"}, {"resourceType": 5}, {}, None, [], {"resourceType": "Observation"}],
)
def test_strict_mode_survives_what_no_model_knows(odd: object) -> None:
    body = bundle()
    body["entry"].append({"resource": odd})
    assert findings(resources(ask(body, strict=True)))["b12Status"] == ["deficient"]


def test_a_query_parameter_that_is_not_read_is_refused() -> None:
    body = {"resourceType": "Bundle", "type": "collection", "entry": []}
    client = app_with().test_client()
    for query, status in (("profil=us-aafp", 422), ("asof=2026-01-01", 422), ("_format=json", 200)):
        answer = client.post(f"/fhir/$b12-assess?{query}", json=body)
        assert answer.status_code == status
    message = (EXAMPLES / "message.hl7").read_bytes()
    for query, status in (("profil=us-aafp", 422), ("profile=us-aafp", 200)):
        kind = "application/hl7-v2"
        answer = client.post(f"/hl7v2?{query}", data=message, content_type=kind)
        assert answer.status_code == status
