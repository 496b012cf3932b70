"""From SIGTERM on the service is not ready, takes what still comes, and ends what it has begun."""

import http.client
import json
import os
import signal
import socket
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import pytest

from app import example
from serving import Serving, serving

DRAIN_SECONDS = 3
LINES = 500
LINE = json.dumps(example("assessment.json")).encode() + b"\n"


def ask(port: int, path: str) -> tuple[int, str | None]:
    """The status of an answer, and what it says of the connection."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as client:
        client.request("GET", path)
        response = client.getresponse()
        response.read()
        return response.status, response.headers["Connection"]


def begin_batch(port: int, lines: int) -> http.client.HTTPConnection:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Content-Type": "application/x-ndjson"}
    client.request("POST", "/v1/assessments/batch", LINE * lines, headers)
    return client


def is_listening(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
    except ConnectionRefusedError:
        return False
    return True


def wait_until_closed(server: Serving) -> float:
    started = time.monotonic()
    while is_listening(server.port):
        assert time.monotonic() - started < 20
        time.sleep(0.05)
    return time.monotonic() - started


def test_the_service_drains_and_then_ends_what_it_has_begun(tmp_path: Path) -> None:
    with serving(tmp_path, COBALAMIN_DRAIN_SECONDS=str(DRAIN_SECONDS)) as server:
        assert ask(server.port, "/readyz") == (200, None)
        idle = socket.create_connection(("127.0.0.1", server.port), 10)
        with idle, closing(begin_batch(server.port, LINES)) as running:
            answers = running.getresponse()
            first = answers.readline()
            server.process.send_signal(signal.SIGTERM)
            time.sleep(0.3)
            assert ask(server.port, "/readyz") == (503, "close")
            assert ask(server.port, "/livez") == (200, "close")
            wait_until_closed(server)
            assert len([first, *answers]) == LINES
            assert idle.recv(1) == b""
        assert server.process.wait(20) == 0
        assert b"Traceback" not in server.log.read_bytes()


def test_a_connection_that_was_accepted_is_answered(tmp_path: Path) -> None:
    """Each request on a new connection, as many clients do: answered, then refused.

    The kernel resets what comes in the microseconds between the last accept and the close of the
    listener; tests/unit/server shows that what came before is answered.
    """
    with serving(tmp_path, COBALAMIN_DRAIN_SECONDS="1") as server:
        counts: Counter[str] = Counter()
        ended = Event()

        def keep_asking() -> None:
            while not ended.is_set():
                try:
                    counts[str(ask(server.port, "/livez")[0])] += 1
                except ConnectionRefusedError:
                    counts["refused"] += 1
                    return
                except ConnectionResetError:
                    counts["reset"] += 1
                except (OSError, http.client.HTTPException) as error:
                    counts[repr(error)] += 1

        threads = [Thread(target=keep_asking) for _ in range(8)]
        for thread in threads:
            thread.start()
        time.sleep(0.5)
        server.process.send_signal(signal.SIGTERM)
        for thread in threads:
            thread.join(30)
        ended.set()
        assert counts["refused"] == len(threads)
        assert set(counts) - {"reset"} == {"200", "refused"}
        assert counts["reset"] < len(threads)


def test_connections_are_accepted_for_the_set_time(tmp_path: Path) -> None:
    with serving(tmp_path, COBALAMIN_DRAIN_SECONDS=str(DRAIN_SECONDS)) as server:
        server.process.send_signal(signal.SIGTERM)
        assert DRAIN_SECONDS - 0.5 < wait_until_closed(server) < DRAIN_SECONDS + 5


def test_development_stops_at_once(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        server.process.send_signal(signal.SIGTERM)
        assert wait_until_closed(server) < 5
        assert server.process.wait(10) == 0


@pytest.mark.parametrize("name", ["SIGKILL", "SIGSEGV"])
def test_a_worker_that_dies_is_replaced(tmp_path: Path, name: str) -> None:
    with serving(tmp_path) as server:
        before = server.worker_pids()
        for pid in before:
            os.kill(pid, signal.Signals[name])
        deadline = time.monotonic() + 20
        while len(set(server.worker_pids()) - set(before)) < len(before):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert ask(server.port, "/readyz") == (200, None)
