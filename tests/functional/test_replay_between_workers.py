"""Two workers that get one token at the same moment accept it once, in production."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Barrier

import pytest

from app import EXAMPLES, ROOT
from clients import write_registry
from cobalamin.service.records.store import Store
from cobalamin.service.records.upgrade import upgrade
from databases import free_port, new_database
from exchanges import check_exchange
from tokens import PUBLIC_URL, VIEW, a_token, jwt_entry, key_set

WORKERS, CALLERS, TOKENS, MOST_TOKENS = 2, 8, 6, 200
BODY = (EXAMPLES / "patient-view.json").read_bytes()


@contextmanager
def served(folder: Path, database: str) -> Iterator[int]:
    """The port of the service with two workers; the log of calls has each worker's number."""
    (folder / "keys.json").write_text(json.dumps(key_set("ec-1")), "utf-8")
    registry = write_registry(folder, jwt_entry("ehr", keys='jwks_file = "keys.json"'))
    port = free_port()
    environ = {
        "PATH": os.environ["PATH"],
        "COBALAMIN_PROFILE": "uk-nice",
        "COBALAMIN_CLIENTS": str(registry),
        "COBALAMIN_PUBLIC_URL": PUBLIC_URL,
        "COBALAMIN_DATABASE_URL": database,
        "PORT": str(port),
        "WEB_CONCURRENCY": str(WORKERS),
    }
    options = ["--pythonpath", ".path", "--config", "deploy/gunicorn.conf.py"]
    options += [
        "--access-logfile",
        str(folder / "calls"),
        "--access-logformat",
        "%(p)s %(U)s %(s)s",
    ]
    with (
        (folder / "errors").open("wb") as errors,
        subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "gunicorn", *options, "cobalamin.service.wsgi:app"],
            cwd=ROOT,
            env=environ,
            stderr=errors,
        ) as server,
    ):
        try:
            _wait(port)
            yield port
        finally:
            server.terminate()
            server.wait(30)


def _wait(port: int) -> None:
    for _ in range(150):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/livez", timeout=5).close()
        except urllib.error.URLError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the service did not answer within 15 s")


def call(port: int, token: str) -> int:
    """The status of one call."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{VIEW}", BODY)
    request.add_header("Content-Type", "application/json")
    request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            check_exchange(VIEW, BODY, answer.read())
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with closing(error):
            return int(error.code)


def answers_at_once(pool: ThreadPoolExecutor, port: int, token: str) -> Counter[int]:
    """How often each status was answered to callers who sent one token at the same moment."""
    together = Barrier(CALLERS)

    def one_call() -> int:
        together.wait()
        return call(port, token)

    return Counter(future.result() for future in [pool.submit(one_call) for _ in range(CALLERS)])


def workers_in(calls: Path) -> set[str]:
    """The numbers of the workers that answered calls with a token."""
    lines = (line.split() for line in calls.read_text("utf-8").splitlines())
    return {worker for worker, path, _ in lines if path == VIEW}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_two_workers_given_one_token_at_once_accept_exactly_one(kind: str, tmp_path: Path) -> None:
    with new_database(kind, tmp_path) as database:
        with closing(Store(database)) as store:
            upgrade(store)
        with served(tmp_path, database) as port, ThreadPoolExecutor(CALLERS) as pool:
            for turn in range(MOST_TOKENS):
                assert answers_at_once(pool, port, a_token()) == {200: 1, 401: CALLERS - 1}
                if turn >= TOKENS and len(workers_in(tmp_path / "calls")) == WORKERS:
                    break
    # The kernel gives a call to whichever worker it likes; here both must have had some.
    assert len(workers_in(tmp_path / "calls")) == WORKERS
    assert "eyJ" not in (tmp_path / "errors").read_text("utf-8")
