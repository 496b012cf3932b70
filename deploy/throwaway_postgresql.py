"""A PostgreSQL cluster that belongs to one process: an unprivileged user, a free port of the
loopback, a folder that goes with it. For trials and tests; nothing of it is kept.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
UNPRIVILEGED = "nobody"
START_SECONDS, STOP_SECONDS = 30.0, 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A running cluster; `address` is that of its database `postgres`."""

    address: str
    server: "subprocess.Popen[bytes]"
    folder: Path

    def stop(self) -> None:
        """End it and take its folder away."""
        with suppress(ProcessLookupError):
            self.server.send_signal(signal.SIGINT)
        self.server.wait(timeout=STOP_SECONDS)
        shutil.rmtree(self.folder, ignore_errors=True)


def find_programs() -> Path | None:
    """The folder of initdb and postgres; None where they are not installed."""
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent, *PLACES] if found else PLACES
    return next((place for place in places if (place / "initdb").exists()), None)


def start_cluster(programs: Path) -> Cluster:
    """Make a cluster and start it.

    Raises:
        TimeoutError: it does not answer.
        subprocess.CalledProcessError: it cannot be made.
    """
    folder = Path(tempfile.mkdtemp(prefix="cobalamin-postgresql-"))
    user = UNPRIVILEGED if os.geteuid() == 0 else None
    if user is not None:
        shutil.chown(folder, user)
    data, port = folder / "data", free_port()
    arguments = ["-D", str(data), "-A", "trust", "-U", "cobalamin", "--no-sync", "-E", "UTF8"]
    subprocess.run(
        [str(programs / "initdb"), *arguments],
        check=True,
        user=user,
        cwd=folder,
        capture_output=True,
    )
    options = f"listen_addresses=127.0.0.1 port={port} unix_socket_directories= fsync=off".split()
    server = subprocess.Popen(
        [str(programs / "postgres"), "-D", str(data), *(x for o in options for x in ("-c", o))],
        user=user,
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    cluster = Cluster(
        address=f"postgresql://cobalamin@127.0.0.1:{port}/postgres", server=server, folder=folder
    )
    _wait_for(programs, cluster, port)
    return cluster


def _wait_for(programs: Path, cluster: Cluster, port: int) -> None:
    """Until it takes connections; it listens before that."""
    asked = [str(programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if subprocess.run(asked, check=False).returncode == 0:
            return
        time.sleep(0.1)
    cluster.stop()
    raise TimeoutError("the throw-away PostgreSQL does not answer")


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
