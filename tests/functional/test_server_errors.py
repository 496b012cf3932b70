"""What never reaches the application is answered by the server, in the same way."""

import http.client
import json
import socket
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from serving import Serving, serving

SECRET = "canary-4711"  # noqa: S105
POST = b"POST /v1/assessments HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    settings = {"COBALAMIN_CLIENT_TIMEOUT": "5", "COBALAMIN_LOG_FORMAT": "json"}
    with serving(tmp_path_factory.mktemp("server"), **settings) as running:
        yield running


def lines_of_log(server: Serving) -> list[dict[str, Any]]:
    return [json.loads(line) for line in server.log.read_text("utf-8").splitlines()]


def send(port: int, data: bytes) -> tuple[int, http.client.HTTPMessage, bytes]:
    with socket.create_connection(("127.0.0.1", port), 20) as connection:
        connection.sendall(data)
        response = http.client.HTTPResponse(connection)
        response.begin()
        return response.status, response.headers, response.read()


@pytest.mark.parametrize(
    ("status", "request_bytes"),
    [
        (400, b"canary-4711 / HTTP/1.1\r\nHost: x\r\n\r\n"),
        (400, b"GET /canary-4711\r\n\r\n"),
        (400, b"GET / HTTP/3.1canary-4711\r\nHost: x\r\n\r\n"),
        (400, b"GET / HTTP/1.1\r\nHost: x\r\ncanary-4711\r\n\r\n"),
        (400, b"GET / HTTP/1.1\r\nHost: x\r\nA canary-4711: b\r\n\r\n"),
        (400, b"GET / HTTP/1.1\r\nHost: canary-4711\r\nHost: y\r\n\r\n"),
        (400, POST + b"Content-Length: 4canary-4711\r\n\r\n"),
        (400, POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\ncanary-4711"),
        (400, POST + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\ncanary-4711"),
        (400, CHUNKED + b"canary-4711\r\n{}\r\n0\r\n\r\n"),
        (400, CHUNKED + b"2\r\n{}canary-4711\r\n0\r\n\r\n"),
        (400, CHUNKED + b"-2\r\n{}\r\n0\r\n\r\n"),
        (414, b"GET /" + b"canary-4711" * 1000 + b" HTTP/1.1\r\nHost: x\r\n\r\n"),
        (431, b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"canary-4711" * 1000 + b"\r\n\r\n"),
        (431, b"GET / HTTP/1.1\r\n" + b"X: canary-4711\r\n" * 200 + b"\r\n"),
        (501, POST + b"Transfer-Encoding: canary-4711, chunked\r\n\r\n"),
    ],
)
def test_a_request_that_is_no_http_gets_problem_details(
    server: Serving, status: int, request_bytes: bytes
) -> None:
    got, headers, body = send(server.port, request_bytes)
    assert (got, headers["Content-Type"]) == (status, "application/problem+json")
    assert headers["Connection"] == "close"
    problem = json.loads(body)
    assert problem["status"] == status
    assert problem["correlationId"] == headers["X-Correlation-Id"]
    assert SECRET not in f"{headers}{body!r}"
    assert headers["Cache-Control"] == "no-store"


def test_a_peer_does_not_say_where_the_service_is_mounted(server: Serving) -> None:
    for header in (b"SCRIPT_NAME", b"SCRIPT-NAME", b"Script_Name", b"PATH_INFO"):
        data = b"GET /livez HTTP/1.1\r\nHost: x\r\n" + header + b": /why\r\n\r\n"
        status, _, body = send(server.port, data)
        assert (status, json.loads(body)["status"]) == (200, "live")


def test_an_upgrade_is_not_taken(server: Serving) -> None:
    upgrade = b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    upgrade += b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    for protocol in (b"websocket", b"h2c"):
        data = b"GET /livez HTTP/1.1\r\nHost: x\r\nUpgrade: " + protocol + b"\r\n" + upgrade
        assert send(server.port, data + b"\r\n")[0] == 200


def test_the_absolute_form_of_an_address_is_understood(server: Serving) -> None:
    data = b"GET http://b12.example.org/livez?x=1 HTTP/1.1\r\nHost: b12.example.org\r\n\r\n"
    assert send(server.port, data)[0] == 200


@pytest.mark.parametrize("path", ["/docs//", "//docs", "/cds-services//", "/v1//assessments"])
def test_no_redirect_names_the_host_that_was_sent(server: Serving, path: str) -> None:
    data = f"GET {path} HTTP/1.1\r\nHost: evil.example.org\r\n\r\n".encode()
    _, headers, body = send(server.port, data)
    assert b"evil" not in body
    location = headers["Location"]
    assert location is None or location.startswith("/")


def test_requests_that_come_together_are_answered_in_turn(server: Serving) -> None:
    one = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
    body = b'{"results": []}'
    post = POST + b"Content-Length: %d\r\n\r\n" % len(body) + body
    last = b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), 20) as connection:
        connection.sendall(one + post + post + last)
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    assert received.count(b"HTTP/1.1 ") == 4
    assert received.index(b'"live"') < received.index(b'"ready"')


def test_the_first_line_of_the_log_says_who_may_call_and_by_what(server: Serving) -> None:
    first = lines_of_log(server)[0]
    for part in ("environment development", "profile uk-nice", "client authentication off"):
        assert part in first["message"]


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (POST + b"Content-Length: 9000000\r\n\r\n", "body-too-large"),
        (POST + b"Content-Length: 9\r\n\r\n{", "body-cut-short"),
        (CHUNKED + b"canary-4711\r\n", "malformed"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 10_000 + b"\r\n\r\n", "header-too-large"),
    ],
)
def test_a_refusal_is_one_line_with_its_reason(server: Serving, data: bytes, refusal: str) -> None:
    before = len(lines_of_log(server))
    with socket.create_connection(("127.0.0.1", server.port), 20) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        response = http.client.HTTPResponse(connection)
        response.begin()
        response.read()
    deadline = time.monotonic() + 20
    while not (new := lines_of_log(server)[before:]) and time.monotonic() < deadline:
        time.sleep(0.05)
    (line,) = new
    assert (line["refusal"], line["level"]) == (refusal, "WARNING")
    assert (line["status"], line["correlation"]) == (
        response.status,
        response.headers["X-Correlation-Id"],
    )


def test_every_line_is_json_with_time_level_and_process(server: Serving) -> None:
    lines = lines_of_log(server)
    assert any(line["logger"] == "gunicorn.error" for line in lines)
    for line in lines:
        assert datetime.fromisoformat(line["time"]).utcoffset() == timedelta(0)
        assert line["level"] in {"INFO", "WARNING"}
        assert int(line["process"]) > 0
    assert SECRET not in server.log.read_text("utf-8")
