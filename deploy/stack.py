"""Starts what a hospital runs, as processes of this machine: PostgreSQL, two services, and nginx.

    .venv/bin/python deploy/stack.py             until Ctrl-C; prints the address and a key
    .venv/bin/python deploy/stack.py --check     replaces one service after the other under load;
                                                 exit 1 where a request failed
    ... --image NAME                             the services are containers of this image

Everything lies in a folder that goes when it ends, or in `--folder`, which must not exist. Without
nginx the two services are asked in turn, as a load balancer would that reads /readyz. Says
`skipped: ...` for each program that is not installed; without PostgreSQL it ends with 77.
"""

import argparse
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from stack_load import Load, cards_counted, is_ready, wait_until_ready
from stack_services import Container, Process, Service
from throwaway_postgresql import find_programs, free_port, start_cluster

ROOT = Path(__file__).resolve().parent.parent
SKIPPED = 77
CLIENT = "ehr"
COBALAMIN = [sys.executable, "-m", "cobalamin.service"]
# Debian has it where the path of an ordinary user does not look.
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """What runs: the services, the addresses to ask, and the key of the client."""

    services: tuple[Service, ...]
    addresses: tuple[str, ...]
    key: str


@contextmanager
def running(folder: Path, port: int, image: str | None) -> Iterator[Stack]:
    """The whole stack; the addresses are that of nginx, or those of both services without it.

    Raises:
        FileNotFoundError: PostgreSQL is not installed.
        TimeoutError: a part of it does not answer.
    """
    programs = find_programs()
    if programs is None:
        raise FileNotFoundError("PostgreSQL (initdb) is not installed")
    with ExitStack() as parts:
        cluster = start_cluster(programs)
        parts.callback(cluster.stop)
        settings, key = first_files(folder, cluster.address, f"http://127.0.0.1:{port}")
        command("db", "upgrade", settings=settings)
        command("config", "check", settings=settings)
        services = tuple(service_of(settings, folder, name, image) for name in "ab")
        for service in services:
            service.start()
            parts.callback(service.stop)
        for service in services:
            wait_until_ready(service.address)
        addresses = tuple(service.address for service in services)
        if NGINX is None:
            print("skipped: nginx is not installed; the services are asked in turn", flush=True)
        else:
            parts.enter_context(proxy(NGINX, folder, port, services))
            addresses = (f"http://127.0.0.1:{port}",)
        yield Stack(services=services, addresses=addresses, key=key)


def service_of(settings: dict[str, str], folder: Path, name: str, image: str | None) -> Service:
    """A service on a free port, as a process or as a container of an image."""
    ports = {"PORT": str(free_port()), "COBALAMIN_METRICS_PORT": str(free_port())}
    own = {**settings, **ports, "HOST": "127.0.0.1", "WEB_CONCURRENCY": "1"}
    if image is None:
        return Process(settings=own, command=(*COBALAMIN, "serve"), log=folder / f"{name}.log")
    return Container(settings=own, image=image, name=f"cobalamin-stack-{name}", folder=folder)


def first_files(folder: Path, database: str, public_url: str) -> tuple[dict[str, str], str]:
    """The settings that `cobalamin init` writes, with this database, and the key of the client."""
    arguments = ["init", str(folder), "--client", CLIENT, "--door", "cds"]
    key = command(*arguments, "--public-url", public_url)
    folder.chmod(0o755)
    for file in ("clients.toml", "site.toml"):  # a container reads them as another user
        (folder / file).chmod(0o644)
    lines = (folder / "settings.env").read_text("utf-8").splitlines()
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    settings = {name: value for name, _, value in pairs}
    return {**settings, "COBALAMIN_DATABASE_URL": database}, key.strip()


def command(*arguments: str, settings: dict[str, str] | None = None) -> str:
    """What a command of `cobalamin` prints."""
    done = subprocess.run(
        [*COBALAMIN, *arguments], check=False, capture_output=True, text=True, env=settings or {}
    )
    if done.returncode != 0:
        sys.exit(f"cobalamin {arguments[0]}: {done.stderr}")
    return done.stdout


@contextmanager
def proxy(program: str, folder: Path, port: int, services: tuple[Service, ...]) -> Iterator[None]:
    """nginx in front of the services, with the location that deploy/nginx has for a site."""
    work = folder / "nginx"
    work.mkdir()
    work.chmod(0o777)  # its workers run as another user
    servers = "".join(
        f"server {service.address.removeprefix('http://')} max_fails=1 fail_timeout=5s;\n"
        for service in services
    )
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "".join(f"{kind}_temp_path {work}/{kind};\n" for kind in kinds)
    text = (
        f"daemon off; worker_processes 1; pid {work}/pid; error_log {work}/error.log;\n"
        f"events {{}}\nhttp {{\n{places}access_log {work}/access.log;\n"
        f"upstream cobalamin {{\n{servers}keepalive 16;\n}}\n"
        f"server {{\nlisten 127.0.0.1:{port};\n"
        f"include {ROOT}/deploy/nginx/location.conf;\n}}\n}}\n"
    )
    file = work / "nginx.conf"
    file.write_text(text, "utf-8")
    with subprocess.Popen([program, "-c", str(file), "-e", str(work / "start.log")]) as process:
        try:
            wait_until_ready(f"http://127.0.0.1:{port}")
            yield
        finally:
            process.send_signal(signal.SIGQUIT)


def check(stack: Stack, request: bytes) -> int:
    """Replace each service while requests go on; 1 where one of them failed."""
    with Load(stack.addresses, stack.key, request) as load:
        load.wait_for(50)
        for service in stack.services:
            service.stop()
            load.wait_for(50)
            service.start()
            wait_until_ready(service.address)
            load.wait_for(50)
    print(f"requests: {load.answered} answered, {len(load.failures)} failed", flush=True)
    counted = sum(cards_counted(service) for service in stack.services)
    print(f"cards in the metrics since the services were replaced: {counted}", flush=True)
    for failure in sorted(set(load.failures)):
        print(f"  {failure}: {load.failures.count(failure)}")
    return 1 if load.failures or not counted else 0


def tell(stack: Stack) -> None:
    """How to call what runs."""
    for name, service in zip("ab", stack.services, strict=True):
        ready = "ready" if is_ready(service.address) else "not ready"
        metrics = f"http://127.0.0.1:{service.settings['COBALAMIN_METRICS_PORT']}/metrics"
        print(f"service {name}  {service.address}  {ready}; metrics {metrics}")
    print(
        f"front      {stack.addresses[0]}\n"
        f"a card     curl -s -H 'Authorization: Bearer {stack.key}' "
        "-H 'Content-Type: application/json' --data @docs/examples/patient-view.json "
        f"{stack.addresses[0]}/cds-services/b12-patient-view\nstop with Ctrl-C",
        flush=True,
    )


def main() -> int:
    """Starts the stack, and waits or checks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=8080, help="where nginx listens; 0: any")
    parser.add_argument("--folder", type=Path, help="for files and logs; it is kept")
    parser.add_argument("--image", help="run the services as containers of this image")
    parser.add_argument("--check", action="store_true", help="replace the services under load")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, _interrupt)
    with tempfile.TemporaryDirectory(prefix="cobalamin-stack-") as name:
        Path(name).chmod(0o755)
        folder = (asked.folder or Path(name, "stack")).absolute()
        try:
            with running(folder, asked.port or free_port(), asked.image) as stack:
                tell(stack)
                request = (ROOT / "docs" / "examples" / "patient-view.json").read_bytes()
                if asked.check:
                    return check(stack, request)
                while True:
                    time.sleep(60)
        except FileNotFoundError as error:
            print(f"skipped: {error}")
            return SKIPPED
        except KeyboardInterrupt:
            return 0


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
