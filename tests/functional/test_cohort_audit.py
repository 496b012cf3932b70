"""A cohort run is in the audit trail where the environment switches it on: one entry, or more."""

import csv
import json
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from app import EXAMPLES
from cobalamin.service.cli.main import main
from cobalamin.service.records.audit.keys import AuditKeys
from cobalamin.service.records.audit.verification import verify_trail
from cobalamin.service.records.migrate import upgrade
from cobalamin.service.records.store import Store
from cobalamin.service.records.tables import AUDIT_ENTRIES

pytest.importorskip("duckdb", reason="DuckDB has no wheel for this machine")
KEY = "a secret of a site, of more than 32 characters"


def run(folder: Path, name: str, database: str | None, **more: str) -> Result:
    told = {"COBALAMIN_ENVIRONMENT": "development"}
    if database is not None:
        told |= {"COBALAMIN_AUDIT": "required", "COBALAMIN_AUDIT_KEY": KEY}
        told |= {"COBALAMIN_DATABASE_URL": database, **more}
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


def test_each_patient_of_a_run_leaves_an_entry_where_that_is_set(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path}/x.sqlite3"
    with closing(Store(database)) as store:
        upgrade(store)
    done = run(tmp_path, "one", database, COBALAMIN_AUDIT_EACH_PATIENT="true")
    assert done.exit_code == 0, done.output
    with closing(Store(database)) as store, store.connection() as connection:
        query = select(AUDIT_ENTRIES).order_by("number")
        *patients, whole = [dict(row) for row in connection.execute(query).mappings()]
        assert verify_trail(store, AuditKeys([KEY])).faults == []
    with (tmp_path / "one" / "rows.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert json.loads(whole["details"])["rows"] == len(patients) == len(rows)
    assert {entry["kind"] for entry in patients} == {"cohort-patient"}
    for entry, row in zip(patients, rows, strict=True):
        found = json.loads(entry["findings"])
        assert (entry["outcome"], entry["rung"]) == (row["outcome"], row["rung"])
        assert (found["status"], found.get("causes", [])) == (row["status"], row["causes"].split())
        assert entry["patient"] != row["subject"]
    assert len({entry["inputs"] for entry in patients}) == len(rows)
