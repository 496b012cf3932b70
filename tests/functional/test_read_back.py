"""What a call did not bring is read back from the client's FHIR server, in time or not at all."""

import io
import json
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app import KEY, app_with, example
from clients import Caller, key_entry, with_key, write_registry
from cobalamin.fhir.client.circuit_breaker import FAILURES
from cobalamin.fhir.prefetch import KEYS
from cobalamin.fhir.readers import observations
from cobalamin.fhir.values.results import ResultValue, ValueContext, read_value
from cobalamin.fhir.values.units import RefusedValue
from cobalamin.service.cds_hooks.authorization import read_authorization
from cobalamin.service.rules.model.vocabulary import Analyte
from contract_checks import check_answer
from fhir_builders import a_code, a_quantity, an_observation
from fhir_server import (
    BASE,
    FhirServer,
    Handler,
    break_off,
    drip_body,
    drip_headers,
    drip_open_end,
    fhir_server,
    hang,
    html,
    huge,
    huge_and_chunked,
    redirect,
    status,
)

TOKEN = "token-canary-4711"  # noqa: S105
VIEW = "/cds-services/b12-patient-view"
AMPLE_MS, SHORT_MS = 20_000, 1_000
# A server that hangs does so for 30 s: waiting for it is seen by any limit below that, and a busy
# machine needs a generous one.
GRACE = 10
Json = dict[str, Any]


@pytest.fixture
def server() -> Iterator[FhirServer]:
    with fhir_server() as running:
        yield running


def app_for(folder: Path, server: str, budget_ms: int = AMPLE_MS) -> Flask:
    """The service with one client, for which this server may be read."""
    entry = key_entry("ehr", "cds") + f'fhir_servers = ["{server}"]\n'
    return app_with(clients=write_registry(folder, entry), budget_ms=budget_ms)


def a_call(server: str, *keys: str, **members: object) -> Json:
    """The example with these keys of its prefetch, and access to the server."""
    sent = example("patient-view.json")
    body = {
        **sent,
        "prefetch": {key: value for key, value in sent["prefetch"].items() if key in keys},
        "fhirServer": server,
        "fhirAuthorization": {
            "access_token": TOKEN,
            "token_type": "Bearer",
            "expires_in": 300,
            "scope": "patient/Patient.rs patient/Observation.read vendor:x",
            "subject": "cds-service",
            "patient": sent["context"]["patientId"],
        },
        **members,
    }
    return {name: member for name, member in body.items() if member is not None}


def ask(app: Flask, body: Json, caller: Caller | None = None) -> TestResponse:
    sent = with_key("ehr") if caller is None else caller
    return app.test_client().post(VIEW, json=body, headers=sent.headers)


def notes_of(answer: TestResponse) -> dict[str, str]:
    """The code of the note about each list."""
    assert answer.status_code == 200, answer.text
    check_answer(answer.get_json())
    notes = answer.get_json()["extension"][KEY].get("notes", [])
    return {note["where"].removeprefix("prefetch."): note["code"] for note in notes}


def bare(value: object) -> object:
    """An answer without its identifiers."""
    if isinstance(value, dict):
        return {key: bare(inner) for key, inner in value.items() if key != "uuid"}
    return [bare(inner) for inner in value] if isinstance(value, list) else value


# --- rows 47 to 51: whichever way the record comes


def test_row_047_prefetch_read_back_and_a_mix_give_the_same_cards(
    server: FhirServer, tmp_path: Path
) -> None:
    app = app_for(tmp_path, server.address)
    whole = {**example("patient-view.json")["prefetch"], **server.lists}
    answers = [
        ask(app, a_call(server.address, prefetch=whole)),
        ask(app, a_call(server.address)),
        ask(app, a_call(server.address, "patient", "symptoms")),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    first, *others = (bare(answer.get_json()) for answer in answers)
    assert answers[0].get_json()["cards"]
    assert others == [first, first]


def test_row_048_each_missing_key_is_asked_for_once(server: FhirServer, tmp_path: Path) -> None:
    app = app_for(tmp_path, server.address)
    ask(app, a_call(server.address, "patient", "labs", "conditions"))
    assert server.asked_for() == sorted(set(KEYS) - {"patient", "labs", "conditions"})
    server.asked.clear()
    ask(app, a_call(server.address))
    assert server.asked_for() == sorted({*KEYS, "labs+"})
    assert {asked.authorization for asked in server.asked} == {f"Bearer {TOKEN}"}
    of_lists = [asked for asked in server.asked if asked.key != "patient"]
    assert {tuple(asked.query["patient"]) for asked in of_lists} == {("example-57",)}


def test_row_048_what_the_first_query_has_no_room_for_is_read_back_as_well(
    server: FhirServer, tmp_path: Path
) -> None:
    app = app_for(tmp_path, server.address)
    own = "https://cobalamin.org/fhir/CodeSystem/analyte"
    low = an_observation(
        99,
        code=a_code("b12_total", own),
        effectiveDateTime="2026-11-18",
        subject={"reference": "Patient/example-57"},
    )
    server.lists["labs+"] = {
        "resourceType": "Bundle",
        "type": "searchset",
        "entry": [{"resource": low}],
    }
    detail = ask(app, a_call(server.address)).get_json()["cards"][0]["detail"]
    assert "99 pg/mL (low, limit 180" in detail


@pytest.mark.parametrize("behave", [status(500), html, break_off])
def test_row_048_a_further_query_that_fails_costs_no_list_and_is_noted(
    server: FhirServer, tmp_path: Path, behave: Callable[[Handler], None]
) -> None:
    app = app_for(tmp_path, server.address)
    server.behave["labs+"] = behave
    answer = ask(app, a_call(server.address))
    assert set(notes_of(answer)) == {"labs"}
    assert answer.get_json()["cards"]


def test_row_048_an_id_cannot_change_the_query(server: FhirServer, tmp_path: Path) -> None:
    app = app_for(tmp_path, server.address)
    context = {"userId": "Practitioner/1", "patientId": "x/../../admin?a=b&_count=9"}
    ask(app, a_call(server.address, context=context))
    assert {asked.path.partition("/fhir/")[2] for asked in server.asked if "%" in asked.path} == {
        "Patient/x%2F..%2F..%2Fadmin%3Fa%3Db%26_count%3D9"
    }
    lists = [asked for asked in server.asked if "%" not in asked.path]
    assert len(lists) == len(KEYS)
    assert {asked.query["_count"][0] for asked in lists} == {"200"}


@pytest.mark.parametrize(
    "value",
    [
        None,
        {"resourceType": "Bundle", "type": "searchset", "total": 0},
        {"resourceType": "OperationOutcome", "issue": []},
        "garbage",
    ],
)
def test_row_050_row_051_row_052_what_was_sent_is_never_asked_for(
    server: FhirServer, tmp_path: Path, value: object
) -> None:
    app = app_for(tmp_path, server.address)
    prefetch = {**dict.fromkeys(KEYS), **example("patient-view.json")["prefetch"]}
    answer = ask(app, a_call(server.address, prefetch={**prefetch, "allergies": value}))
    assert answer.status_code == 200
    assert server.asked == []


def test_row_022_nothing_goes_out_when_all_was_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = app_for(tmp_path, "https://ehr.example.org/fhir")
    body = a_call("https://ehr.example.org/fhir", prefetch=dict.fromkeys(KEYS))
    body["prefetch"] |= example("patient-view.json")["prefetch"]
    caller = with_key("ehr")
    ask(app, body, caller)

    def forbidden(*_: object, **__: object) -> None:
        pytest.fail("the view must neither open a socket nor a file")

    for name in ("socket.socket.connect", "socket.getaddrinfo", "builtins.open", "io.open"):
        monkeypatch.setattr(name, forbidden)
    assert ask(app, body, caller).status_code == 200


# --- rows 53 to 60: a server that does not help


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        (hang, "read-back-late"),
        (drip_headers, "read-back-late"),
        (drip_body, "read-back-late"),
        (drip_open_end, "read-back-late"),
        (redirect, "read-back-redirected"),
        (html, "read-back-not-fhir"),
        (status(401), "read-back-denied"),
        (status(403), "read-back-denied"),
        (status(404), "read-back-failed"),
        (status(500), "read-back-failed"),
        (status(503), "read-back-failed"),
        (status(204), "read-back-failed"),
        (huge, "read-back-too-large"),
        (huge_and_chunked, "read-back-too-large"),
        (break_off, "read-back-broken"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_row_042_row_060_a_bad_server_costs_no_more_than_the_budget(
    server: FhirServer, tmp_path: Path, behaviour: Callable[[Handler], None], said: str
) -> None:
    budget = SHORT_MS if said == "read-back-late" else AMPLE_MS
    app = app_for(tmp_path, server.address, budget)
    server.behave["*"] = behaviour
    start = monotonic()
    answer = ask(app, a_call(server.address, "patient", "labs", "symptoms", "conditions"))
    took = monotonic() - start
    missing = set(KEYS) - {"patient", "labs", "symptoms", "conditions"}
    notes = notes_of(answer)
    assert {notes[key] for key in missing} == {said}
    assert answer.get_json()["cards"]
    assert took < SHORT_MS / 1000 + GRACE
    again = monotonic()
    refused = ask(app, a_call(server.address, "labs"))
    assert monotonic() - again < SHORT_MS / 1000 + GRACE
    assert refused.status_code == 412
    (issue,) = refused.get_json()["issue"]
    assert issue["expression"] == ["prefetch.patient"]
    assert "prefetch key patient is required and was not sent; not read back" in str(issue)
    assert TOKEN not in refused.text


def test_row_042_one_slow_list_does_not_hold_back_the_others(
    server: FhirServer, tmp_path: Path
) -> None:
    app = app_for(tmp_path, server.address, 3 * SHORT_MS)
    server.behave["allergies"] = hang
    start = monotonic()
    answer = ask(app, a_call(server.address))
    assert monotonic() - start < SHORT_MS / 1000 + GRACE
    assert notes_of(answer) == {"allergies": "read-back-late"}
    assert answer.get_json()["cards"]


def test_row_042_a_body_that_comes_slowly_is_not_the_servers_delay(
    server: FhirServer, tmp_path: Path
) -> None:
    app = app_for(tmp_path, server.address, SHORT_MS)
    sent = json.dumps(a_call(server.address, "patient", "labs")).encode()

    class Slow(io.BytesIO):
        def readinto(self, into: Any) -> int:  # noqa: ANN401
            time.sleep(SHORT_MS / 1000)
            return super().readinto(into)

    answer = app.test_client().post(
        VIEW,
        input_stream=Slow(sent),
        headers={**with_key("ehr").headers, "Content-Length": str(len(sent))},
        content_type="application/json",
    )
    assert notes_of(answer) == {}


def test_row_042_a_server_that_is_not_there_is_said(tmp_path: Path) -> None:
    with fhir_server() as gone:
        address = gone.address
    answer = ask(app_for(tmp_path, address), a_call(address, "patient", "labs"))
    assert set(notes_of(answer).values()) >= {"read-back-unreachable"}


def test_an_answer_of_another_kind_is_not_taken(server: FhirServer, tmp_path: Path) -> None:
    app = app_for(tmp_path, server.address)
    server.lists |= {"conditions": {"resourceType": "OperationOutcome"}, "family": [1]}
    notes = notes_of(ask(app, a_call(server.address, "patient", "labs")))
    assert notes == dict.fromkeys(("conditions", "family"), "read-back-not-fhir")


def test_resources_of_another_patient_are_not_counted(server: FhirServer, tmp_path: Path) -> None:
    app = app_for(tmp_path, server.address)
    server.lists["patient"] = {"resourceType": "Patient", "id": "other", "birthDate": "1950"}
    answer = ask(app, a_call(server.address))
    assert "patient-differs" in notes_of(answer).values()
    assert answer.get_json()["extension"][KEY]["outcome"] != "advice"


def test_a_server_that_failed_again_and_again_is_left_alone(
    server: FhirServer, tmp_path: Path
) -> None:
    app = app_for(tmp_path, server.address)
    server.behave["*"] = status(500)
    body = a_call(server.address, "patient", "labs")
    for _ in range(FAILURES):
        assert set(notes_of(ask(app, body)).values()) == {"read-back-failed"}
    count = len(server.asked)
    assert set(notes_of(ask(app, body)).values()) == {"read-back-paused"}
    assert len(server.asked) == count


# --- row 56 and 57: pages


def pages(server: FhirServer, count: int, **first: object) -> Json:
    """A list of so many pages, of which each has one B12; the first may be sent."""

    def page(number: int) -> Json:
        found = an_observation(
            100 + number,
            id=f"o{number}",
            effectiveDateTime=f"2026-10-{number:02d}",
            subject={"reference": "Patient/example-57"},
        )
        following = {"relation": "next", "url": f"{server.address}/page{number + 1}"}
        return {
            "resourceType": "Bundle",
            "type": "searchset",
            "link": [following] if number < count else [],
            "entry": [{"resource": found}],
        }

    for number in range(2, count + 1):
        server.lists[f"page{number}"] = page(number)
    return {**page(1), **first}


@pytest.mark.parametrize("sent", [True, False])
@pytest.mark.parametrize(("count", "complete"), [(2, True), (5, True), (6, False)])
def test_row_056_pages_are_followed_up_to_five(
    server: FhirServer,
    tmp_path: Path,
    *,
    sent: bool,
    count: int,
    complete: bool,
) -> None:
    app = app_for(tmp_path, server.address)
    first = pages(server, count)
    if sent:
        prefetch = {**dict.fromkeys(KEYS), **example("patient-view.json")["prefetch"]}
        body = a_call(server.address, prefetch={**prefetch, "labs": first})
    else:
        server.lists["labs"] = first
        body = a_call(server.address)
    answer = ask(app, body)
    assert ("list-incomplete" in notes_of(answer).values()) is not complete
    assert [k for k in server.asked_for() if k.startswith("page")] == [
        f"page{number}" for number in range(2, min(count, 5) + 1)
    ]
    newest = min(count, 5)
    assert (
        f"{100 + newest} pg/mL (low, limit 180; {newest} Oct 2026)"
        in answer.get_json()["cards"][0]["detail"]
    )


def test_a_chart_of_6000_results_is_read_back_for_its_newest_ones(
    server: FhirServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Analyte] = []

    def read_and_count(ctx: ValueContext) -> ResultValue | RefusedValue:
        read.append(ctx.analyte)
        return read_value(ctx)

    monkeypatch.setattr(observations, "read_value", read_and_count)
    first = pages(server, 5)
    all_pages: list[Any] = [first, *(server.lists[f"page{number}"] for number in range(2, 6))]
    for number, page in enumerate(all_pages):
        page["entry"] += [{"resource": an_old_ferritin(number, at)} for at in range(1200)]
    server.lists["labs"] = first
    answer = ask(app_for(tmp_path, server.address), a_call(server.address))
    assert notes_of(answer) == {}
    assert "105 pg/mL" in answer.get_json()["cards"][0]["detail"]
    assert Counter(read) == {Analyte.b12_total: 5, Analyte.ferritin: 1}


def an_old_ferritin(page: int, at: int) -> Json:
    day = date(2026, 9, 1) - timedelta(days=page * 1200 + at)
    return an_observation(
        40,
        "ng/mL",
        id=f"ferritin{page}-{at}",
        code=a_code("2276-4"),
        effectiveDateTime=f"{day}T09:00:00Z",
        subject={"reference": "Patient/example-57"},
    )


@pytest.mark.parametrize(
    "url", ["https://evil.example.org/fhir?page=2", "http://[", "//evil.example.org/x", "ftp://x/"]
)
def test_row_057_a_next_page_elsewhere_is_not_fetched(
    server: FhirServer, tmp_path: Path, url: str
) -> None:
    app = app_for(tmp_path, server.address)
    server.lists["labs"] = {
        **example("patient-view.json")["prefetch"]["labs"],
        "link": [{"relation": "next", "url": url}],
    }
    answer = ask(app, a_call(server.address))
    assert notes_of(answer) == {"labs": "read-back-elsewhere"}
    assert answer.get_json()["cards"]


@pytest.mark.parametrize(
    "path", ["/admin", "BASEs?page=2", "BASE/../admin", "BASE/%2e%2e/admin", "BASE/..%2fadmin"]
)
def test_row_057_a_next_page_beside_the_registered_path_is_not_fetched(
    server: FhirServer, tmp_path: Path, path: str
) -> None:
    app, address = app_for(tmp_path, server.address), server.address.removesuffix(BASE)
    server.lists["labs"] = {
        **example("patient-view.json")["prefetch"]["labs"],
        "link": [{"relation": "next", "url": f"{address}{path.replace('BASE', BASE)}"}],
    }
    answer = ask(app, a_call(server.address))
    assert notes_of(answer) == {"labs": "read-back-elsewhere"}
    assert answer.get_json()["cards"]


def test_row_029_a_list_that_nobody_asked_for_is_not_followed(
    server: FhirServer, tmp_path: Path
) -> None:
    app = app_for(tmp_path, server.address)
    sent = {**dict.fromkeys(KEYS), **example("patient-view.json")["prefetch"]}
    answer = ask(app, a_call(server.address, prefetch={**sent, "own": pages(server, 2)}))
    assert answer.get_json()["cards"]
    assert server.asked == []


@pytest.mark.parametrize("authority", ["{evil}\\@{own}", "{evil}\\\\@{own}", "u:p@{own}"])
def test_row_057_row_058_an_address_that_can_be_read_in_two_ways_leads_nowhere_else(
    server: FhirServer, tmp_path: Path, authority: str
) -> None:
    app = app_for(tmp_path, server.address)
    with fhir_server() as evil:
        evil.lists["labs"] = {}
        hosts = {"evil": f"127.0.0.1:{evil.port}", "own": f"127.0.0.1:{server.port}"}
        url = f"http://{authority.format(**hosts)}/fhir/page2"
        server.lists["labs"] = pages(server, 2, link=[{"relation": "next", "url": url}])
        assert ask(app, a_call(server.address)).status_code == 200
    assert evil.asked == []
    assert "page2" in server.asked_for()
    assert {asked.authorization for asked in server.asked} == {f"Bearer {TOKEN}"}


def test_row_056_a_next_page_may_be_named_below_the_server(
    server: FhirServer, tmp_path: Path
) -> None:
    app = app_for(tmp_path, server.address)
    server.lists["labs"] = pages(server, 2, link=[{"relation": "next", "url": "page2?x=1"}])
    assert "labs" not in notes_of(ask(app, a_call(server.address)))
    assert "page2" in server.asked_for()


# --- row 57 and 58: only servers of the client's own registry entry


@pytest.mark.parametrize("spelt", ["{}", "{}/", "HTTP://127.0.0.1:{port}/fhir"])
def test_row_057_a_registered_server_may_be_spelt_in_several_ways(
    server: FhirServer, tmp_path: Path, spelt: str
) -> None:
    app = app_for(tmp_path, server.address)
    body = a_call(spelt.format(server.address, port=server.port))
    assert ask(app, body).status_code == 200
    assert server.asked


@pytest.mark.parametrize(
    "named",
    [
        "http://127.0.0.1:{port}/fhir/../admin",
        "http://127.0.0.1:{port}/FHIR",
        "http://127.0.0.1:{port}",
        "http://localhost:{port}/fhir",
        "https://127.0.0.1:{port}/fhir",
        "http://127.0.0.1:{port}x/fhir",
        "http://[/fhir",
        "file:///etc/passwd",
        "http://169.254.169.254/latest/meta-data",
        " ",
    ],
)
def test_row_057_a_server_that_is_not_the_clients_is_never_asked(
    server: FhirServer, tmp_path: Path, named: str
) -> None:
    app = app_for(tmp_path, server.address)
    answer = ask(app, a_call(named.format(port=server.port), "patient", "labs"))
    assert server.asked == []
    missing = set(KEYS) - {"patient", "labs"}
    assert {notes_of(answer)[key] for key in missing} == {"fhir-server-not-registered"}
    refused = ask(app, a_call(named.format(port=server.port)))
    assert refused.status_code == 412
    assert "registry entry of this client does not name the fhirServer" in refused.text
    assert server.asked == []


def test_row_057_the_server_of_another_client_is_never_asked(
    server: FhirServer, tmp_path: Path
) -> None:
    one = key_entry("one", "cds") + f'fhir_servers = ["{server.address}"]\n'
    app = app_with(clients=write_registry(tmp_path, one, key_entry("two", "cds")))
    body = a_call(server.address, "patient", "labs")
    assert "fhir-server-not-registered" in notes_of(ask(app, body, with_key("two"))).values()
    assert server.asked == []
    ask(app, body, with_key("one"))
    assert server.asked


def test_row_057_without_a_registry_no_server_is_asked(server: FhirServer) -> None:
    client = app_with().test_client()
    answer = client.post(VIEW, json=a_call(server.address, "patient", "labs"))
    assert "fhir-server-not-registered" in notes_of(answer).values()
    assert server.asked == []


# --- rows 33, 59, 61 and 141: the token


@pytest.mark.parametrize(
    "changes",
    [
        {"access_token": None},
        {"access_token": ""},
        {"access_token": 7},
        {"access_token": "a\r\nX-Evil: 1"},
        {"token_type": "mac"},
        {"token_type": None},
        {"expires_in": 0},
        {"expires_in": -5},
    ],
)
def test_row_033_row_061_a_token_that_cannot_be_used_is_no_access(
    server: FhirServer, tmp_path: Path, changes: Json
) -> None:
    app = app_for(tmp_path, server.address)
    body = a_call(server.address, "patient", "labs")
    body["fhirAuthorization"] |= changes
    assert "fhir-token-not-usable" in notes_of(ask(app, body)).values()
    assert server.asked == []


def test_row_059_a_token_is_not_part_of_what_is_shown() -> None:
    sent = read_authorization("https://a", {"access_token": TOKEN, "token_type": "Bearer"})
    assert sent is not None
    assert sent.token == TOKEN
    assert TOKEN not in repr(sent)


@pytest.mark.parametrize("scope", [..., "", "patient/*.read", "EPIC.SCOPE 1", 7, None])
def test_row_141_any_scope_is_left_to_the_server(
    server: FhirServer, tmp_path: Path, scope: object
) -> None:
    app = app_for(tmp_path, server.address)
    body = a_call(server.address)
    body["fhirAuthorization"]["scope"] = scope
    if scope is ...:
        del body["fhirAuthorization"]["scope"]
    assert ask(app, body).get_json()["cards"]


def test_row_059_row_138_a_token_is_neither_logged_nor_answered(
    server: FhirServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = app_for(tmp_path, server.address, SHORT_MS)
    with caplog.at_level(logging.DEBUG):
        for behaviour in (None, status(401), status(500), hang, redirect, html):
            server.behave = {} if behaviour is None else {"*": behaviour}
            for keys in ((), ("patient", "labs")):
                assert TOKEN not in ask(app, a_call(server.address, *keys)).text
    assert TOKEN not in caplog.text
    assert "example-57" not in caplog.text
    assert "labs read-back-denied" in caplog.text


# --- a value in another unit, to see that what is read back decides


def test_what_is_read_back_decides(server: FhirServer, tmp_path: Path) -> None:
    app = app_for(tmp_path, server.address)
    low = an_observation(
        100,
        "pmol/L",
        code=a_code("14685-2"),
        subject={"reference": "Patient/example-57"},
        valueQuantity=a_quantity(100, "pmol/L"),
    )
    server.lists["labs"] = {"resourceType": "Bundle", "entry": [{"resource": low}]}
    (card,) = ask(app, a_call(server.address)).get_json()["cards"]
    assert "100 pmol/L" in card["detail"]
