"""`make test-spark` never fails for want of Java or PySpark, and never passes in silence."""

import subprocess
from pathlib import Path

import pytest

import spark_tests

VERSIONS = [
    ('openjdk version "17.0.15" 2025-04-15', 17),
    ('openjdk version "25" 2025-09-16', 25),
    ('java version "1.8.0_421"', 1),
    ("", 0),
]


@pytest.mark.parametrize(("said", "version"), VERSIONS)
def test_java_is_known_by_what_it_says(
    said: str, version: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = subprocess.CompletedProcess((), 0, "", said)
    monkeypatch.setattr(spark_tests, "_run", lambda *_: done)
    assert spark_tests.java_version() == version


def test_without_java_it_is_skipped_aloud(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert spark_tests.run_tests([]) == 0
    assert "test-spark: SKIPPED, nothing was tested: there is no Java" in capsys.readouterr().out


def test_without_pyspark_it_is_skipped_aloud(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("duckdb", reason="DuckDB has no wheel for this machine")
    for name, value in {
        "FOLDER": tmp_path,
        "PACKAGES": tmp_path / "packages",
        "STAMP": tmp_path / "stamp",
        "java_version": lambda: spark_tests.OLDEST_JAVA,
    }.items():
        monkeypatch.setattr(spark_tests, name, value)
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS"):
        monkeypatch.delenv(name, raising=False)
    # No setting of the machine may lead pip to an index.
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    assert spark_tests.run_tests([]) == 0
    assert "nothing was tested: PySpark could not be installed" in capsys.readouterr().out
