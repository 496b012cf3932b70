"""Servers under measurement: started on free loopback ports, watched in /proc, ended again."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATH = "/cds-services/b12-patient-view"
TICKS = os.sysconf("SC_CLK_TCK")
STARTING = 30.0


class Server:
    """One gunicorn with the service's own settings; `first_answer` is seconds from its start.

    `settings` are set beside those of development, without a line of the log for each request: the
    floor has none. Where they bring it, it is written to nowhere.
    """

    def __init__(
        self, application: str, body: bytes, settings: Mapping[str, str] | None = None
    ) -> None:
        self.port = free_port()
        started = time.monotonic()
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn"),
                *("--pythonpath", "tests/bench"),
                *("--config", "python:cobalamin.service.server.gunicorn_conf"),
                *("--log-level", "warning", application),
            ],
            cwd=ROOT,
            env={
                **_with_bytecode(os.environ),
                "COBALAMIN_ENVIRONMENT": "development",
                "COBALAMIN_ACCESS_LOG": "false",
                "HOST": "127.0.0.1",
                "PORT": str(self.port),
                **(settings or {}),
            },
            start_new_session=True,
            stderr=None if settings is None else subprocess.DEVNULL,
        )
        self._wait(body, started + STARTING)
        self.first_answer = time.monotonic() - started

    def _wait(self, body: bytes, deadline: float) -> None:
        while True:
            try:
                self.ask(body)
            except OSError:
                if time.monotonic() > deadline:
                    self.stop()
                    raise
                time.sleep(0.01)
            else:
                return

    def ask(self, body: bytes) -> bytes:
        """One answer on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("POST", PATH, body, {"Content-Type": "application/json"})
            return connection.getresponse().read()
        finally:
            connection.close()

    def cpu(self) -> float:
        """Seconds of processor time of master and workers."""
        return sum(_cpu(pid) for pid in self._tree())

    def memory(self) -> int:
        """Proportional set size of master and workers, in kB."""
        return sum(_pss(pid) for pid in self._tree())

    def _tree(self) -> Iterator[int]:
        master = self._process.pid
        yield master
        children = Path(f"/proc/{master}/task/{master}/children").read_text("ascii")
        yield from map(int, children.split())

    def stop(self) -> None:
        """Ends what was started, and nothing else."""
        os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def _with_bytecode(environ: Mapping[str, str]) -> dict[str, str]:
    """What is installed has its bytecode: the first start here makes it, in `__pycache__`."""
    return {name: text for name, text in environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _pss(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
