"""The portable checks of the Inferno kit for CRD servers, by their ids, over every service.

Services are those that discovery lists when all are switched on; every call is signed.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from kinds import calls
from werkzeug.test import TestResponse

import inferno
import request_lints
from app import EXAMPLES, app_with
from clients import write_registry
from cobalamin.service.access.clients import ClientKind
from cobalamin.service.settings import Service
from databases import migrated
from hook_requests import REQUESTS, requests_for, without_age
from tokens import PUBLIC_URL, a_token, jwt_entry, key_set

Json = dict[str, Any]
Change = Callable[[Json], Json]
DISCOVERY = "/cds-services"
JKU = "https://inferno.example.org/jwks.json"
KIDS = {"ES384": "ec-inferno", "RS384": "rsa-inferno"}
LISTED: list[Json] = (
    app_with(services=tuple(Service)).test_client().get(DISCOVERY).get_json()["services"]
)
EVERY = [pytest.param(one, id=one["id"]) for one in LISTED]
WITH_DRAFTS = [
    pytest.param(one, id=one["id"])
    for one in LISTED
    if one["hook"] in ("order-select", "order-sign")
]
every_service = pytest.mark.parametrize("service", EVERY)
every_algorithm = pytest.mark.parametrize("algorithm", KIDS)


def fixtures() -> list[Any]:
    """The project's own requests: of the documentation, of the kept cards, and those of here."""
    files = {file.name: json.loads(file.read_text("utf-8")) for file in EXAMPLES.glob("*.json")}
    found = {
        **{name: body for name, body in files.items() if "hook" in body},
        **{f"kept {name}": body for name, body in calls().items()},
        **{f"{hook}: {name}": r for hook in REQUESTS for name, r in requests_for(hook).items()},
    }
    return [pytest.param(body, id=name) for name, body in found.items()]


every_fixture = pytest.mark.parametrize("call", fixtures())


# --- the client that the kit is


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("inferno")


def signed(folder: Path, kind: ClientKind = ClientKind.generic, **settings: object) -> Flask:
    """The service with all CDS Services, for one client of this kind that signs its calls."""
    own = folder / kind
    own.mkdir(exist_ok=True)
    (own / "keys.json").write_text(json.dumps(key_set(*KIDS.values())), "utf-8")
    table = jwt_entry("inferno", keys='jwks_file = "keys.json"')
    named = table.replace("[clients.inferno.jwt]", f'kind = "{kind}"\n[clients.inferno.jwt]')
    return app_with(
        clients=write_registry(own, named),
        public_url=PUBLIC_URL,
        database_url=migrated(),
        services=tuple(Service),
        **settings,
    )


def bearer(path: str, algorithm: str = "ES384") -> dict[str, str]:
    """A new token for this address, for five minutes, as the kit signs it."""
    token = a_token(KIDS[algorithm], algorithm, {"jku": JKU}, aud=PUBLIC_URL + path)
    return {"Authorization": f"Bearer {token}"}


def send(app: Flask, service: Json, call: Json, algorithm: str = "ES384") -> TestResponse:
    path = f"{DISCOVERY}/{service['id']}"
    return app.test_client().post(path, json=call, headers=bearer(path, algorithm))


def answered(app: Flask, service: Json, change: Change = dict) -> list[tuple[Json, Json]]:
    """Each request of the service's hook with what it was answered."""
    sent = [change(call) for call in requests_for(service["hook"]).values()]
    answers = [(call, send(app, service, call)) for call in sent]
    assert {answer.status_code for _, answer in answers} == {200}
    return [(call, answer.get_json()) for call, answer in answers]


def cards_of(app: Flask, service: Json, change: Change = dict) -> list[Json]:
    return [card for _, answer in answered(app, service, change) for card in answer["cards"]]


# --- discovery


@every_algorithm
def test_crd_discovery_endpoint_test(folder: Path, algorithm: str) -> None:
    client = signed(folder).test_client()
    assert client.get(DISCOVERY).status_code == 401
    answer = client.get(DISCOVERY, headers=bearer(DISCOVERY, algorithm))
    assert answer.status_code == 200
    assert answer.get_json()["services"] == LISTED


def test_crd_discovery_services_validation() -> None:
    assert [service["id"] for service in LISTED] == list(Service)
    for service in LISTED:
        for member in ("hook", "description", "id"):
            assert isinstance(service[member], str)
            assert service[member]


# --- the tester's own requests


@every_fixture
def test_crd_service_request_required_fields_validation(call: Json) -> None:
    assert list(request_lints.required_faults(call)) == []


@every_fixture
def test_crd_service_request_context_validation(call: Json) -> None:
    assert list(request_lints.context_faults(call)) == []


@every_fixture
def test_crd_service_request_optional_fields_validation(call: Json) -> None:
    assert list(request_lints.optional_faults(call)) == []


# --- the call and its answer


@every_service
@every_algorithm
def test_crd_service_call_test(folder: Path, service: Json, algorithm: str) -> None:
    for call in requests_for(service["hook"]).values():
        answer = send(signed(folder), service, call, algorithm)
        assert answer.status_code == 200, answer.text
        assert isinstance(answer.get_json(), dict)


@every_service
def test_crd_service_response_validation(folder: Path, service: Json) -> None:
    answers = answered(signed(folder), service)
    assert any(answer["cards"] for _, answer in answers)
    for _, answer in answers:
        assert isinstance(answer["cards"], list)
        assert [fault for card in answer["cards"] for fault in inferno.card_faults(card)] == []


@pytest.mark.parametrize("kind", ClientKind)
@every_service
def test_crd_card_optional_fields_validation(folder: Path, service: Json, kind: ClientKind) -> None:
    for card in cards_of(signed(folder, kind), service):
        assert list(inferno.optional_faults(card)) == []


# --- what cards there must be


@every_service
def test_crd_external_reference_card_validation(folder: Path, service: Json) -> None:
    cards = cards_of(signed(folder, ClientKind.oracle), service)
    assert cards
    assert all(inferno.is_external_reference(card) for card in cards)


@every_service
def test_crd_valid_instructions_card_received(folder: Path, service: Json) -> None:
    cards = cards_of(signed(folder, show_unavailable=True), service, without_age)
    assert any(inferno.is_instructions(card) for card in cards)


@pytest.mark.parametrize("service", WITH_DRAFTS)
def test_crd_propose_alternate_request_card_validation(folder: Path, service: Json) -> None:
    found = [
        (call, actions)
        for call, answer in answered(signed(folder), service)
        for card in answer["cards"]
        for actions in inferno.alternatives(card)
    ]
    assert found
    for call, actions in found:
        drafts = request_lints.references_in(call["context"]["draftOrders"])
        made = {inferno.type_of(action) for action in actions if action["type"] == "create"}
        for action in actions:
            assert inferno.type_of(action) in inferno.ALTERNATIVES
            assert list(inferno.action_faults(action)) == []
            if action["type"] == "delete":
                assert action["resourceId"] in drafts
                assert inferno.type_of(action) in made


def test_crd_additional_orders_card_validation(folder: Path) -> None:
    found = {
        service["id"]: [
            card for card in cards_of(signed(folder), service) if inferno.is_additional_orders(card)
        ]
        for service in LISTED
    }
    assert found["b12-patient-view"]
    for cards in found.values():
        assert [fault for card in cards for fault in inferno.optional_faults(card)] == []
