"""Soaks a server: many calls, good and bad, while workers are killed and the server restarts.

    python tests/soak/soak.py --requests 200000

Prints what was answered, and exits with 1 where a closed address answered without a credential, a
token counted twice, an answer was wrong, or a call was lost that was not in flight at a kill.
"""

import argparse
import os
import signal
import socket
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from threading import Event, Lock, Thread
from time import monotonic

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS.parent / "deploy"), str(TESTS / "support")]

from client import Answer, Client  # noqa: E402
from clients import key_entry, write_registry  # noqa: E402 - from the path above
from cobalamin.service.records.migrate import upgrade  # noqa: E402
from cobalamin.service.records.store import Store  # noqa: E402
from databases import free_port  # noqa: E402
from key_server import KeyServer, key_server  # noqa: E402
from serving import Serving, serving  # noqa: E402
from tokens import PUBLIC_URL, jwt_entry  # noqa: E402
from traffic import Call, iter_calls  # noqa: E402

KEY_PAUSE_SECONDS = 65
"""How long a new key may be unknown: key sets are fetched at most once a minute."""
MARGIN_SECONDS = 1.0
"""Between a kill and the end of its connections: a process must run to end."""
REPLAYED = 0.2


@dataclass(slots=True)
class Report:
    """What happened; `faults` must stay empty."""

    counts: Counter[tuple[str, int]] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    events: list[tuple[float, str]] = field(default_factory=list)
    in_flight: int = 0
    unknown_keys: list[float] = field(default_factory=list)
    waits: int = 0
    lock: Lock = field(default_factory=Lock)

    @property
    def total(self) -> int:
        """Calls so far."""
        return sum(self.counts.values())

    def count(self, what: str) -> int:
        """How often a worker was killed or the server stopped."""
        return sum(happened == what for _, happened in self.events)

    def happened(self, what: str) -> None:
        """Note that a worker was killed or the server stopped."""
        with self.lock:
            self.events.append((monotonic(), what))

    def take(self, call: Call, answer: Answer, keys: KeyServer) -> None:
        """Count an answer, and judge it."""
        with self.lock:
            self.counts[call.kind, answer.status] += 1
            if answer.status == 0:
                self._lost(answer)
            elif answer.status in call.right:
                self._judge_body(call, answer)
            elif call.token is not None and answer.status == 401 and keys.is_new():
                self.unknown_keys.append(answer.ended - keys.changed_at)
            else:
                self.faults.append(f"{call.kind}: {answer.status}")

    def _lost(self, answer: Answer) -> None:
        """A call may be lost where a worker was killed while it ran; a restart loses none."""
        if any(
            what == "kill" and answer.began <= at + MARGIN_SECONDS and at <= answer.ended
            for at, what in self.events
        ):
            self.in_flight += 1
        else:
            self.faults.append(f"lost, begun {self._after(answer.began)}")

    def _after(self, began: float) -> str:
        """When a call began, by the last event before it."""
        earlier = [(began - at, what) for at, what in self.events if at <= began]
        seconds, what = min(earlier, default=(0.0, "start"))
        return f"{seconds:.1f} s after a {what}"

    def _judge_body(self, call: Call, answer: Answer) -> None:
        if call.kind == "batch" and answer.status == 200:
            asked, got = call.body.count(b"\n"), answer.body.count(b'"outcome":"advice"')
            if asked != got:
                self.faults.append(f"batch: {got} of {asked} lines")
        elif call.kind in ("single", "chunked") and b'"outcome":"advice"' not in answer.body:
            self.faults.append(f"{call.kind}: another answer")


class Soak:
    """One server after the other on one port, and the clients that ask it."""

    def __init__(self, folder: Path, requests: int, seconds: float, keys: KeyServer) -> None:
        self.folder, self.requests, self.seconds, self.keys = folder, requests, seconds, keys
        self.port, self.report, self.ended = free_port(), Report(), Event()
        registry = write_registry(
            folder,
            key_entry("lab", "lab"),
            jwt_entry("ehr", keys=f'jku = "{keys.address}"'),
        )
        database = f"sqlite:///{folder}/soak.sqlite3"
        with closing(Store(database)) as store:
            upgrade(store)
        self.settings = {
            "COBALAMIN_ENVIRONMENT": "production",
            "COBALAMIN_PROFILE": "uk-nice",
            "COBALAMIN_CLIENTS": str(registry),
            "COBALAMIN_PUBLIC_URL": PUBLIC_URL,
            "COBALAMIN_DATABASE_URL": database,
            "COBALAMIN_DRAIN_SECONDS": "1",
            "PORT": str(self.port),
        }

    def run(self, clients: int) -> Report:
        """Ask until there were enough calls, and a worker was killed."""
        with ExitStack() as opened:
            threads = [Thread(target=self._ask, args=(number,)) for number in range(clients)]
            for turn in range(1_000_000):
                with serving(self.folder, **self.settings) as server:
                    if turn == 0:
                        opened.enter_context(_stalled(self.port, self.ended))
                        for thread in threads:
                            thread.start()
                    self._kill_workers(server)
                    self.report.happened("restart")
                    if self.ended.is_set():
                        for thread in threads:
                            thread.join()
                        return self.report
        raise AssertionError

    def _kill_workers(self, server: Serving) -> None:
        """Kill a worker now and then; return when it is time for another server."""
        random = Random(self.report.total)  # noqa: S311 - not for secrets
        for _ in range(3):
            if self.ended.wait(self.seconds):
                return
            pids = server.worker_pids()
            if pids:
                self.report.happened("kill")
                os.kill(random.choice(pids), signal.SIGKILL)
        if self.report.total > self.requests // 3:
            self.keys.change()
        self.ended.wait(self.seconds)

    def _ask(self, number: int) -> None:
        random = Random(number)  # noqa: S311 - not for secrets
        client = Client(self.port)
        for call in iter_calls(random, self.keys.kid):
            if self.ended.is_set():
                break
            answer = client.ask(call)
            self.report.take(call, answer, self.keys)
            if call.token is not None and answer.status == 200 and random.random() < REPLAYED:
                again = Call(
                    kind="replayed token",
                    path=call.path,
                    body=call.body,
                    headers=call.headers,
                    right=frozenset({401}),
                )
                self.report.take(again, client.ask(again), self.keys)
            if self.report.total >= self.requests and self.report.count("kill"):
                self.ended.set()
        client.close()
        self.report.waits += client.waits


@contextmanager
def _stalled(port: int, ended: Event) -> Iterator[None]:
    """Ten sockets with half a header each, opened again whenever the server has ended them."""

    def stall() -> None:
        while not ended.is_set():
            with ExitStack() as held:
                for _ in range(10):
                    try:
                        sock = socket.create_connection(("127.0.0.1", port), 5)
                    except OSError:
                        continue
                    held.enter_context(sock).sendall(b"POST /v1/assessments HTTP/1.1\r\nHost: ")
                ended.wait(2)

    thread = Thread(target=stall)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _print(report: Report, seconds: float) -> None:
    print(f"{report.total} calls in {seconds:.0f} s")
    for (kind, status), count in sorted(report.counts.items()):
        print(f"  {kind:18} {status or 'lost':>4} {count:8}")
    print(f"workers killed {report.count('kill')}, servers stopped {report.count('restart')}")
    print(f"lost in flight at a kill: {report.in_flight}; connections tried again: {report.waits}")
    if report.unknown_keys:
        print(f"new key unknown to a worker for at most {max(report.unknown_keys):.0f} s")
    for fault, count in Counter(report.faults).most_common():
        print(f"FAULT {count} times: {fault}")


def main(arguments: list[str]) -> int:
    """Soak, and say what happened."""
    parser = argparse.ArgumentParser(description="Soak a server while workers are killed.")
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=5, help="between two kills")
    options = parser.parse_args(arguments)
    started = monotonic()
    with tempfile.TemporaryDirectory() as folder, key_server("ec-1", KEY_PAUSE_SECONDS) as keys:
        soak = Soak(Path(folder), options.requests, options.seconds, keys)
        report = soak.run(options.clients)
        log = (Path(folder) / "errors").read_text("utf-8")
    _print(report, monotonic() - started)
    if "Traceback" in log:
        report.faults.append("a traceback in the log")
        print(log[-2000:])
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
