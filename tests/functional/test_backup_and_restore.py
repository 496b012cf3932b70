"""A backup made as the page says is restored as the page says, with all that was stored."""

import shutil
from contextlib import closing
from pathlib import Path

import pytest

from app import ROOT
from cobalamin.service.records.feedback import save_feedback
from cobalamin.service.records.store import Store
from cobalamin.service.records.token_replay import record_use
from databases import an_override, free_port, new_database
from documented import blocks, run_blocks

SETTINGS = "set -a; . hospital/settings.env; set +a"
BACK_UP, DUMP, RESTORE, RESTORE_DUMP, CHECK = blocks(ROOT / "docs" / "operations.md")
REPORT = "b12-patient-view\toverridden\tpatient-refuses\t1"


def needs(*programs: str) -> None:
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")


def store_something(url: str) -> None:
    """Feedback on one card, and a used token."""
    item = an_override()
    with closing(Store(url)) as store:
        assert save_feedback(store, [item], 1_800_000_000) == [True]
        assert record_use(store, "iss", "jti", 1_900_000_000)


def is_used(url: str) -> bool:
    with closing(Store(url)) as store:
        return not record_use(store, "iss", "jti", 1_900_000_000)


def test_a_file_of_sqlite_is_restored(tmp_path: Path) -> None:
    needs("sqlite3", "tar")
    made = ["cobalamin init hospital --client ehr --door cds", SETTINGS, "cobalamin db upgrade"]
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    run_blocks(made, first, free_port())
    url = f"sqlite:///{first}/hospital/cobalamin.sqlite3"
    # Held open and not written back: what stands in the journal belongs to the backup too.
    with closing(Store(url)) as running, running.connection():
        store_something(url)
        run = first / "again"
        run.mkdir()
        shutil.copytree(first / "hospital", run / "unused")
        (run / "hospital").symlink_to(first / "hospital")
        run_blocks([BACK_UP], run, free_port())
    second.mkdir()
    shutil.copy(run / "backup.tar.gz", second)
    text = f"sed -i 's|{first}|{second}|' hospital/settings.env\n{SETTINGS}"
    printed = run_blocks([RESTORE, text, CHECK], second, free_port())
    assert REPORT in printed
    assert "the settings are usable" in printed
    restored = second / "hospital" / "cobalamin.sqlite3"
    assert restored.stat().st_mode & 0o777 == 0o600
    assert is_used(f"sqlite:///{restored}")


def test_a_database_of_postgresql_is_restored(tmp_path: Path) -> None:
    needs("pg_dump", "pg_restore")
    with (
        new_database("postgresql", tmp_path) as url,
        new_database("postgresql", tmp_path) as other,
    ):
        settings = {"COBALAMIN_ENVIRONMENT": "development", "COBALAMIN_DATABASE_URL": url}
        run_blocks(["cobalamin db upgrade"], made_in(tmp_path, "made"), 1, **settings)
        store_something(url)
        folder = made_in(tmp_path, "dumped")
        run_blocks([DUMP], folder, 1, **settings)
        kept = made_in(tmp_path, "restored")
        shutil.copy(folder / "backup.dump", kept)
        again = {**settings, "COBALAMIN_DATABASE_URL": other, "RESTORED_DATABASE_URL": other}
        printed = run_blocks([RESTORE_DUMP, CHECK], kept, 1, **again)
        assert REPORT in printed
        assert is_used(other)


def made_in(folder: Path, name: str) -> Path:
    made = folder / name
    made.mkdir()
    return made
