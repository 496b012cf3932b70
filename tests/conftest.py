"""Settings of all tests, and the databases that several of them share.

No example is timed, for a busy machine is no fault of the code.
"""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from cobalamin.service.records.migrate import upgrade
from cobalamin.service.records.store import Store
from databases import new_database

# What `make test-browser` and `make test-spark` run needs packages that are not there without them.
OWN_VERB = {"browser": "COBALAMIN_BROWSER_TESTS", "spark": "COBALAMIN_SPARK_TESTS"}
collect_ignore = [folder for folder, name in OWN_VERB.items() if name not in os.environ]
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database, of each kind in turn."""
    with new_database(request.param, tmp_path) as address:
        yield address


@pytest.fixture
def database(address: str) -> str:
    """The address of a database with tables, of each kind in turn."""
    with closing(Store(address)) as store:
        upgrade(store)
    return address


@pytest.fixture
def store(address: str) -> Iterator[Store]:
    """An open database with tables, of each kind in turn."""
    with closing(Store(address)) as store:
        upgrade(store)
        yield store
