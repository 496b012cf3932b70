"""The metrics of a running service are those of all its workers, also of one that was killed.

Its workers also send their traces, the last ones when they end.
"""

import os
import signal
import socket
import stat
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from app import EXAMPLES
from cobalamin.service.knowledge.profile import load_profile
from cobalamin.service.metrics.folder import PREFIX
from collector import collecting
from databases import free_port
from measured import scrape, value_of
from serving import Serving, serving

BODY = (EXAMPLES / "assessment.json").read_bytes()
NAME = "cobalamin_evaluations_total"
PATH = "/v1/assessments"
MOST = 800
LAST = 12


class Measured(NamedTuple):
    """A server and the port of its metrics."""

    server: Serving
    port: int

    def post(self, count: int) -> None:
        """So many assessments, each on a connection of its own."""
        for _ in range(count):
            assert status_of(self.server.port, PATH, BODY) == 200

    def evaluations(self) -> float:
        """How many were counted."""
        return value_of(scrape(self.port), NAME, service=PATH)


def status_of(port: int, path: str, body: bytes | None = None) -> int:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body)
    request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with closing(error):
            return int(error.code)


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Measured]:
    port, folder = free_port(), tmp_path_factory.mktemp("measured")
    with collecting() as collector:
        settings = {
            "COBALAMIN_METRICS_PORT": str(port),
            "COBALAMIN_TRACES_ENDPOINT": collector.endpoint,
            "OTEL_BSP_SCHEDULE_DELAY": "600000",  # only at its end a worker sends its spans
        }
        with serving(folder, **settings) as server:
            measured = Measured(server, port)
            yield measured
            (shared,) = {file.parent for file in files_of_workers(server)}
            assert stat.S_IMODE(shared.stat().st_mode) == 0o700
            measured.post(LAST)
        assert not shared.exists()
        spans = collector.spans()
    assert len([span for span in spans if span.name == f"POST {PATH}"]) >= LAST
    assert len({span.trace_id for span in spans}) == len(spans)


def files_of_workers(server: Serving) -> set[Path]:
    """The files of counters that the workers have mapped."""
    maps = [Path(f"/proc/{pid}/maps").read_text("utf-8") for pid in server.worker_pids()]
    lines = [line for text in maps for line in text.splitlines() if PREFIX in line]
    return {Path(line.split()[-1]) for line in lines if "/counter_" in line}


def test_what_every_worker_counted_is_told_and_nothing_is_lost_when_one_is_killed(
    measured: Measured,
) -> None:
    done = 0
    while len(files_of_workers(measured.server)) < 2 and done < MOST:  # both have answered some
        measured.post(4)
        done += 4
    assert {measured.evaluations() for _ in range(8)} == {done}
    assert len(files_of_workers(measured.server)) == 2
    for killed in (1, 2):
        victim = measured.server.worker_pids()[0]
        os.kill(victim, signal.SIGKILL)
        wait_for_two_others(measured.server, victim)
        measured.post(8)
        assert {measured.evaluations() for _ in range(8)} == {done + 8 * killed}


def wait_for_two_others(server: Serving, gone: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        pids = server.worker_pids()
        if len(pids) == 2 and gone not in pids:
            return
        time.sleep(0.05)
    pytest.fail("the worker was not replaced within 60 s")


def test_what_runs_is_told(measured: Measured) -> None:
    samples, knowledge = scrape(measured.port), load_profile("uk-nice").knowledge
    labels = {"profile": "uk-nice", "version": knowledge.version, "hash": knowledge.hash}
    assert value_of(samples, "cobalamin_knowledge", **labels, site="") == 1
    assert value_of(samples, "cobalamin_mode", mode="live") == 1
    assert value_of(samples, "cobalamin_configuration_used") == 1


def test_metrics_and_service_have_a_port_each(measured: Measured) -> None:
    assert status_of(measured.server.port, "/metrics") == 404
    for path in ("/", "/livez", "/metrics/", "/v1/assessments"):
        assert status_of(measured.port, path) == 404
    assert status_of(measured.port, PATH, BODY) == 404


def test_what_never_reaches_the_application_is_counted_too(measured: Measured) -> None:
    with socket.create_connection(("127.0.0.1", measured.server.port), 20) as connection:
        connection.sendall(b"no request\r\n\r\n")
        assert connection.recv(12) == b"HTTP/1.1 400"
    assert value_of(scrape(measured.port), "cobalamin_refusals_total", reason="malformed") == 1
