"""`assess_frame`: tables in memory give the rows of `cohort run`, from whichever library."""

import contextlib
import io
import re
import runpy
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from app import EXAMPLES, ROOT
from cobalamin.service.cohort import ArrowStream, AssessedFrame, assess_frame
from cobalamin.service.cohort.errors import CohortError, CohortUsageError
from cobalamin.service.cohort.output.columns import COLUMNS
from cohorts import DAY, as_csv, cohort, people, run

duckdb = pytest.importorskip("duckdb", reason="DuckDB has no wheel for this machine")
ON = date.fromisoformat(DAY)
FORMS = people(40)
BLOCKS = re.compile(r"^```(python|text)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
PAGE, CODE = ROOT / "docs" / "cohorts-python.md", EXAMPLES / "assess_frame.py"


class OnlyStream:
    """A table of which nothing is known but that it hands over an Arrow stream."""

    def __init__(self, source: ArrowStream) -> None:
        self._source = source

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._source.__arrow_c_stream__(requested_schema)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A CSV file of the people, and its mapping."""
    file, _, mapping = as_csv(tmp_path_factory.mktemp("table"), FORMS)
    return file, mapping


def relation(file: str, *, as_text: bool = False) -> Any:  # noqa: ANN401 - as DuckDB has it
    return duckdb.read_csv(file, all_varchar=as_text)


def rows_of_run(folder: Path) -> list[tuple[Any, ...]]:
    rows = duckdb.read_parquet(str(folder / "rows.parquet"))
    assert rows.columns == list(COLUMNS)
    return list(rows.fetchall())


FRAMES: dict[str, Callable[[str], Any]] = {
    "numbers": relation,
    "texts": lambda file: relation(file, as_text=True),
    "a stream": lambda file: OnlyStream(relation(file)),
}


@pytest.mark.parametrize("profile", ["uk-nice", "us-aafp"])
def test_a_frame_gives_the_rows_of_a_run(
    profile: str, table: tuple[str, str], tmp_path: Path
) -> None:
    file, mapping = table
    expected = rows_of_run(run(tmp_path / "out", file, "--mapping", mapping, "--profile", profile))
    assert len(expected) == len(FORMS)
    for name, frame in FRAMES.items() if profile == "uk-nice" else [("numbers", relation)]:
        assessed = assess_frame(frame(file), mapping, profile=profile, as_of=ON)
        assert assessed.rows.columns == list(COLUMNS)
        assert assessed.rows.fetchall() == expected, name
        assert assessed.refused.fetchall() == []


@pytest.mark.parametrize(
    ("library", "convert", "back"),
    [
        ("pandas", "df", lambda a: a.rows.df()["subject"].tolist()),
        ("polars", "pl", lambda a: a.rows.pl()["subject"].to_list()),
        ("pyarrow", "to_arrow_table", lambda a: a.rows.to_arrow_table()["subject"].to_pylist()),
    ],
)
def test_frames_of_other_libraries_give_the_same_rows(
    library: str,
    convert: str,
    back: Callable[[AssessedFrame], list[str]],
    table: tuple[str, str],
) -> None:
    pytest.importorskip(library)
    file, mapping = table
    expected = assess_frame(relation(file), mapping, as_of=ON)
    assessed = assess_frame(getattr(relation(file), convert)(), mapping, as_of=ON)
    assert assessed.rows.fetchall() == expected.rows.fetchall()
    assert back(assessed) == [row[0] for row in expected.rows.fetchall()]


def test_what_gives_no_row_is_told_by_its_row_and_costs_nobody_else(
    table: tuple[str, str],
) -> None:
    file, mapping = table
    broken = relation(file).select(
        "* REPLACE (CASE person WHEN 'p00003' THEN NULL ELSE person END AS person, "
        "CASE person WHEN 'p00005' THEN 7 ELSE sex END AS sex)"
    )
    assessed = assess_frame(broken, mapping, as_of=ON)
    told = [row[:3] for row in assessed.refused.fetchall()]
    assert told == [(4, None, "no-id"), (6, "p00005", "not-mapped")]
    expected = assess_frame(relation(file), mapping, as_of=ON).rows
    whole = expected.filter("subject NOT IN ('Patient/p00003', 'Patient/p00005')")
    assert assessed.rows.fetchall() == whole.fetchall()


def test_nan_in_a_column_of_numbers_is_no_value(table: tuple[str, str]) -> None:
    file, mapping = table
    empty = relation(file).select("* REPLACE (CAST(NULL AS DOUBLE) AS mma)")
    nan = relation(file).select("* REPLACE (CAST('nan' AS DOUBLE) AS mma)")
    found = [assess_frame(frame, mapping, as_of=ON).rows.fetchall() for frame in (empty, nan)]
    assert found[0] == found[1]
    assert {row[list(COLUMNS).index("mma")] for row in found[1]} == {None}


def test_a_kept_run_is_one_that_is_reported_on(table: tuple[str, str], tmp_path: Path) -> None:
    file, mapping = table
    output = tmp_path / "kept"
    assessed = assess_frame(relation(file), mapping, as_of=ON, output=output)
    assert rows_of_run(output) == assessed.rows.fetchall()
    assert cohort("report", output).exit_code == 0
    with pytest.raises(CohortUsageError, match="finished run"):
        assess_frame(relation(file), mapping, as_of=ON, output=output)


def test_what_cannot_be_used_is_said_without_any_value(
    table: tuple[str, str], tmp_path: Path
) -> None:
    file, mapping = table
    with pytest.raises(CohortUsageError, match="list is no table in memory"):
        assess_frame([{"person": "secret"}], mapping)  # type: ignore[arg-type]
    with pytest.raises(CohortError, match="has no column mma, which the mapping names"):
        assess_frame(relation(file).select("* EXCLUDE mma"), mapping)
    with pytest.raises(CohortError, match="No such file"):
        assess_frame(relation(file), tmp_path / "none.toml")
    broken = relation(file).select("* REPLACE (CAST(person AS INTEGER) AS person)")
    with pytest.raises(CohortError, match="cannot be read") as told:
        assess_frame(broken, mapping)
    assert "p0000" not in str(told.value)


def test_the_page_prints_what_its_code_does(monkeypatch: pytest.MonkeyPatch) -> None:
    found = BLOCKS.findall(PAGE.read_text("utf-8"))
    monkeypatch.chdir(ROOT)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        runpy.run_path(str(CODE))
    assert said.getvalue() == "".join(text for kind, text in found if kind == "text")
    code = CODE.read_text("utf-8").partition("\n\n")[2]
    lines = [line for kind, text in found if kind == "python" for line in text.splitlines()]
    assert [line for line in code.splitlines() if line] == [line for line in lines if line]
