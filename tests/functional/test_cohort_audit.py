"""A cohort run is one entry of the audit trail where the environment switches it on."""

import json
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from app import EXAMPLES
from cobalamin.service.cli.main import main
from cobalamin.service.records.migrate import upgrade
from cobalamin.service.records.store import Store
from cobalamin.service.records.tables import AUDIT_ENTRIES

pytest.importorskip("duckdb", reason="DuckDB has no wheel for this machine")
KEY = "a secret of a site, of more than 32 characters"


def run(folder: Path, name: str, database: str | None) -> Result:
    told = {"COBALAMIN_ENVIRONMENT": "development"}
    if database is not None:
        told |= {"COBALAMIN_AUDIT": "required", "COBALAMIN_AUDIT_KEY": KEY}
        told["COBALAMIN_DATABASE_URL"] = database
    arguments = ["cohort", "run", str(EXAMPLES / "batch.ndjson"), "--output", str(folder / name)]
    return CliRunner().invoke(main, [*arguments, "--jobs", "1"], env=told)


def test_a_run_is_one_entry_with_counts_and_a_hash_of_its_inputs(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path}/x.sqlite3"
    refused = run(tmp_path, "early", database)
    assert (refused.exit_code, (tmp_path / "early").exists()) == (78, False)
    with closing(Store(database)) as store:
        upgrade(store)
    for name, used in (("one", database), ("two", database), ("three", None)):
        done = run(tmp_path, name, used)
        assert done.exit_code == 0, done.output
    with closing(Store(database)) as store, store.connection() as connection:
        first, second = connection.execute(select(AUDIT_ENTRIES).order_by("chain")).mappings()
    manifest = json.loads((tmp_path / "one" / "manifest.json").read_text("utf-8"))
    assert (first["kind"], first["service"], first["patient"]) == ("cohort", "cohort run", None)
    counts = json.loads(first["details"])
    assert (counts["rows"], counts["outcomes"]) == (manifest["rows"], manifest["outcomes"])
    assert first["inputs"] == second["inputs"]
    assert first["knowledge"] == manifest["knowledge"]["hash"]
