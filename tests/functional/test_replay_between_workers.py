"""Two workers that get one token at the same moment accept it once, in production."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier

import pytest

from clients import write_registry
from cobalamin.service.records.migrate import upgrade
from cobalamin.service.records.store import Store
from databases import new_database
from tokens import a_token, jwt_entry, key_set
from workers import WORKERS, call, served, workers_in

CALLERS, TOKENS, MOST_TOKENS = 8, 6, 200


def answers_at_once(pool: ThreadPoolExecutor, port: int, token: str) -> Counter[int]:
    """How often each status was answered to callers who sent one token at the same moment."""
    together = Barrier(CALLERS)

    def one_call() -> int:
        together.wait()
        return call(port, token)

    return Counter(future.result() for future in [pool.submit(one_call) for _ in range(CALLERS)])


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_two_workers_given_one_token_at_once_accept_exactly_one(kind: str, tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text(json.dumps(key_set("ec-1")), "utf-8")
    registry = write_registry(tmp_path, jwt_entry("ehr", keys='jwks_file = "keys.json"'))
    with new_database(kind, tmp_path) as database:
        with closing(Store(database)) as store:
            upgrade(store)
        with (
            served(tmp_path, registry, database) as port,
            ThreadPoolExecutor(CALLERS) as pool,
        ):
            for turn in range(MOST_TOKENS):
                assert answers_at_once(pool, port, a_token()) == {200: 1, 401: CALLERS - 1}
                if turn >= TOKENS and len(workers_in(tmp_path)) == WORKERS:
                    break
    # The kernel gives a call to whichever worker it likes; here both must have had some.
    assert len(workers_in(tmp_path)) == WORKERS
    assert "eyJ" not in (tmp_path / "errors").read_text("utf-8")
