"""The service in production with two workers of gunicorn, on a free port of the loopback."""

import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from app import EXAMPLES
from exchanges import check_exchange
from serving import serving
from tokens import PUBLIC_URL, VIEW

WORKERS = 2
BODY = (EXAMPLES / "patient-view.json").read_bytes()


@contextmanager
def served(folder: Path, registry: Path, database: str, **settings: str) -> Iterator[int]:
    """The port of the service in production; the log of calls has each worker's number."""
    log = ("--access-logfile", str(folder / "calls"), "--access-logformat", "%(p)s %(U)s %(s)s")
    production = {
        "COBALAMIN_ENVIRONMENT": "production",
        "COBALAMIN_PROFILE": "uk-nice",
        "COBALAMIN_CLIENTS": str(registry),
        "COBALAMIN_PUBLIC_URL": PUBLIC_URL,
        "COBALAMIN_DATABASE_URL": database,
        "COBALAMIN_DRAIN_SECONDS": "0",
        **settings,
    }
    with serving(folder, *log, **production) as server:
        yield server.port


def call(port: int, credential: str) -> int:
    """The status of one call of patient-view; an answer with cards is checked."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{VIEW}", BODY)
    request.add_header("Content-Type", "application/json")
    request.add_header("Authorization", f"Bearer {credential}")
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            check_exchange(VIEW, BODY, answer.read())
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with closing(error):
            return int(error.code)


def workers_in(folder: Path) -> set[str]:
    """The numbers of the workers that answered calls of patient-view."""
    calls = (folder / "calls").read_text("utf-8").splitlines()
    return {worker for worker, path, _ in map(str.split, calls) if path == VIEW}
