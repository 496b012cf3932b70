"""No acknowledged entry or feedback is lost when workers are killed, or the database goes away."""

import http.client
import json
import os
import random
import signal
import time
import uuid
from contextlib import closing
from http import HTTPStatus
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from sqlalchemy import select

from app import example
from cobalamin.service.records.audit.keys import AuditKeys
from cobalamin.service.records.audit.trail import PAUSE_SECONDS
from cobalamin.service.records.audit.verification import verify_trail
from cobalamin.service.records.store import Store
from cobalamin.service.records.tables import AUDIT_ENTRIES, FEEDBACK
from exchanges import check_exchange
from forwarder import Forwarder, port_of, through
from serving import Serving, serving

KEY = "a secret of a site, of more than 32 characters"
VIEW = "/cds-services/b12-patient-view"
CALLERS, KILLS, KILL_SECONDS = 4, 4, 1.0
BODY = json.dumps(example("patient-view.json")).encode()


def audited(database: str, policy: str = "required") -> dict[str, str]:
    return {
        "COBALAMIN_DATABASE_URL": database,
        "COBALAMIN_AUDIT": policy,
        "COBALAMIN_AUDIT_KEY": KEY,
    }


class Caller(Thread):
    """Asks until it is told to stop, and remembers what was acknowledged."""

    def __init__(self, port: int, stopped: Event) -> None:
        super().__init__(daemon=True)
        self._port, self._stopped = port, stopped
        self.entries: list[str] = []
        self.cards: list[str] = []

    def run(self) -> None:
        """Call and send feedback in turn, each on a connection of its own."""
        while not self._stopped.is_set():
            correlation, card = str(uuid.uuid4()), str(uuid.uuid4())
            if send(self._port, VIEW, BODY, correlation) == 200:
                self.entries.append(correlation)
            item = {"card": card, "outcome": "overridden"}
            item["outcomeTimestamp"] = "2026-11-20T10:00:00Z"
            body = json.dumps({"feedback": [item]}).encode()
            if send(self._port, f"{VIEW}/feedback", body, correlation) == 200:
                self.cards.append(card)


def send(port: int, path: str, body: bytes, correlation: str) -> int | None:
    """The status of a call; None if the connection broke."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Content-Type": "application/json", "X-Correlation-Id": correlation}
    with closing(connection):
        try:
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            told = answer.read()
        except (OSError, http.client.HTTPException):
            return None
    if answer.status == HTTPStatus.OK:
        check_exchange(path, body, told)
    return answer.status


def kill_workers(server: Serving, random_of: random.Random) -> None:
    for _ in range(KILLS):
        time.sleep(KILL_SECONDS)
        workers = server.worker_pids()
        if workers:
            os.kill(random_of.choice(workers), signal.SIGKILL)


def test_a_killed_worker_loses_nothing_that_was_acknowledged(database: str, tmp_path: Path) -> None:
    stopped = Event()
    with serving(tmp_path, **audited(database)) as server:
        callers = [Caller(server.port, stopped) for _ in range(CALLERS)]
        for caller in callers:
            caller.start()
        kill_workers(server, random.Random(7))  # noqa: S311 - which worker, no secret
        stopped.set()
        for caller in callers:
            caller.join()
    entries = {one for caller in callers for one in caller.entries}
    cards = {one for caller in callers for one in caller.cards}
    assert min(len(entries), len(cards)) > CALLERS
    with closing(Store(database)) as store:
        with store.connection() as connection:
            kept = set(connection.execute(select(AUDIT_ENTRIES.c.correlation)).scalars())
            told = set(connection.execute(select(FEEDBACK.c.card)).scalars())
        found = verify_trail(store, AuditKeys([KEY]))
    assert (entries - kept, cards - told) == (set(), set())
    assert found.faults == []
    assert found.chains > 2  # new workers have begun chains of their own


def call(server: Serving) -> int | None:
    return send(server.port, VIEW, BODY, str(uuid.uuid4()))


def ready(server: Serving) -> tuple[int, dict[str, Any]]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    with closing(connection):
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


def wait_until_called(server: Serving, status: int) -> None:
    """Until every worker answers so: each finds out by itself."""
    deadline = time.monotonic() + 90
    while [call(server) for _ in range(6)] != [status] * 6:
        assert time.monotonic() < deadline, f"not every call is answered with {status}"
        time.sleep(PAUSE_SECONDS / 10)


@pytest.mark.parametrize("policy", ["required", "best-effort"])
@pytest.mark.parametrize("address", ["postgresql"], indirect=True)
def test_a_stopped_database_gives_what_is_set_and_is_found_again(
    database: str, policy: str, tmp_path: Path
) -> None:
    is_required = policy == "required"
    with Forwarder(port_of(database)) as forwarder:
        address = through(forwarder, database)
        with serving(tmp_path, **audited(address, policy)) as server:
            assert call(server) == 200
            forwarder.stop()
            wait_until_called(server, 503 if is_required else 200)
            status, state = ready(server)
            assert (status, state["audit"]) == (503 if is_required else 200, "not available")
            forwarder.resume()
            time.sleep(PAUSE_SECONDS)
            wait_until_called(server, 200)
    with closing(Store(database)) as store:
        found = verify_trail(store, AuditKeys([KEY]))
    assert found.faults == []
    assert found.entries >= 2
    assert (found.unrecorded > 0) == (not is_required)
