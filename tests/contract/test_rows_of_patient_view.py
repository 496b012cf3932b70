"""Requirements of CDS Hooks for discovery, the call and its answer, by their row number."""

import json
import re
from copy import deepcopy
from typing import Any

import pytest

from app import KEY, app_with, example, post, view
from cobalamin.service.cds_hooks.services import SERVICES
from cobalamin.service.settings import DEFAULT_SERVICES, Mode, Service
from contract_checks import check_answer, empties

SERVICE = "/cds-services/b12-patient-view"
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\Z")
TOKEN = re.compile(r"\{\{([^}]*)\}\}")
EMPTY = {"resourceType": "Bundle", "type": "searchset", "total": 0}
OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}


def discovery() -> dict[str, Any]:
    body: dict[str, Any] = app_with().test_client().get("/cds-services").get_json()
    return body


def request_with(**prefetch: object) -> dict[str, Any]:
    """The example with other values for some keys; `...` leaves a key out."""
    body = example("patient-view.json")
    body["prefetch"] |= prefetch
    body["prefetch"] = {key: value for key, value in body["prefetch"].items() if value is not ...}
    return body


def card() -> dict[str, Any]:
    (found,) = view(example("patient-view.json")).get_json()["cards"]
    return dict(found)


def extension_of(body: dict[str, Any]) -> dict[str, Any]:
    answer = view(body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()["extension"][KEY]
    return found


# --- 2.1 general, 2.2 discovery


def test_row_001_every_body_is_json() -> None:
    assert view(example("patient-view.json")).content_type == "application/json"
    assert view({}).content_type in ("application/json", "application/fhir+json")


def test_row_003_row_004_nothing_empty_is_emitted() -> None:
    body = view(example("patient-view.json")).get_json()
    assert not [path for path in empties(body) if path != "cards"]
    assert not list(empties(discovery()))


def test_row_006_json_is_compact_without_a_mark() -> None:
    data = view(example("patient-view.json")).data
    assert not data.startswith(b"\xef\xbb\xbf")
    assert b'": ' not in data[:200]


@pytest.mark.parametrize("path", ["/cds-services", "/cds-services/"])
def test_row_009_discovery_is_always_there(path: str) -> None:
    assert app_with().test_client().get(path).status_code == 200


def test_row_010_to_014_services_are_described() -> None:
    for service in discovery()["services"]:
        for member in ("hook", "id", "title", "description"):
            assert isinstance(service[member], str)
            assert service[member]


def test_row_013_every_advertised_service_answers() -> None:
    for service in discovery()["services"]:
        assert post(f"/cds-services/{service['id']}", {}).status_code == 400


def test_row_015_prefetch_is_text_under_plain_keys() -> None:
    for service in discovery()["services"]:
        for key, template in service["prefetch"].items():
            assert re.fullmatch(r"[A-Za-z0-9_-]+", key)
            assert isinstance(template, str)


def test_row_017_version_is_semantic_and_row_018_hook_version_is_left_out() -> None:
    for service in discovery()["services"]:
        assert re.fullmatch(r"\d+\.\d+\.\d+", service["version"])
        assert "hookVersion" not in service


def test_row_022_discovery_is_made_once_and_cacheable() -> None:
    client = app_with().test_client()
    first = client.get("/cds-services")
    again = client.get("/cds-services", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert "max-age" in first.headers["Cache-Control"]


# --- 2.3 templates


def test_row_023_row_024_only_legal_tokens() -> None:
    for service in discovery()["services"]:
        for template in service["prefetch"].values():
            assert set(TOKEN.findall(template)) == {"context.patientId"}


def test_row_025_row_028_only_the_safe_subset_of_search() -> None:
    allowed = {"patient", "code", "_sort", "_count"}
    for service in discovery()["services"]:
        for template in service["prefetch"].values():
            _, _, query = template.partition("?")
            names = {part.partition("=")[0] for part in query.split("&") if part}
            assert names <= allowed
            assert "sort:desc" not in template


# --- 2.4 the request


def test_row_031_an_instance_that_is_no_uuid_is_accepted() -> None:
    assert view({**example("patient-view.json"), "hookInstance": "test-1"}).status_code == 200


def test_row_036_unknown_members_are_ignored() -> None:
    body = {**example("patient-view.json"), "user": "x", "extension": {"com.example": 1}, "v": 2}
    assert view(body).status_code == 200


def test_row_038_a_resource_of_another_patient_does_not_count() -> None:
    body = example("patient-view.json")
    for entry in body["prefetch"]["labs"]["entry"]:
        entry["resource"]["subject"]["reference"] = "Patient/somebody-else"
    found = extension_of(body)
    assert "other-patient" in {note["code"] for note in found["notes"]}
    used = view(body).get_json()["cards"]
    assert not used or "205" not in json.dumps(used)


def test_row_040_the_same_request_gives_the_same_answer_but_for_identifiers() -> None:
    def without_ids(value: object) -> object:
        text = json.dumps(value)
        return re.sub(r"00000000-0000-4000-8000-\d{12}", "id", text)

    first, second = (view(example("patient-view.json")).get_json() for _ in range(2))
    assert without_ids(first) == without_ids(second)


@pytest.mark.parametrize("patient", ["Patient/example-57", "example-57"])
def test_the_patient_may_be_named_with_its_type(patient: str) -> None:
    body = example("patient-view.json")
    body["context"]["patientId"] = patient
    (found,) = view(body).get_json()["cards"]
    resource = found["suggestions"][0]["actions"][0]["resource"]
    assert resource["subject"] == {"reference": "Patient/example-57"}


@pytest.mark.parametrize("user", ["Patient/example-57", "RelatedPerson/9"])
def test_a_patient_at_the_screen_is_shown_no_card(user: str) -> None:
    body = example("patient-view.json")
    body["context"]["userId"] = user
    answer = view(body).get_json()
    assert answer["cards"] == []
    assert answer["extension"][KEY]["outcome"] == "advice"


# --- 2.5 prefetch


@pytest.mark.parametrize("key", ["patient", "labs"])
@pytest.mark.parametrize("value", [..., OUTCOME, "garbage", 7, [1]])
def test_row_049_row_053_a_required_key_that_was_not_obtained_is_412(
    key: str, value: object
) -> None:
    answer = view(request_with(**{key: value}))
    assert answer.status_code == 412
    body = answer.get_json(force=True)
    assert body["resourceType"] == "OperationOutcome"
    assert key in json.dumps(body)


@pytest.mark.parametrize("value", [None, EMPTY])
def test_row_050_row_051_null_and_empty_are_known(value: object) -> None:
    found = extension_of(request_with(labs=value))
    assert found["outcome"] in ("advice", "no-advice")


@pytest.mark.parametrize("value", [..., OUTCOME])
def test_row_052_row_055_an_optional_key_degrades_and_is_said(value: object) -> None:
    found = extension_of(request_with(symptoms=value))
    assert "prefetch.symptoms" in {note["where"] for note in found["notes"]}


@pytest.mark.parametrize("prefetch", [..., None, {}, [], "x", 5])
def test_prefetch_of_any_shape_is_answered(prefetch: object) -> None:
    body = example("patient-view.json")
    if prefetch is ...:
        del body["prefetch"]
    else:
        body["prefetch"] = prefetch
    assert view(body).status_code == 412


def test_the_wrapper_of_the_first_drafts_is_read() -> None:
    body = example("patient-view.json")
    wrapped = {
        key: {"response": {"status": "200 OK"}, "resource": value}
        for key, value in body["prefetch"].items()
    }
    plain = extension_of(deepcopy(body))
    assert extension_of({**body, "prefetch": wrapped})["outcome"] == plain["outcome"] == "advice"


def test_row_056_a_first_page_is_read_and_said() -> None:
    body = example("patient-view.json")
    link = {"relation": "next", "url": "https://ehr.example.org/fhir?page=2"}
    body["prefetch"]["symptoms"]["link"] = [link]
    notes = extension_of(body)["notes"]
    assert "list-incomplete" in {note["code"] for note in notes}


# --- 2.6 to 2.9 the answer


def test_row_062_to_row_108_the_answer_keeps_every_invariant() -> None:
    check_answer(view(example("patient-view.json")).get_json())


def test_row_063_nothing_to_say_is_no_card_and_says_so() -> None:
    body = example("patient-view.json")
    body["prefetch"]["labs"]["entry"] = body["prefetch"]["labs"]["entry"][3:]
    for key in ("symptoms", "conditions"):
        body["prefetch"][key] = EMPTY
    answer = view(body).get_json()
    assert answer["cards"] == []
    assert answer["extension"][KEY]["outcome"] == "no-advice"
    assert answer["extension"][KEY]["reasons"][0]["code"] == "b12-not-measured"


def test_row_069_card_and_suggestions_have_identifiers_of_their_own() -> None:
    found = card()
    ids = [found["uuid"], *(suggestion["uuid"] for suggestion in found["suggestions"])]
    assert len(set(ids)) == len(ids)
    assert all(UUID.match(one) for one in ids)


def test_row_070_the_summary_is_short() -> None:
    assert len(card()["summary"]) < 140


def test_row_077_the_topic_is_static_and_alphanumeric() -> None:
    assert re.fullmatch(r"[A-Za-z0-9]{1,100}", card()["source"]["topic"]["code"])


def test_row_145_the_card_shows_when_each_value_was_measured() -> None:
    because = card()["detail"].partition("\n\n")[0]
    assert because.startswith("**Because** On 16 Nov 2026: MMA 3600 nmol/L")


def test_the_first_suggestion_of_the_example_is_injections() -> None:
    first = card()["suggestions"][0]
    assert first["isRecommended"] is True
    resource = first["actions"][0]["resource"]
    assert resource["resourceType"] == "MedicationRequest"
    assert "intramuscular" in json.dumps(resource)


# --- modes


def test_silent_mode_assesses_and_shows_nothing() -> None:
    answer = view(example("patient-view.json"), mode=Mode.silent).get_json()
    assert answer["cards"] == []
    assert answer["extension"][KEY] | {"mode": "silent"} == answer["extension"][KEY]
    assert answer["extension"][KEY]["outcome"] == "advice"


def test_switched_off_is_said() -> None:
    answer = view(example("patient-view.json"), mode=Mode.off).get_json()
    assert answer["cards"] == []
    assert answer["extension"][KEY]["mode"] == "off"
    assert answer["extension"][KEY]["outcome"] == "not-assessable"


def test_an_unusable_result_can_be_shown_as_one_card() -> None:
    body = example("patient-view.json")
    for entry in body["prefetch"]["labs"]["entry"]:
        entry["resource"]["status"] = "preliminary"
    for key in ("symptoms", "conditions"):
        body["prefetch"][key] = EMPTY
    assert view(body).get_json()["cards"] == []
    answer = view(body, show_unavailable=True).get_json()
    check_answer(answer)
    (found,) = answer["cards"]
    assert found["indicator"] == "info"
    assert "suggestions" not in found


def test_every_service_has_an_id_of_the_contract() -> None:
    expected = {
        "b12-patient-view": "patient-view",
        "b12-order-select": "order-select",
        "b12-order-sign": "order-sign",
        "b12-encounter-discharge": "encounter-discharge",
        "b12-problem-list-item-create": "problem-list-item-create",
        "b12-medication-refill": "medication-refill",
    }
    assert {service.id.value: service.hook for service in SERVICES} == expected
    assert [service.id for service in SERVICES] == list(Service)


def test_three_services_are_on_and_the_others_only_where_a_site_says_so() -> None:
    usual = {"b12-patient-view", "b12-order-select", "b12-order-sign"}
    assert {service.value for service in DEFAULT_SERVICES} == usual
    for chosen in (DEFAULT_SERVICES, (Service.medication_refill,)):
        client = app_with(services=chosen).test_client()
        listed = client.get("/cds-services").get_json()["services"]
        assert [service["id"] for service in listed] == list(chosen)
        for service in SERVICES:
            for address in (f"/cds-services/{service.id}", f"/cds-services/{service.id}/feedback"):
                found = client.post(address, json={})
                assert (found.status_code == 404) is (service.id not in chosen)
