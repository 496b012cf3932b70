"""Reading back is bounded: in threads, in size, and by what a list must be."""

import socket
from collections.abc import Callable, Iterator
from concurrent.futures import wait
from threading import Barrier, Event
from time import monotonic
from typing import Any

import pytest

from cobalamin.fhir.client import fetch as module
from cobalamin.fhir.client.circuit_breaker import FAILURES
from cobalamin.fhir.client.fetch import THREADS, FhirClient
from cobalamin.fhir.client.read_back import FetchRequest, FetchResult, FhirServerAccess
from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.prefetch import KEYS
from cobalamin.service.outgoing.http_client import HttpClient
from cobalamin.service.settings import Settings
from fhir_server import FhirServer, Handler, drip_body, drip_headers, fhir_server, hang, status

LISTS = ("labs", "conditions", "procedures", "allergies")
QUERIES = {
    "labs": "Observation?code=2132-9",
    "conditions": "Condition?x=1",
    "procedures": "Procedure?x=1",
    "allergies": "AllergyIntolerance?x=1",
}


@pytest.fixture
def server() -> Iterator[FhirServer]:
    with fhir_server() as running:
        yield running


def fetch(client: FhirClient, server: FhirServer, seconds: float = 20) -> FetchResult:
    access = FhirServerAccess(server=server.address, token="t")  # noqa: S106
    missing = FetchRequest(queries=QUERIES, next_pages={})
    return client.fetch(missing, access, monotonic() + seconds)


def test_threads_are_free_again_after_servers_that_never_end(server: FhirServer) -> None:
    client = FhirClient(HttpClient(Settings()), [server.address])
    for behaviour in (hang, drip_headers, drip_body):
        server.behave["*"] = behaviour
        assert set(fetch(client, server, 0.2).failures.values()) == {Issue.read_back_late}
    together = Barrier(THREADS + 1)
    tasks = [client._pools[server.address].submit(together.wait, 10) for _ in range(THREADS)]
    together.wait(10)
    assert wait(tasks, 10).not_done == set()


def test_a_name_that_is_never_resolved_holds_up_no_other_server(
    server: FhirServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended, resolve = Event(), socket.getaddrinfo

    def slow(host: str, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401
        if host == "slow.example.org":
            ended.wait(30)
        return resolve(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    lost = "https://slow.example.org/fhir"
    client = FhirClient(HttpClient(Settings()), [server.address, lost])
    try:
        missing = FetchRequest(queries=dict.fromkeys(KEYS, "Condition?x=1"), next_pages={})
        for _ in range(THREADS // len(KEYS)):
            client.fetch(missing, FhirServerAccess(server=lost, token="t"), monotonic() + 0.05)  # noqa: S106
        assert set(fetch(client, server, 5).pages) == set(LISTS)
    finally:
        ended.set()


def test_all_lists_together_have_a_largest_size(
    server: FhirServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = {"resourceType": "Bundle", "note": "x" * 1000}
    server.lists.update(dict.fromkeys(LISTS, bundle))
    monkeypatch.setattr(module, "MAX_TOTAL_BYTES", 2500)
    found = fetch(FhirClient(HttpClient(Settings()), [server.address]), server)
    assert len(found.pages) == 2
    assert set(found.failures.values()) == {Issue.read_back_too_large}
    assert {*found.pages, *found.failures} == set(LISTS)


@pytest.mark.parametrize("behaviour", [hang, drip_headers, drip_body])
def test_a_server_that_never_ends_is_left_alone(
    server: FhirServer, behaviour: Callable[[Handler], None]
) -> None:
    client = FhirClient(HttpClient(Settings()), [server.address])
    server.behave["*"] = behaviour
    for _ in range(FAILURES):
        assert set(fetch(client, server, 0.1).failures.values()) == {Issue.read_back_late}
    assert set(fetch(client, server).failures.values()) == {Issue.read_back_paused}


def test_a_page_that_is_not_asked_for_says_nothing_of_its_server(server: FhirServer) -> None:
    client = FhirClient(HttpClient(Settings()), [server.address])
    server.behave["*"] = status(500)
    for _ in range(FAILURES):
        fetch(client, server)
        access = FhirServerAccess(server=server.address, token="t")  # noqa: S106
        elsewhere = FetchRequest(queries={}, next_pages={"labs": "https://elsewhere.example.org/x"})
        client.fetch(elsewhere, access, monotonic() + 5)
    assert set(fetch(client, server).failures.values()) == {Issue.read_back_paused}


def test_a_server_that_lacks_a_list_is_no_failing_server(server: FhirServer) -> None:
    client = FhirClient(HttpClient(Settings()), [server.address])
    server.behave["*"] = status(501)
    for _ in range(FAILURES + 1):
        assert set(fetch(client, server).failures.values()) == {Issue.read_back_failed}


def test_an_address_that_no_server_reads_is_not_asked_for(server: FhirServer) -> None:
    link = [{"relation": "next", "url": f"page2?{'x' * 20_000}"}]
    server.lists["labs"] = {"resourceType": "Bundle", "link": link}
    found = fetch(FhirClient(HttpClient(Settings()), [server.address]), server)
    assert found.failures == {"labs": Issue.read_back_too_large}
    assert len(found.pages["labs"]) == 1
    assert "page2" not in server.asked_for()


def test_a_token_is_not_part_of_what_is_shown() -> None:
    assert "secret" not in repr(FhirServerAccess(server="https://a", token="secret"))  # noqa: S106


def test_a_mark_before_the_json_is_taken_away(server: FhirServer) -> None:
    server.behave["labs"] = lambda h: h.answer(b'\xef\xbb\xbf{"resourceType": "Bundle"}')
    found = fetch(FhirClient(HttpClient(Settings()), [server.address]), server)
    assert found.pages["labs"] == (b'{"resourceType": "Bundle"}',)


@pytest.mark.parametrize(
    "page",
    [
        b'{"resourceType": "Bundle", "type": "searchset", "type": "searchset"}',
        b'{"resourceType": "Bundle", "entry": [{"resource": {"id": "1", "code": {}, "code": {}}}]}',
    ],
)
def test_a_page_that_names_a_member_twice_is_not_read(server: FhirServer, page: bytes) -> None:
    server.behave["conditions"] = lambda handler: handler.answer(page)
    found = fetch(FhirClient(HttpClient(Settings()), [server.address]), server)
    assert found.failures == {"conditions": Issue.read_back_repeated}
    assert "conditions" not in found.pages
