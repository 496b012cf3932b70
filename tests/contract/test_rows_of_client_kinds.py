"""What each kind of client can show, over every card that the rules and the orders can make."""

import json
import re
from collections.abc import Iterator
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner
from kinds import EPIC, calls

from app import EXAMPLES, app_with, example
from assessments import PROFILES, a_card_context, an_assessment, get_profile
from clients import entry, key_entry, key_of, with_key, write_registry
from cobalamin.service.access.clients import ClientKind
from cobalamin.service.answers.cards import to_cards
from cobalamin.service.cds_hooks.client_profiles import CAPABILITIES
from cobalamin.service.cds_hooks.services import offered
from cobalamin.service.cli.main import main
from cobalamin.service.rules.model.assessment import Outcome, Route
from cobalamin.service.rules.model.codes import CAUTION_CODES, SUGGESTION_CODES, SuggestionKind
from cobalamin.service.rules.plan.pathway import STEPS_BY_ID
from cobalamin.service.settings import DEFAULT_SERVICES
from contract_checks import check_answer, check_cards, without_links
from fhir_server import TYPES
from orders import a_test, daily, folic_acid, medicine, order_call
from tokens import jwt_entry

PUBLIC_URL = "https://b12.example.org"
Json = dict[str, Any]


def ask(kind: ClientKind, call: Json, folder: Path, **settings: Any) -> Json:  # noqa: ANN401
    folder.mkdir(exist_ok=True)
    registry = write_registry(folder, key_entry("ehr", "cds") + f'kind = "{kind}"\n')
    app = app_with(clients=registry, public_url=PUBLIC_URL, **settings)
    path = f"/cds-services/b12-{call['hook']}"
    answer = app.test_client().post(path, json=call, headers=with_key("ehr").headers)
    assert answer.status_code == 200, answer.text
    whole: Json = answer.get_json()
    check_answer(whole)
    return whole


@cache
def every_card(kind: ClientKind) -> list[Json]:
    """A card of each rung, and of each route, with every suggestion there is."""
    return list(_every_card(kind))


def _every_card(kind: ClientKind) -> Iterator[Json]:
    for profile in PROFILES:
        for rung, route in zip(sorted(STEPS_BY_ID), cycle(Route), strict=False):
            made = to_cards(
                a_card_context(
                    an_assessment(
                        rung=rung,
                        route=route,
                        suggestions=sorted(SUGGESTION_CODES),
                        cautions=sorted(CAUTION_CODES),
                    ),
                    profile,
                    capabilities=CAPABILITIES[kind],
                    public_url=PUBLIC_URL,
                )
            )
            check_cards(made, patient="p1", counts_words=False)
            yield from made


def actions(card: Json) -> list[list[Json]]:
    return [suggestion["actions"] for suggestion in card.get("suggestions", [])]


def order_cards(kind: ClientKind, folder: Path) -> list[Json]:
    drafts = (
        folic_acid(),
        medicine("tablets", "11248", **daily(1, "mg")),
        a_test("again", "2132-9"),
    )
    found: list[Json] = ask(kind, order_call(*drafts), folder)["cards"]
    assert len(found) >= 2
    return found


def test_every_kind_of_the_registry_has_its_manner() -> None:
    assert CAPABILITIES.keys() == set(ClientKind)


# --- Epic


def test_epic_gets_any_and_one_action_a_suggestion(tmp_path: Path) -> None:
    cards = [*every_card(ClientKind.epic), *order_cards(ClientKind.epic, tmp_path)]
    for card in cards:
        assert card["selectionBehavior"] == "any"
        assert {len(one) for one in actions(card)} == {1}
        for suggestion in card["suggestions"]:
            assert suggestion["actions"][0]["description"]
            assert suggestion["uuid"]


def test_epic_gets_only_what_it_makes_orders_of(tmp_path: Path) -> None:
    for card in [*every_card(ClientKind.epic), *order_cards(ClientKind.epic, tmp_path)]:
        for (action,) in actions(card):
            kind = action.get("resource", {}).get("resourceType") or action["resourceId"]
            assert kind.partition("/")[0] in {"MedicationRequest", "ServiceRequest"}
    told = [card["detail"] for card in every_card(ClientKind.epic)]
    assert all("Advise on foods with vitamin B12." in detail for detail in told)


def test_epic_gets_a_replacement_as_two_that_are_both_recommended(tmp_path: Path) -> None:
    body = order_call(medicine("tablets", "11248", **daily(1, "mg")))
    (card,) = ask(ClientKind.epic, body, tmp_path)["cards"]
    assert [one[0]["type"] for one in actions(card)] == ["create", "delete"]
    assert [one["isRecommended"] for one in card["suggestions"]] == [True, True]


def test_epic_takes_back_only_what_it_makes_orders_of(tmp_path: Path) -> None:
    body = order_call({**folic_acid(), "resourceType": "MedicationStatement"})
    for kind, deletes in ((ClientKind.epic, []), (ClientKind.generic, ["delete"])):
        (card,) = ask(kind, body, tmp_path / kind)["cards"]
        types = [action["type"] for one in actions(card) for action in one]
        assert [name for name in types if name == "delete"] == deletes


def test_row_101_epic_gets_the_sites_own_code_first(tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    own = '\n[orderables.refer-neurology]\nsystem = "urn:x"\ncode = "N1"\ndisplay = "Neurology"\n'
    site.write_text((EXAMPLES / "site.toml").read_text("utf-8") + own, "utf-8")
    (card,) = ask(ClientKind.epic, example("patient-view.json"), tmp_path, site=site)["cards"]
    codings = [
        action["resource"]["code"]["coding"]
        for (action,) in actions(card)
        if action["resource"].get("code", {}).get("coding")
    ]
    assert {"system": "urn:x", "code": "N1", "display": "Neurology"} in [c[0] for c in codings]


@pytest.mark.parametrize("trigger", ["60", "23", 18, None])
def test_row_036_epics_own_members_change_nothing(tmp_path: Path, trigger: object) -> None:
    name = "com.epic.cdshooks.request.bpa-trigger-action"
    plain = ask(ClientKind.epic, example("patient-view.json"), tmp_path)
    sent = example("patient-view.json") | {"extension": {**EPIC, name: trigger}}
    told = ask(ClientKind.epic, sent, tmp_path)
    assert told["extension"] == plain["extension"]
    assert told["cards"][0]["detail"] == plain["cards"][0]["detail"]
    assert "com.epic" not in json.dumps(told)


def test_row_077_topics_are_static_for_every_kind() -> None:
    for kind in ClientKind:
        for card in every_card(kind):
            assert re.fullmatch(r"[A-Za-z0-9]{1,100}", card["source"]["topic"]["code"])


# --- Oracle


def test_row_102_to_row_105_oracle_gets_text_and_absolute_links(tmp_path: Path) -> None:
    for card in [*every_card(ClientKind.oracle), *order_cards(ClientKind.oracle, tmp_path)]:
        assert {"suggestions", "selectionBehavior", "overrideReasons"}.isdisjoint(card)
        (link,) = card["links"]
        assert set(link) == {"label", "url", "type"}
        assert link["type"] == "absolute"
        assert link["url"] == card["source"]["url"]


def test_oracle_reads_in_words_what_others_can_take() -> None:
    for mine, others in zip(
        every_card(ClientKind.oracle), every_card(ClientKind.generic), strict=True
    ):
        assert mine["detail"] == without_links(others["detail"])
        for words in get_profile().wording.suggestions.values():
            if words.kind in (SuggestionKind.test, SuggestionKind.referral):
                assert words.do in mine["detail"].replace("\\", "")


def test_oracle_is_told_when_nothing_could_be_assessed() -> None:
    told: list[Any] = to_cards(
        a_card_context(
            an_assessment(outcome=Outcome.not_assessable),
            capabilities=CAPABILITIES[ClientKind.oracle],
            public_url=PUBLIC_URL,
        ),
        show_unavailable=True,
    )
    (card,) = told
    assert [link["type"] for link in card["links"]] == ["absolute"]
    path = urlsplit(card["links"][0]["url"]).path
    answer = app_with(public_url=PUBLIC_URL).test_client().get(path)
    assert answer.status_code == 200
    assert "could not be assessed" in answer.text


# --- the sandbox


@pytest.mark.parametrize("kind", [ClientKind.sandbox, ClientKind.generic])
def test_the_sandbox_can_apply_every_medicine(kind: ClientKind, tmp_path: Path) -> None:
    """It takes the first action that changes its form, and needs both text and a code for it."""
    for card in [*every_card(kind), *order_cards(kind, tmp_path)]:
        for one in actions(card):
            types = [action["type"] for action in one]
            assert types in (["create"] * len(one), ["delete"], ["create", "delete"])
            for action in one:
                medicine_ = action.get("resource", {}).get("medicationCodeableConcept")
                if medicine_ is not None:
                    assert medicine_["text"]
                    assert medicine_["coding"][0]["code"]


# --- the sheet


def registration(folder: Path, name: str, *entries: str, **told: str) -> Any:  # noqa: ANN401
    environ = {
        "COBALAMIN_PROFILE": "uk-nice",
        "COBALAMIN_CLIENTS": str(write_registry(folder, *entries)),
        "COBALAMIN_PUBLIC_URL": PUBLIC_URL,
        "COBALAMIN_SITE": str(EXAMPLES / "site.toml"),
        **told,
    }
    return CliRunner().invoke(main, ["registration", "--client", name], env=environ)


def sheet_of(kind: ClientKind, folder: Path) -> str:
    named = f'kind = "{kind}"\nfhir_servers = ["https://ehr.example.org/fhir"]\n'
    done = registration(folder, "ehr", key_entry("ehr", "cds", "us-aafp") + named)
    assert done.exit_code == 0, done.output
    text: str = done.stdout
    return text


@pytest.mark.parametrize("kind", ClientKind)
def test_row_107_the_sheet_names_every_host_that_a_card_links_to(
    kind: ClientKind, tmp_path: Path
) -> None:
    whole = [ask(kind, call, tmp_path) for call in calls().values()]
    cards = [*every_card(kind), *(card for answer in whole for card in answer["cards"])]
    urls = {card["source"]["url"] for card in cards}
    urls |= {link["url"] for card in cards for link in card.get("links", [])}
    shown = [link for card in cards for link in re.findall(r"\]\((.+?)\)", card["detail"])]
    assert bool(shown) is CAPABILITIES[kind].guideline_links
    urls |= set(shown)
    for card in cards:
        assert "://" not in card["summary"] + without_links(card["detail"])
    (line,) = re.findall(r"hosts that a card links to: (.+)", sheet_of(kind, tmp_path))
    assert {urlsplit(url).netloc for url in urls} <= set(line.split(", "))
    assert all(not urlsplit(url).query for url in urls)


def test_row_140_row_148_the_sheet_has_what_a_form_asks_for(tmp_path: Path) -> None:
    text = sheet_of(ClientKind.epic, tmp_path)
    for service in offered(DEFAULT_SERVICES):
        assert f"{PUBLIC_URL}/cds-services/{service.id}\n" in text
        assert f"{PUBLIC_URL}/cds-services/{service.id}/feedback\n" in text
        assert f"  {service.hook}: " in text
    assert "b12-medication-refill" not in text
    for name in ("Patient", "Observation", *TYPES.values()):
        assert f"patient/{name}.rs" in text
        assert f"patient/{name}.read" in text
    assert "Patient/{{context.patientId}}" in text
    assert "profile: us-aafp" in text
    assert "https://ehr.example.org/fhir" in text
    assert "selectionBehavior any, one action each" in text
    assert "test-mma (ServiceRequest): https://ehr.example.org/orderables|LAB1234" in text
    assert "refer-neurology (ServiceRequest): no code of the site's catalogue" in text
    assert "diet-advice (NutritionOrder): as text only" in text
    assert "b12NotAssessable" in text


@pytest.mark.parametrize("kind", ClientKind)
def test_the_sheet_names_every_topic(kind: ClientKind, tmp_path: Path) -> None:
    (line,) = re.findall(r"topics: (.+)", sheet_of(kind, tmp_path))
    cards = [*every_card(kind), *order_cards(kind, tmp_path)]
    assert {card["source"]["topic"]["code"] for card in cards} <= set(line.split())


def test_the_sheet_says_how_a_client_proves_itself_and_shows_no_secret(tmp_path: Path) -> None:
    certificate = entry("gateway", "cds", 'certificate = "CN=x"')
    entries = (key_entry("ehr", "cds"), jwt_entry("signs"), certificate)
    proxies = {"COBALAMIN_TRUSTED_PROXIES": "10.0.0.0/8"}
    key = registration(tmp_path, "ehr", *entries, **proxies).stdout
    assert "Authorization: Bearer ehr." in key
    assert key_of("ehr")[0] not in key
    assert "sha256" not in key
    signed = registration(tmp_path, "signs", *entries, **proxies).stdout
    assert "iss: https://ehr.example.org/fhir" in signed
    assert "algorithms: RS384, ES384" in signed
    assert "subject: CN=x" in registration(tmp_path, "gateway", *entries, **proxies).stdout


def test_a_sheet_for_nobody_is_a_mistake_that_says_what_to_do(tmp_path: Path) -> None:
    done = registration(tmp_path, "nobody", key_entry("ehr", "cds"))
    assert (done.exit_code, done.stdout) == (2, "")
    assert "unknown client; use one of ehr" in done.stderr
    alone = CliRunner().invoke(
        main,
        ["registration", "--client", "x"],
        env={"COBALAMIN_ENVIRONMENT": "development"},
    )
    assert alone.exit_code == 2
    assert "COBALAMIN_CLIENTS is not set" in alone.stderr
    wrong = registration(tmp_path, "ehr", "[clients.ehr]")
    assert wrong.exit_code == 78


def test_a_laboratory_gets_a_sheet_of_its_own(tmp_path: Path) -> None:
    done = registration(tmp_path, "lis", key_entry("lis", "lab") + "rate_limit = 60\n")
    assert done.exit_code == 0, done.output
    for call in ("/v1/assessments", "/v1/assessments/batch", "/fhir/$b12-assess", "/hl7v2"):
        assert f"POST {PUBLIC_URL}{call}\n" in done.stdout
    assert "requests a minute: 60" in done.stdout
    assert "B12 of https://lab.example.org/codes: b12_total" in done.stdout
    assert "Authorization: Bearer lis." in done.stdout
    for word in ("cds-services", "prefetch", "Prefetch", "kind", "hosts that a card links to"):
        assert word not in done.stdout.replace("kind: an API key", "")


def test_a_client_of_both_doors_gets_both_parts(tmp_path: Path) -> None:
    text = registration(tmp_path, "both", key_entry("both", "cds lab")).stdout
    assert f"{PUBLIC_URL}/hl7v2" in text
    assert f"discovery: {PUBLIC_URL}/cds-services" in text
    sheet = registration(tmp_path, "ehr", key_entry("ehr", "cds")).stdout
    assert "/hl7v2" not in sheet
