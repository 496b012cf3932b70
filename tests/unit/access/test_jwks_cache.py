"""Keys are fetched when they are needed, through rotation and outage, and never in a storm."""

import logging
import socket
from collections.abc import Iterator
from threading import Event, Thread
from time import monotonic

import pytest
import requests
import requests_mock

from cobalamin.service.access.errors import KeysUnavailableError
from cobalamin.service.access.jwks import KeySet, KeySetError, parse_key_set
from cobalamin.service.access.jwks_cache import (
    EXPIRE_AFTER_SECONDS,
    PAUSE_AFTER_FAILURE_SECONDS,
    PAUSE_SECONDS,
    REFRESH_AFTER_SECONDS,
    JwksCache,
)
from cobalamin.service.access.jwks_fetch import MAX_BYTES, fetch_key_set
from cobalamin.service.outgoing.http_client import HttpClient
from cobalamin.service.settings import Settings
from tokens import JKU, jwk, key_set


class Server:
    """A key set's server and the clock beside it."""

    def __init__(self, *kids: str) -> None:
        self.kids, self.fails, self.asked, self.now = kids, False, 0, 1000.0

    def fetch(self, url: str) -> KeySet:
        assert url == JKU
        self.asked += 1
        if self.fails:
            raise KeySetError("its server answered 500")
        return parse_key_set(key_set(*self.kids))

    def clock(self) -> float:
        return self.now


@pytest.fixture
def server() -> Server:
    return Server("ec-1")


@pytest.fixture
def cache(server: Server) -> JwksCache:
    return JwksCache(JKU, server.fetch, server.clock)


def has(cache: JwksCache, kid: str) -> bool:
    return cache.key(kid, "ES384") is not None


def is_away(cache: JwksCache, kid: str = "ec-1") -> bool:
    try:
        cache.key(kid, "ES384")
    except KeysUnavailableError:
        return True
    return False


def test_keys_are_fetched_at_first_need_and_again_when_they_are_old(
    server: Server, cache: JwksCache
) -> None:
    assert server.asked == 0
    assert has(cache, "ec-1")
    server.now += REFRESH_AFTER_SECONDS
    assert has(cache, "ec-1")
    assert server.asked == 1
    server.now += 1
    assert has(cache, "ec-1")
    assert server.asked == 2


def test_a_new_key_is_found_by_one_more_fetch(server: Server, cache: JwksCache) -> None:
    assert has(cache, "ec-1")
    server.kids, server.now = ("ec-1", "ec-2"), server.now + PAUSE_SECONDS
    assert has(cache, "ec-2")
    assert server.asked == 2


def test_a_key_that_was_withdrawn_is_gone_after_the_next_fetch(
    server: Server, cache: JwksCache
) -> None:
    assert has(cache, "ec-1")
    server.kids, server.now = ("ec-2",), server.now + REFRESH_AFTER_SECONDS + 1
    assert not has(cache, "ec-1")


@pytest.mark.parametrize("document", [{"keys": []}, {"keys": [{"kty": "RSA", "use": "enc"}]}])
def test_a_set_without_keys_withdraws_them_all(document: dict[str, object]) -> None:
    documents, now = [key_set("ec-1"), document], [1000.0]
    cache = JwksCache(JKU, lambda _url: parse_key_set(documents.pop(0)), lambda: now[0])
    assert has(cache, "ec-1")
    now[0] += REFRESH_AFTER_SECONDS + 1
    assert not has(cache, "ec-1")


def test_invented_names_cause_one_fetch_a_minute(server: Server, cache: JwksCache) -> None:
    assert has(cache, "ec-1")
    for number in range(100):
        assert not has(cache, f"invented-{number}")
        server.now += 0.5
    assert server.asked == 1
    server.now += PAUSE_SECONDS
    assert not has(cache, "invented")
    assert server.asked == 2


def test_while_the_server_fails_old_keys_stay_good_for_a_day(
    server: Server, cache: JwksCache, caplog: pytest.LogCaptureFixture
) -> None:
    assert has(cache, "ec-1")
    server.fails, server.now = True, server.now + EXPIRE_AFTER_SECONDS - 1
    with caplog.at_level(logging.WARNING):
        assert has(cache, "ec-1")
    assert "is unavailable: its server answered 500" in caplog.text
    server.now += 2
    assert is_away(cache)


def test_a_failing_server_is_asked_again_after_a_pause(server: Server, cache: JwksCache) -> None:
    server.fails = True
    for _ in range(5):
        assert is_away(cache)
    assert server.asked == 1
    server.fails, server.now = False, server.now + PAUSE_AFTER_FAILURE_SECONDS
    assert has(cache, "ec-1")


def test_a_new_key_is_not_known_to_be_wrong_while_the_server_fails(
    server: Server, cache: JwksCache
) -> None:
    assert has(cache, "ec-1")
    assert not has(cache, "ec-2")
    server.fails, server.now = True, server.now + PAUSE_SECONDS
    assert is_away(cache, "ec-2")
    assert has(cache, "ec-1")
    server.fails, server.now = False, server.now + PAUSE_AFTER_FAILURE_SECONDS
    assert not has(cache, "ec-2")


def test_a_known_key_waits_neither_for_another_fetch_nor_for_a_server_that_hangs() -> None:
    server, started, go_on = Server("ec-1"), [], Event()

    def slow(url: str) -> KeySet:
        started.append(url)
        if len(started) > 1:
            assert go_on.wait(10)
        return server.fetch(url)

    cache = JwksCache(JKU, slow, server.clock)
    assert has(cache, "ec-1")
    server.now += REFRESH_AFTER_SECONDS + 1
    start = monotonic()
    assert [has(cache, "ec-1") for _ in range(3)] == [True] * 3
    assert monotonic() - start < 5
    assert len(started) == 2
    server.kids = ("ec-2",)
    go_on.set()
    assert has(cache, "ec-2")  # waits, as nobody knew it
    assert not has(cache, "ec-1")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"status_code": 500}, "its server answered with an error (500)"),
        (
            {"status_code": 302, "headers": {"Location": "https://evil"}},
            "its server pointed to another address, which is not followed (302)",
        ),
        ({"status_code": 401}, "its server refused the credential (401)"),
        ({"text": "<html>"}, "it is not JSON"),
        ({"json": []}, "it must be an object"),
        ({"json": {"keys": ["text"]}}, "it must be an object with the list `keys` of objects"),
        ({"content": b" " * (MAX_BYTES + 1)}, "its server sent more than is read"),
        ({"exc": requests.ConnectTimeout}, "its server did not answer in time"),
        ({"exc": requests.ConnectionError}, "its server could not be reached"),
        ({"exc": requests.exceptions.SSLError}, "its server broke off its answer"),
    ],
)
def test_what_is_no_key_set_is_an_error_that_says_so(answer: dict[str, object], told: str) -> None:
    with requests_mock.Mocker() as network:
        network.get(JKU, **answer)
        with pytest.raises(KeySetError) as caught:
            fetch_key_set(JKU, HttpClient(Settings()))
        assert network.call_count == 1
    assert told in str(caught.value)


def test_keys_of_two_families_may_have_one_name() -> None:
    one_name = [{**jwk("rsa-1"), "kid": "1"}, {**jwk("ec-1"), "kid": "1"}]
    for listed in (one_name, one_name[::-1]):
        found = parse_key_set({"keys": listed})
        for algorithm, kind in (("RS384", "RSA"), ("ES384", "EC")):
            key = found.key("1", algorithm)
            assert key is not None
            assert key.key_type == kind


@pytest.fixture
def dripping() -> Iterator[str]:
    """The address of a server that answers one byte at a time, and for ever."""
    ended = Event()

    def drip(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            while not ended.wait(0.05):
                connection.sendall(b" ")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=drip, args=(listening,))
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/jwks.json"
        ended.set()
        thread.join(10)


def test_a_dripping_server_is_given_up_in_time(dripping: str) -> None:
    start = monotonic()
    with pytest.raises(KeySetError, match="did not answer in time"):
        fetch_key_set(dripping, HttpClient(Settings()), seconds=0.3)
    assert monotonic() - start < 2
