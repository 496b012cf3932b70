"""The service as it is served, on a free port of the loopback."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import pytest

from app import EXAMPLES, ROOT
from clients import with_key
from databases import free_port, migrated

START_SECONDS, STOP_SECONDS = 120, 60


@dataclass(frozen=True, slots=True)
class Serving:
    """A running server."""

    port: int
    process: "subprocess.Popen[bytes]"
    log: Path

    def worker_pids(self) -> list[int]:
        """The process numbers of the workers."""
        master = self.process.pid
        children = Path(f"/proc/{master}/task/{master}/children").read_text("ascii")
        return [int(pid) for pid in children.split()]


@contextmanager
def serving(folder: Path, *arguments: str, **settings: str) -> Iterator[Serving]:
    """The server with two workers and these settings beside those of development."""
    port = free_port()
    environ = {
        "PATH": os.environ["PATH"],
        "COBALAMIN_ENVIRONMENT": "development",
        "PORT": str(port),
        "WEB_CONCURRENCY": "2",
        **settings,
    }
    if "COBALAMIN_CLIENTS" in environ:  # what is stored for clients needs its tables
        environ.setdefault("COBALAMIN_DATABASE_URL", migrated())
    log = folder / "errors"
    with (
        log.open("wb") as errors,
        subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "cobalamin.service", "serve", *arguments],
            cwd=ROOT,
            env=environ,
            stderr=errors,
        ) as process,
    ):
        try:
            _wait(process, log, int(environ["WEB_CONCURRENCY"]))
            yield Serving(port, process, log)
        finally:
            process.terminate()
            process.wait(STOP_SECONDS)


def _wait(process: "subprocess.Popen[bytes]", log: Path, workers: int) -> None:
    """Until all workers are there: a signal that comes before is lost on the others."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if log.read_bytes().count(b"Worker accepts connections") >= workers:
            return
        time.sleep(0.05)
    pytest.fail(f"the service did not start within {START_SECONDS} s: {log.read_text('utf-8')}")


def statuses(server: Serving, client_id: str, count: int) -> set[int]:
    """What so many new connections are answered; the workers take them in turn."""
    found = set()
    for _ in range(count):
        connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
        headers = {**with_key(client_id).headers, "Content-Type": "application/json"}
        body = (EXAMPLES / "assessment.json").read_bytes()
        connection.request("POST", "/v1/assessments", body, headers)
        found.add(connection.getresponse().status)
        connection.close()
    return found
