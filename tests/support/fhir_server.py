"""A FHIR server on the loopback, as good or as bad as a test wants it."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from app import example

BASE = "/fhir"
TYPES = {
    "conditions": "Condition",
    "medications": "MedicationRequest",
    "statements": "MedicationStatement",
    "administrations": "MedicationAdministration",
    "procedures": "Procedure",
    "allergies": "AllergyIntolerance",
    "family": "FamilyMemberHistory",
}
SEARCHED = {"2132-9": "labs", "44077006": "symptoms"}
"""A code that only the first query of a list has."""
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that the server got."""

    path: str
    query: dict[str, list[str]]
    authorization: str | None
    key: str


@dataclass
class FhirServer:
    """What it answers to a key of prefetch, what it was asked, and its address."""

    lists: dict[str, object]
    port: int = 0
    asked: list[Asked] = field(default_factory=list)
    behave: dict[str, Callable[["Handler"], None]] = field(default_factory=dict)
    ended: Event = field(default_factory=Event)

    @property
    def address(self) -> str:
        """What a call names as fhirServer."""
        return f"http://127.0.0.1:{self.port}{BASE}"

    def asked_for(self) -> list[str]:
        """What it was asked for, in order of the alphabet."""
        return sorted(asked.key for asked in self.asked)


def key_of(path: str, query: dict[str, list[str]]) -> str:
    """The key of prefetch whose query this is."""
    kind = path.removeprefix(BASE).strip("/").split("/")[0]
    if kind == "Observation":
        codes = query.get("code", [""])[0].split(",")
        return next((key for code, key in SEARCHED.items() if code in codes), "labs+")
    return next((key for key, name in TYPES.items() if name == kind), kind.lower())


class Handler(BaseHTTPRequestHandler):
    """One connection; it may be kept for the next request."""

    protocol_version = "HTTP/1.1"
    found: FhirServer

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = parse_qs(parts.query)
        key = key_of(parts.path, query)
        own = self.headers.get("Authorization")
        self.found.asked.append(Asked(parts.path, query, own, key))
        with suppress(ConnectionError):
            behave = self.found.behave.get(key) or self.found.behave.get("*")
            if behave is not None:
                behave(self)
            elif key in self.found.lists:
                self.answer(self.found.lists[key])
            else:
                self.answer({"resourceType": "OperationOutcome"}, 404)

    def answer(self, body: object, status: int = 200, kind: str = "application/fhir+json") -> None:
        """A whole answer."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


class _Quiet(ThreadingHTTPServer):
    request_queue_size = 64  # all lists at once: with the library's 5 some wait for a second

    def handle_error(self, *_: object) -> None:
        """A client that hangs up is no news here."""


@contextmanager
def fhir_server(tls: SSLContext | None = None, **lists: object) -> Iterator[FhirServer]:
    """A server with the lists of the example, or with others."""
    own = {
        key: {"resourceType": "Bundle", "type": "searchset"}
        for key in (*TYPES, "symptoms", "labs+")
    }
    found = FhirServer({**own, **example("patient-view.json")["prefetch"], **lists})
    handler = type("Own", (Handler,), {"found": found})
    with _Quiet(("127.0.0.1", 0), handler) as server:
        found.port = server.server_port
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield found
        finally:
            found.ended.set()
            server.shutdown()
            thread.join(10)


# --- how a server can be bad


def hang(handler: Handler) -> None:
    """Never says anything."""
    handler.found.ended.wait(30)
    handler.close_connection = True


def drip_headers(handler: Handler) -> None:
    """Sends a byte of its headers now and then, for ever."""
    _drip(handler, b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x")


def drip_body(handler: Handler) -> None:
    """Sends a byte of its body now and then, and never ends."""
    _drip(handler, b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b" ")


def drip_open_end(handler: Handler) -> None:
    """The same without saying how much will come."""
    _drip(handler, b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", b" ")


def _drip(handler: Handler, start: bytes, more: bytes) -> None:
    handler.close_connection = True
    handler.wfile.write(start)
    while not handler.found.ended.wait(0.02):
        handler.wfile.write(more)


def redirect(handler: Handler) -> None:
    """Points to itself under another path."""
    handler.send_response(302)
    handler.send_header("Location", f"{handler.found.address}/elsewhere/Patient/x")
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def html(handler: Handler) -> None:
    """Answers as a log-in page does."""
    handler.answer(b"<!doctype html><title>Log in</title>", kind="text/html")


def status(code: int) -> Callable[[Handler], None]:
    """Answers with an error."""
    return lambda handler: handler.answer({"resourceType": "OperationOutcome"}, code)


def huge(handler: Handler) -> None:
    """200 MB of JSON, as fast as they are taken."""
    size, block = 200_000_000, b" " * 100_000
    handler.send_response(200)
    handler.send_header("Content-Length", str(size))
    handler.end_headers()
    for _ in range(size // len(block)):
        handler.wfile.write(block)


def huge_and_chunked(handler: Handler) -> None:
    """The same without saying how much will come."""
    block = b" " * 65536
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    for _ in range(200_000_000 // len(block)):
        handler.wfile.write(b"10000\r\n" + block + b"\r\n")


def break_off(handler: Handler) -> None:
    """Ends in the middle of what it had announced."""
    handler.close_connection = True
    handler.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"resource')


def after(seconds: float, body: object) -> Callable[[Handler], None]:
    """A right answer that comes late."""

    def answer(handler: Handler) -> None:
        time.sleep(seconds)
        handler.answer(body)

    return answer
