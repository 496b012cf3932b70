"""Requirements of CDS Hooks for what a client sends and what a card holds, by row number."""

import json
import logging
import re
from typing import Any
from urllib.parse import quote

import pytest

from app import EXAMPLES, KEY, app_with, example, post, view
from assessments import get_profile
from cobalamin.fhir.prefetch import KEYS, REQUIRED
from cobalamin.service.cds_hooks.prefetch_queries import read_back_templates
from cobalamin.service.settings import Mode
from contract_checks import OVERRIDE_CODES, OVERRIDE_SYSTEM, check_order
from fhir_builders import SNOMED, a_code, a_finding, a_patient, an_observation

CANARY = "canary-4711"
Json = dict[str, Any]


def services() -> list[Json]:
    found: list[Json] = app_with().test_client().get("/cds-services").get_json()["services"]
    return found


def card() -> Json:
    (found,) = view(example("patient-view.json")).get_json()["cards"]
    return dict(found)


def suggestions() -> list[Json]:
    return list(card()["suggestions"])


def resources() -> list[Json]:
    return [action["resource"] for one in suggestions() for action in one["actions"]]


def status_of(**members: object) -> int:
    """The status of the example with other members; `...` leaves one out."""
    body = {**example("patient-view.json"), **members}
    return view({name: value for name, value in body.items() if value is not ...}).status_code


# --- 2.2 and 2.3 discovery and templates


def test_row_019_every_id_occurs_once() -> None:
    ids = [service["id"] for service in services()]
    assert len(set(ids)) == len(ids)


def test_row_026_row_027_no_path_within_a_token() -> None:
    for service in services():
        for template in service["prefetch"].values():
            assert "%" not in template
            assert not re.search(r"\{\{(?!context\.[A-Za-z]+\}\})", template)


def test_row_028_results_come_newest_first_and_codes_match_in_any_system() -> None:
    service = services()[0]
    for key in ("labs", "symptoms"):
        query = dict(part.split("=") for part in service["prefetch"][key].split("?")[1].split("&"))
        assert query["_sort"] == "-date"
        assert int(query["_count"]) > 0
        codes = query["code"].split(",")
        assert len(codes) > 5
        assert all(re.fullmatch(r"[A-Za-z0-9._-]+", code) for code in codes)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("profile", ["uk-nice", "us-aafp"])
def test_row_028_no_query_is_longer_than_servers_read(profile: str, key: str) -> None:
    templates = read_back_templates(get_profile(profile).codes)
    for name in (key, f"{key}+"):
        query = templates.get(name, "").replace("{{context.patientId}}", "p" * 64)
        assert len(quote(query, safe="")) <= 2048


def test_row_029_every_key_that_is_asked_for_is_read() -> None:
    assert {tuple(service["prefetch"]) for service in services()} == {KEYS}
    sent = dict.fromkeys(KEYS)
    notes = {}
    for key in KEYS:
        body = {**example("patient-view.json"), "prefetch": {**sent, key: "garbage"}}
        notes[key] = view(body).get_json(force=True)
    for key, answer in notes.items():
        if key in REQUIRED:
            assert answer["issue"][0]["expression"] == [f"prefetch.{key}"]
        else:
            where = {note["where"] for note in answer["extension"][KEY]["notes"]}
            assert f"prefetch.{key}" in where


# --- 2.4 the request


@pytest.mark.parametrize("value", [..., None, "", 7, [], {}])
def test_row_030_hook_is_required(value: object) -> None:
    assert status_of(hook=value) == 400


@pytest.mark.parametrize("value", [..., None, "", 7])
def test_row_031_hook_instance_is_required(value: object) -> None:
    assert status_of(hookInstance=value) == 400


def test_row_032_a_token_needs_its_server() -> None:
    token = {"access_token": CANARY, "token_type": "Bearer", "expires_in": 300}
    assert status_of(fhirAuthorization=token) == 400
    assert status_of(fhirAuthorization=token, fhirServer="https://ehr.example.org/fhir") == 200


@pytest.mark.parametrize("value", [None, "x", 7, [], {}, True])
def test_row_033_what_is_no_authorization_is_ignored(value: object) -> None:
    assert status_of(fhirAuthorization=value) == 200


@pytest.mark.parametrize("value", [..., None, [], "x", 7, {}])
def test_row_034_context_is_required(value: object) -> None:
    assert status_of(context=value) == 400


@pytest.mark.parametrize("value", [..., None, "", 7, {}])
def test_row_037_the_patient_is_required(value: object) -> None:
    context = {"userId": "Practitioner/1"}
    assert status_of(context=context if value is ... else {**context, "patientId": value}) == 400


@pytest.mark.parametrize("encounter", ["e1", "Encounter/e1"])
def test_row_037_the_encounter_may_be_named_with_its_type(encounter: str) -> None:
    body = example("patient-view.json")
    body["context"]["encounterId"] = encounter
    (found,) = view(body).get_json()["cards"]
    resource = found["suggestions"][0]["actions"][0]["resource"]
    assert resource["encounter"] == {"reference": "Encounter/e1"}


@pytest.mark.parametrize("encounter", [None, "", "Encounter/"])
def test_row_037_an_encounter_without_id_is_none(encounter: str | None) -> None:
    body = example("patient-view.json")
    body["context"]["encounterId"] = encounter
    (found,) = view(body).get_json()["cards"]
    assert "encounter" not in found["suggestions"][0]["actions"][0]["resource"]


@pytest.mark.parametrize(
    ("user", "cards"),
    [
        ("Practitioner/1", 1),
        ("PractitionerRole/1", 1),
        ("Patient/1", 0),
        ("RelatedPerson/1", 0),
        ("https://ehr.example.org/fhir/Patient/1", 0),
        ("https://ehr.example.org/fhir/Patient/Practitioner/1", 1),
        (None, 1),
    ],
)
def test_row_037_only_professionals_are_shown_cards(user: str | None, cards: int) -> None:
    body = example("patient-view.json")
    body["context"]["userId"] = user
    assert len(view(body).get_json()["cards"]) == cards


@pytest.mark.parametrize("hook", ["order-sign", "patient-View", "medication-prescribe"])
def test_row_045_the_hook_of_another_service_is_400(hook: str) -> None:
    assert status_of(hook=hook) == 400


# --- 2.5 prefetch


def test_row_048_row_053_without_read_back_a_server_does_not_replace_a_key() -> None:
    prefetch = example("patient-view.json")["prefetch"]
    del prefetch["labs"]
    answer = view(
        {
            **example("patient-view.json"),
            "prefetch": prefetch,
            "fhirServer": "https://ehr.example.org/fhir",
            "fhirAuthorization": {"access_token": CANARY, "token_type": "Bearer"},
        }
    )
    assert answer.status_code == 412
    assert answer.get_json(force=True)["issue"][0]["expression"] == ["prefetch.labs"]


@pytest.mark.parametrize("body", [b"{", b"[]", b"{}", b'{"hook": "order-sign"}'])
def test_row_054_every_refusal_is_an_operation_outcome(body: bytes) -> None:
    answer = view(body)
    assert answer.status_code == 400
    assert answer.get_json(force=True)["resourceType"] == "OperationOutcome"
    assert answer.content_type == "application/fhir+json"


def test_row_055_a_record_without_b12_is_no_412() -> None:
    body = example("patient-view.json")
    body["prefetch"]["labs"] = {"resourceType": "Bundle", "type": "searchset", "entry": []}
    assert view(body).status_code == 200


@pytest.mark.parametrize("mode", Mode)
def test_row_059_a_token_is_neither_answered_nor_logged(
    mode: Mode, caplog: pytest.LogCaptureFixture
) -> None:
    body = {
        **example("patient-view.json"),
        "fhirServer": "https://ehr.example.org/fhir",
        "fhirAuthorization": {"access_token": CANARY, "token_type": "Bearer"},
    }
    with caplog.at_level(logging.DEBUG):
        for sent in (body, {**body, "hook": "order-sign"}, {**body, "prefetch": {}}):
            assert CANARY not in view(sent, mode=mode).text
    assert CANARY not in caplog.text


# --- 2.7 the card


def test_row_072_text_of_a_sender_stays_text() -> None:
    evil = "<img src=x onerror=alert(1)> **b** | [a](javascript:x) `c`"
    labs = [
        an_observation(150, "ng/L", interpretation=[{"text": evil}], note=[{"text": evil}]),
        an_observation(9, evil, id="o2", code=a_code("13964-2")),
    ]
    numb = a_finding("91019004", SNOMED, id="f", bodySite={"text": evil})
    coded = {"coding": [{"system": SNOMED, "code": "24700007", "display": evil}], "text": evil}
    condition = {"resourceType": "Condition", "subject": {"reference": "Patient/p1"}, "code": coded}

    def bundle(*found: Json) -> Json:
        entry = [{"resource": one} for one in found]
        return {"resourceType": "Bundle", "type": "searchset", "entry": entry}

    body = example("patient-view.json")
    body["context"]["patientId"] = "p1"
    body["prefetch"] = {
        "patient": a_patient(id="p1", name=[{"text": evil}]),
        "labs": bundle(*labs),
        "symptoms": bundle(numb),
        "conditions": bundle(condition),
    }
    answer = view(body)
    assert len(answer.get_json()["cards"]) == 1
    assert "onerror" not in answer.text
    assert "javascript" not in answer.text


def test_row_073_urgent_advice_warns() -> None:
    assert card()["indicator"] in ("warning", "critical")


def test_row_074_row_075_the_source_is_named_without_a_patient() -> None:
    body = view(example("patient-view.json"), public_url="https://b12.example.org").get_json()
    source = body["cards"][0]["source"]
    assert source["label"]
    assert source["url"].startswith("https://b12.example.org")
    assert "example-57" not in source["url"]


def test_row_077_the_topic_is_the_same_for_every_patient() -> None:
    body = example("patient-view.json")
    body["prefetch"]["labs"]["entry"][0]["resource"]["valueQuantity"]["value"] = 98
    (other,) = view(body).get_json()["cards"]
    assert other["source"]["topic"] == card()["source"]["topic"]


def test_row_079_row_080_one_choice_is_recommended_under_at_most_one() -> None:
    assert card()["selectionBehavior"] in ("at-most-one", "any")
    recommended = [one for one in suggestions() if one.get("isRecommended")]
    assert recommended
    assert card()["selectionBehavior"] == "any" or len(recommended) == 1


def test_row_081_row_083_reasons_are_coded_and_readable() -> None:
    reasons = card()["overrideReasons"]
    assert {reason["code"] for reason in reasons} == OVERRIDE_CODES
    assert {reason["system"] for reason in reasons} == {OVERRIDE_SYSTEM}
    assert all(reason["display"] for reason in reasons)


# --- 2.8 suggestions and actions


def test_row_087_to_row_090_every_suggestion_can_be_chosen() -> None:
    for suggestion in suggestions():
        assert suggestion["label"]
        assert suggestion["uuid"]
        assert suggestion["actions"]


def test_row_092_no_behaviour_that_a_client_may_not_know() -> None:
    assert "actionSelectionBehavior" not in json.dumps(card())


def test_row_093_row_094_every_action_creates_and_is_described() -> None:
    for suggestion in suggestions():
        for action in suggestion["actions"]:
            assert action["type"] == "create"
            assert action["description"].isprintable()
            assert action["description"]


def test_row_002_row_095_every_draft_is_valid_fhir_for_the_patient() -> None:
    assert resources()
    for resource in resources():
        check_order(resource, patient="example-57")
        assert "id" not in resource


def test_row_101_a_site_names_what_it_orders() -> None:
    form = {
        "patient": {"id": "p1", "age": 50},
        "results": [{"analyte": "b12_total", "value": 160, "unit": "ng/L"}],
        "features": [{"code": "fatigue"}],
        "history": [{"code": "metformin"}],
    }
    body = post("/v1/assessments", form, site=EXAMPLES / "site.toml").get_json()
    (mma,) = [one for one in body["plan"]["suggestions"] if one["code"] == "test-mma"]
    assert mma["resource"]["code"]["coding"][0]["code"] == "LAB1234"


# --- 2.9 and 2.11


def test_row_107_the_link_of_a_card_is_its_explanation() -> None:
    body = view(example("patient-view.json"), public_url="https://b12.example.org").get_json()
    (card,) = body["cards"]
    (link,) = card["links"]
    assert link["url"] == card["source"]["url"]
    assert (link["label"], link["type"]) == ("Why, and what would change it", "absolute")


def test_row_147_extensions_are_objects_under_a_reverse_domain_name() -> None:
    extension = view(example("patient-view.json")).get_json()["extension"]
    assert list(extension) == ["org.cobalamin.assessment"]
    assert isinstance(extension[KEY], dict)


def test_row_011_row_012_row_014_every_service_says_its_hook_and_what_it_is() -> None:
    for service in services():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)+", service["hook"])
        assert len(service["title"]) < len(service["description"])
        assert service["description"].endswith(".")


def test_row_071_detail_is_markdown_without_html() -> None:
    (card,) = view(example("patient-view.json")).get_json()["cards"]
    assert card["detail"].startswith("**Because** ")
    assert not re.search(r"<[a-z/!]", card["detail"])
