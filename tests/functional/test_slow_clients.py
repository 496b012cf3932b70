"""No client holds up the others, however slowly it sends, reads, or lets its server answer."""

import http.client
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from threading import Event, Thread

import pytest

from app import EXAMPLES, example
from clients import key_entry, with_key, write_registry
from exchanges import check_exchange
from fhir_server import FhirServer, fhir_server, hang
from serving import Serving, serving

CLIENT_SECONDS = 30
LINE = json.dumps(example("assessment.json")).encode() + b"\n"
BATCH = LINE * 30_000
VIEW = "/cds-services/b12-patient-view"
SINGLE = "/v1/assessments"
HEADER = b"POST /v1/assessments HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
KEYS = {name: with_key(name).headers for name in ("lab", "ehr")}


@pytest.fixture(scope="module")
def hanging() -> Iterator[FhirServer]:
    with fhir_server() as server:
        server.behave["*"] = hang
        yield server


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory, hanging: FhirServer) -> Iterator[Serving]:
    """A service that waits for a client as long as a test takes."""
    folder = tmp_path_factory.mktemp("patient")
    servers = f'fhir_servers = ["{hanging.address}"]\n'
    registry = write_registry(folder, key_entry("lab", "lab"), key_entry("ehr", "cds") + servers)
    limits = {"COBALAMIN_CLIENT_TIMEOUT": "120", "COBALAMIN_BUDGET_MS": "120000"}
    with serving(folder, COBALAMIN_CLIENTS=str(registry), **limits) as server:
        yield server


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A service that waits one second for a client."""
    with serving(tmp_path_factory.mktemp("hasty"), COBALAMIN_CLIENT_TIMEOUT="1") as server:
        yield server


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), CLIENT_SECONDS)


def answered(connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """The next answer on a connection, with its headers."""
    response = http.client.HTTPResponse(connection)
    response.begin()
    return response.status, {k.lower(): v for k, v in response.getheaders()}, response.read()


def ask(
    port: int, method: str, path: str, body: bytes | None = None, **headers: str
) -> http.client.HTTPResponse:
    """An answer, read to its end."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=CLIENT_SECONDS)) as client:
        client.request(method, path, body, {"Content-Type": "application/json", **headers})
        response = client.getresponse()
        response.read()
        return response


def is_answered(port: int) -> None:
    """A probe and a single assessment, each in the time that a client waits."""
    assert ask(port, "GET", "/livez").status == 200
    assert ask(port, "GET", "/readyz").status == 200
    body = (EXAMPLES / "assessment.json").read_bytes()
    assert ask(port, "POST", SINGLE, body, **KEYS["lab"]).status == 200


# --- held open until the others have been answered


def test_ten_half_open_sockets_hold_nobody_up(patient: Serving) -> None:
    with ExitStack() as held:
        for _ in range(10):
            connection = held.enter_context(connect(patient.port))
            connection.sendall(b"GET /livez HTTP/1.1\r\nHost: ")
        is_answered(patient.port)


def test_ten_stalled_bodies_hold_nobody_up(patient: Serving) -> None:
    with ExitStack() as held:
        for _ in range(10):
            connection = held.enter_context(connect(patient.port))
            connection.sendall(HEADER + b'Content-Length: 100\r\n\r\n{"results"')
        is_answered(patient.port)


def test_four_running_batches_hold_nobody_up_and_a_fifth_is_asked_to_wait(
    patient: Serving,
) -> None:
    with ExitStack() as held:
        for _ in range(4):
            held.enter_context(RunningBatch(patient.port))
        is_answered(patient.port)
        refused = ask(
            patient.port,
            "POST",
            f"{SINGLE}/batch",
            LINE,
            **{**KEYS["lab"], "Content-Type": "application/x-ndjson"},
        )
        assert refused.status == 503
        assert int(refused.headers["Retry-After"]) > 0


def test_four_calls_whose_fhir_server_hangs_hold_nobody_up(
    patient: Serving, hanging: FhirServer
) -> None:
    call = example("patient-view.json")
    call["prefetch"] = {"patient": call["prefetch"]["patient"]}
    access = {"access_token": "t", "token_type": "Bearer", "expires_in": 300, "subject": "s"}
    scope = {"scope": "patient/*.rs", "patient": call["context"]["patientId"]}
    call |= {"fhirServer": hanging.address, "fhirAuthorization": access | scope}
    body = json.dumps(call).encode()
    head = f"POST {VIEW} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    head += f"Authorization: {KEYS['ehr']['Authorization']}\r\nContent-Length: {len(body)}\r\n\r\n"
    with ExitStack() as held:
        calls = [held.enter_context(connect(patient.port)) for _ in range(4)]
        for waiting in calls:
            waiting.sendall(head.encode() + body)
        wait_until(lambda: len(hanging.asked) >= 8, "the calls reached the FHIR server")
        is_answered(patient.port)
        hanging.ended.set()
        for waiting in calls:
            status, _, answer = answered(waiting)
            assert status in (200, 412)
            if status == 200:
                check_exchange(VIEW, body, answer)


class RunningBatch:
    """A batch that is answered, and read by its client, until the end of the block."""

    def __init__(self, port: int) -> None:
        self._port, self._ended, self._started = port, Event(), Event()
        self._thread = Thread(target=self._read, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()
        assert self._started.wait(CLIENT_SECONDS), "the batch is not answered"

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(CLIENT_SECONDS)

    def _read(self) -> None:
        headers = {**KEYS["lab"], "Content-Type": "application/x-ndjson"}
        address = ("127.0.0.1", self._port)
        with closing(http.client.HTTPConnection(*address, timeout=CLIENT_SECONDS)) as client:
            client.request("POST", f"{SINGLE}/batch", BATCH, headers)
            response = client.getresponse()
            while not self._ended.is_set() and response.read(64 * 1024):
                self._started.set()


def wait_until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + CLIENT_SECONDS
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


# --- what does not arrive in time


def test_half_a_header_is_408_with_problem_details(hasty: Serving) -> None:
    with connect(hasty.port) as connection:
        connection.sendall(b"GET /livez HTTP/1.1\r\nX-Correlation-Id: mine\r\nHost: ")
        status, headers, body = answered(connection)
        assert (status, headers["connection"]) == (408, "close")
        assert headers["content-type"] == "application/problem+json"
        assert json.loads(body)["status"] == 408
        assert connection.recv(1) == b""


def test_a_connection_on_which_nothing_was_sent_is_closed_without_an_answer(hasty: Serving) -> None:
    with connect(hasty.port) as connection:
        assert connection.recv(1) == b""


@pytest.mark.parametrize(
    "framing", [b"Content-Length: 100\r\n\r\n{", b"Transfer-Encoding: chunked\r\n\r\n5\r\n{"]
)
def test_a_body_that_does_not_arrive_is_408(hasty: Serving, framing: bytes) -> None:
    with connect(hasty.port) as connection:
        connection.sendall(HEADER + b"X-Correlation-Id: mine\r\n" + framing)
        status, headers, body = answered(connection)
        assert (status, headers["connection"]) == (408, "close")
        assert headers["x-correlation-id"] == json.loads(body)["correlationId"] == "mine"
        assert connection.recv(1) == b""


def test_the_header_of_a_later_request_has_the_same_time(hasty: Serving) -> None:
    with connect(hasty.port) as connection:
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        assert answered(connection)[0] == 200
        time.sleep(1.5)  # an idle connection is not a slow one
        connection.sendall(b"GET /livez HTTP/1.1\r\n")
        assert answered(connection)[0] == 408


def test_a_slow_body_that_keeps_coming_is_answered(hasty: Serving) -> None:
    body = (EXAMPLES / "assessment.json").read_bytes() + b" " * 64 * 1024
    with connect(hasty.port) as connection:
        connection.sendall(HEADER + b"Content-Length: %d\r\n\r\n" % len(body))
        for start in range(0, len(body), 8 * 1024):
            connection.sendall(body[start : start + 8 * 1024])
            time.sleep(0.2)
        assert answered(connection)[0] == 200


def test_a_client_that_does_not_read_its_answer_is_disconnected(hasty: Serving) -> None:
    head = b"POST /v1/assessments/batch HTTP/1.1\r\nHost: x\r\n"
    head += b"Content-Type: application/x-ndjson\r\nContent-Length: %d\r\n\r\n"
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(CLIENT_SECONDS)
        connection.connect(("127.0.0.1", hasty.port))
        body = LINE * 3_000
        connection.sendall(head % len(body) + body)
        time.sleep(5)
        received = bytearray()
        with suppress(ConnectionResetError):
            while piece := connection.recv(1024 * 1024):
                received += piece
        assert received
        assert not received.endswith(b"0\r\n\r\n")


# --- what is cut short, and what is refused before it is read


@pytest.mark.parametrize("path", [SINGLE, f"{SINGLE}/batch", VIEW, "/hl7v2"])
def test_a_body_that_ends_before_its_length_is_400(hasty: Serving, path: str) -> None:
    kinds = {f"{SINGLE}/batch": "application/x-ndjson", "/hl7v2": "application/hl7-v2"}
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 4000\r\n"
    head += f"Content-Type: {kinds.get(path, 'application/json')}\r\n\r\n"
    with connect(hasty.port) as connection:
        connection.sendall(head.encode() + LINE)
        connection.shutdown(socket.SHUT_WR)
        assert answered(connection)[0] == 400


def test_a_client_that_has_sent_all_may_stop_sending(hasty: Serving) -> None:
    body = (EXAMPLES / "assessment.json").read_bytes()
    with connect(hasty.port) as connection:
        connection.sendall(HEADER + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        connection.shutdown(socket.SHUT_WR)
        assert answered(connection)[0] == 200


@pytest.mark.parametrize("mib", [9, 40])
@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_a_client_whose_body_is_too_large_gets_its_answer(
    hasty: Serving, framing: str, mib: int
) -> None:
    body = b" " * 1024 * 1024 * mib
    headers = {"Content-Type": "application/json"}
    for _ in range(5):
        sent = body if framing == "length" else iter([body])
        with closing(http.client.HTTPConnection("127.0.0.1", hasty.port, timeout=20)) as client:
            client.request("POST", SINGLE, sent, headers)
            response = client.getresponse()
            assert response.status == 413
            assert response.headers["Connection"] == "close"
            assert json.loads(response.read())["status"] == 413


REFUSED_EARLY = [
    (401, "POST", SINGLE, {"Content-Type": "application/json"}),
    (404, "POST", "/nowhere", {"Content-Type": "application/json"}),
    (405, "PUT", "/cds-services", KEYS["ehr"]),
    (415, "POST", "/hl7v2", {"Content-Type": "text/x-wrong", **KEYS["lab"]}),
    (422, "POST", f"{SINGLE}?profile=none", {"Content-Type": "application/json", **KEYS["lab"]}),
]


@pytest.mark.parametrize("size", [100_000, 3_000_000])
@pytest.mark.parametrize(("status", "method", "path", "headers"), REFUSED_EARLY)
def test_a_refused_body_never_costs_the_next_request_of_the_connection(
    patient: Serving, status: int, method: str, path: str, headers: dict[str, str], size: int
) -> None:
    """Either the connection goes on, or the answer says that it does not."""
    with closing(http.client.HTTPConnection("127.0.0.1", patient.port, timeout=20)) as client:
        client.request(method, path, b" " * size, headers)
        response = client.getresponse()
        response.read()
        assert response.status == status
        if response.headers["Connection"] == "close":
            return
        client.request("GET", "/livez")
        assert client.getresponse().read()


def test_a_large_batch_is_refused_by_its_headers_alone(patient: Serving) -> None:
    """Nobody fills the disk without a credential: the body is never sent here."""
    head = "POST /v1/assessments/batch HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n"
    with connect(patient.port) as connection:
        connection.sendall(f"{head}Content-Type: application/x-ndjson\r\n\r\n".encode())
        status, headers, _ = answered(connection)
        assert (status, headers["connection"]) == (401, "close")


def test_a_large_batch_is_counted_and_authenticated_once(patient: Serving) -> None:
    body = LINE * (1_200_000 // len(LINE))
    headers = {**KEYS["lab"], "Content-Type": "application/x-ndjson"}
    with closing(http.client.HTTPConnection("127.0.0.1", patient.port, timeout=60)) as client:
        client.request("POST", f"{SINGLE}/batch", body, headers)
        response = client.getresponse()
        assert response.status == 200
        assert response.read().count(b"\n") == body.count(b"\n")
