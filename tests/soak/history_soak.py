"""Reports of the same patients by MLLP and HTTP at a time, and processes killed in between.

    PYTHONPATH=.path:tests/support:tests/soak:deploy python -m history_soak --database postgresql

Two `cobalamin mllp` and one web service answer on one database. Every version of an order is sent
once, in any order, to any of them; one of each is killed with kill -9 on the way. At the end each
message has one row, and no earlier comment was replaced or withdrawn twice.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Thread

from sqlalchemy import select

from cobalamin.service.records.migrate import upgrade
from cobalamin.service.records.store import Store
from cobalamin.service.records.tables import REPORT_COMMENTS
from databases import free_port, new_database
from messages import obx
from mllp import Caller
from reports import AUDIT_KEY, report, site_file

VERSIONS, SENDERS, PATIENT_ORDERS = 5, 8, 3
PAUSE_SECONDS = 0.3


class Services:
    """Two listeners and a web service on one database."""

    def __init__(self, address: str, folder: Path) -> None:
        self.ports = [free_port() for _ in range(3)]
        self._folder = folder
        self._environment = {
            **os.environ,
            "COBALAMIN_ENVIRONMENT": "development",
            "COBALAMIN_DATABASE_URL": address,
            "COBALAMIN_SITE": str(site_file(folder)),
            "COBALAMIN_AUDIT": "required",
            "COBALAMIN_AUDIT_KEY": AUDIT_KEY[0],
            "WEB_CONCURRENCY": "1",
        }
        self._processes = [self._start(at) for at in range(3)]

    def _start(self, at: int) -> subprocess.Popen[bytes]:
        port = self.ports[at]
        listen = ["mllp", "--listen", f"127.0.0.1:{port}"] if at < 2 else ["serve"]
        return subprocess.Popen(
            [sys.executable, "-m", "cobalamin.service", *listen],
            env={**self._environment, "PORT": str(port)},
            cwd=self._folder,
            stderr=subprocess.DEVNULL,
        )

    def kill(self, at: int) -> None:
        """Kill one and start it again."""
        self._processes[at].send_signal(signal.SIGKILL)
        self._processes[at].wait()
        self._processes[at] = self._start(at)

    def stop(self) -> None:
        """End all of them."""
        for process in self._processes:
            process.terminate()
            process.wait()

    def send(self, at: int, body: bytes) -> bytes:
        """The answer of one; empty where there is none now."""
        address = f"127.0.0.1:{self.ports[at]}"
        try:
            if at < 2:
                with Caller(self.ports[at]) as caller:
                    return caller.ask(body)
            kind = {"Content-Type": "application/hl7-v2"}
            request = urllib.request.Request(f"http://{address}/hl7v2", body, kind)
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                return bytes(answer.read())
        except OSError:
            return b""


def bodies(orders: int, chance: random.Random) -> Iterator[tuple[str, bytes]]:
    """Every version of every order with the MSH-10 of its message."""
    for order in range(orders):
        for version in range(VERSIONS):
            status = "F" if version == 0 else chance.choice(["F", "F", "C"])
            result = obx(value=chance.choice(["120", "250", "600"]), status=status)
            name, patient = f"O{order}V{version}", f"P{order // PATIENT_ORDERS}"
            sent = report(name, result, filler=f"F{order}", placer=f"A{order}", patient=patient)
            yield name, sent.encode()


def soak(address: str, folder: Path, orders: int, seed: int = 7) -> list[str]:
    """What is wrong in the end, a sentence each; prints what was done."""
    chance = random.Random(seed)  # noqa: S311 - chooses what is sent
    answers: dict[str, bytes] = {}
    sent = list(bodies(orders, chance))
    chance.shuffle(sent)
    services = Services(address, folder)

    def run(mine: list[tuple[str, bytes]], to: random.Random) -> None:
        for name, body in mine:
            at = to.randrange(3)
            while b"MSA|AA" not in (answer := services.send(at, body)):
                time.sleep(PAUSE_SECONDS)
            answers[name] = answer

    own = [random.Random(at) for at in range(SENDERS)]  # noqa: S311 - as above
    threads = [Thread(target=run, args=(sent[at::SENDERS], own[at])) for at in range(SENDERS)]
    for thread in threads:
        thread.start()
    for share, at in ((1, 0), (2, 2)):
        while len(answers) < share * len(sent) // 3:
            time.sleep(PAUSE_SECONDS)
        services.kill(at)
    for thread in threads:
        thread.join()
    services.stop()
    return list(faults(address, answers))


def faults(address: str, answers: dict[str, bytes]) -> Iterator[str]:
    """What rows and answers say against each other."""
    acts: Counter[str] = Counter()
    ended: Counter[str] = Counter()
    for answer in answers.values():
        for segment in answer.decode().split("\r"):
            if segment.startswith("ZCR|"):
                _, action, _, _, message, *_ = segment.split("|")
                acts[action] += 1
                ended[message] += action in ("replaces", "withdraws")
    with closing(Store(address)) as store, store.connection() as connection:
        rows = Counter(connection.execute(select(REPORT_COMMENTS.c.control_id)).scalars())
    print(len(answers), "messages", dict(acts))
    unknown = sum(b"earlier-comments-not-known" in answer for answer in answers.values())
    yield from (f"{name} has {count} rows" for name, count in rows.items() if count > 1)
    yield from (f"{name} was ended twice" for name, count in ended.items() if count > 1)
    if len(rows) + unknown < len(answers):
        yield f"{len(answers) - len(rows)} messages have no row"


@contextmanager
def working_folder() -> Iterator[Path]:
    """A folder that goes with the run."""
    folder = Path(tempfile.mkdtemp())
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    parser = ArgumentParser()
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--orders", type=int, default=60)
    chosen = parser.parse_args()
    with working_folder() as place, new_database(chosen.database, place) as url:
        with closing(Store(url)) as made:
            upgrade(made)
        wrong = soak(url, place, chosen.orders)
    print("\n".join(wrong) or "nothing is wrong")
    sys.exit(bool(wrong))
