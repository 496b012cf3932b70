"""A service of the stack: a process, or a container as strict as a cluster runs it."""

import secrets
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

# Draining takes 5 seconds, running requests have 20 more.
STOP_SECONDS = 30
# A machine without systemd, or without a daemon, needs these.
PODMAN = ("podman", "--runtime", "runc", "--cgroup-manager", "cgroupfs", "--events-backend", "file")
FIRST_USER, USERS = 100_000, 900_000


class Service(Protocol):
    """One of the services behind the proxy; it has metrics on a port of their own."""

    settings: dict[str, str]

    @property
    def address(self) -> str:
        """Where it listens."""

    def start(self) -> None:
        """Start it; returns before it is ready."""

    def stop(self) -> None:
        """Ask it to end, and wait until it has drained."""


@dataclass(slots=True, kw_only=True)
class Process:
    """A service as a process of this machine."""

    settings: dict[str, str]
    command: tuple[str, ...]
    log: Path
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.settings['PORT']}"

    def start(self) -> None:
        """Start it; returns before it is ready."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, env=self.settings, stderr=log, stdout=log)

    def stop(self) -> None:
        """Ask it to end, and wait until it has drained."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(STOP_SECONDS)


@dataclass(slots=True, kw_only=True)
class Container:
    """A service as a container: any user, read-only root, no capability, /tmp in memory."""

    settings: dict[str, str]
    image: str
    name: str
    folder: Path
    user: int = field(default_factory=lambda: FIRST_USER + secrets.randbelow(USERS))

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.settings['PORT']}"

    def start(self) -> None:
        """Start it; returns before it is ready. Network and loopback are those of the machine."""
        options = [
            *("--detach", "--rm", "--name", self.name, "--network", "host", "--no-healthcheck"),
            *("--user", f"{self.user}:{self.user}", "--read-only", "--read-only-tmpfs=false"),
            *("--cap-drop", "all", "--security-opt", "no-new-privileges"),
            *("--tmpfs", "/tmp:rw,noexec,nosuid,size=64m"),  # noqa: S108 - of the container
            *("--ulimit", "nofile=4096:4096", "--ulimit", "nproc=4096:4096"),
            *("--volume", f"{self.folder}:{self.folder}:ro", "--stop-timeout", str(STOP_SECONDS)),
        ]
        for name, value in self.settings.items():
            options += ["--env", f"{name}={value}"]
        subprocess.run([*PODMAN, "run", *options, self.image], check=True, capture_output=True)

    def stop(self) -> None:
        """Ask it to end, and wait until it has drained."""
        command = [*PODMAN, "stop", "--ignore", "--time", str(STOP_SECONDS), self.name]
        subprocess.run(command, check=True, capture_output=True)
