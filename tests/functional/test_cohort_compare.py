"""`cobalamin cohort compare`: who changes between two runs, and who loses urgent advice."""

import copy
import json
from collections import Counter
from pathlib import Path

import pytest

from cohorts import Json, as_lines, as_messages, cohort, people, rows_of, run, write_lines

pytest.importorskip("duckdb", reason="DuckDB has no wheel for this machine")
# Some have a methylmalonic acid that is raised in one profile and not in the other.
PEOPLE = people(60, seed=3)
for _at, _form in enumerate(PEOPLE[:12]):
    _form["results"] = [
        {"analyte": "b12_total", "value": 200 + 20 * _at, "unit": "pg/mL", "date": "2026-11-18"},
        {"analyte": "mma", "value": 0.3 + 0.01 * _at, "unit": "umol/L", "date": "2026-11-18"},
    ]
ADVISED = ("route", "comment", "recommended", "suggestions", "cautions")


def _severe(name: str, haemoglobin: float) -> Json:
    """Somebody with a low level and this haemoglobin in g/dL."""
    form = copy.deepcopy(PEOPLE[0])
    form["patient"] = {"id": name, "sex": "female", "birthDate": "1960-01-01"}
    values = {"b12_total": 90, "haemoglobin": haemoglobin, "mcv": 118.0}
    units = {"b12_total": "pg/mL", "haemoglobin": "g/dL", "mcv": "fL"}
    form["results"] = [
        {"analyte": one, "value": value, "unit": units[one], "date": "2026-11-18"}
        for one, value in values.items()
    ]
    return form


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """One population in both profiles."""
    folder = tmp_path_factory.mktemp("runs")
    (file,) = as_lines(folder, [*PEOPLE, _severe("severe", 6.2)])
    return run(folder / "uk", file), run(folder / "us", file, "--profile", "us-aafp")


def _step(row: dict[str, str]) -> str:
    if row["outcome"] == "advice":
        return f"{row['rung']} {row['urgency']}"
    urgency = [] if row["urgency"] == "routine" else [row["urgency"]]
    return f"{row['outcome']} ({' '.join([row['rung'], *urgency])})"


def test_a_run_does_not_differ_from_itself(runs: tuple[Path, Path]) -> None:
    done = cohort("compare", runs[0], runs[0])
    assert done.exit_code == 0, done.output
    assert "0 of 61 people change" in done.output
    assert "differ" not in done.output


def test_everybody_who_changes_is_in_the_flows_and_nobody_else(
    runs: tuple[Path, Path], tmp_path: Path
) -> None:
    done = cohort("compare", *runs, "--output", tmp_path / "out", "--flows", "1000")
    assert done.exit_code == 0, done.output
    before, after = ({row["subject"]: row for row in rows_of(one)} for one in runs)
    moved = {name for name in before if _step(before[name]) != _step(after[name])}
    assert len(moved) > 3
    changed = {row["subject"]: row for row in rows_of(tmp_path / "out", "people.csv")}
    assert {name for name, row in changed.items() if row["before"] != row["after"]} == moved
    for name in before:
        advised = any(before[name][one] != after[name][one] for one in ADVISED)
        assert (name in changed and bool(changed[name]["advice"])) == advised
    flows = rows_of(tmp_path / "out", "flows.csv")
    counted: Counter[tuple[str, str]] = Counter()
    for row in flows:
        counted[row["before"], row["after"]] += int(row["people"])
    pairs = Counter((_step(before[name]), _step(after[name])) for name in changed)
    assert counted == pairs
    assert f"{len(changed)} of 61 people change, {len(moved)} of them" in done.output


def test_a_flow_says_which_findings_changed(runs: tuple[Path, Path], tmp_path: Path) -> None:
    cohort("compare", *runs, "--output", tmp_path / "out")
    before, after = ({row["subject"]: row for row in rows_of(one)} for one in runs)
    for row in rows_of(tmp_path / "out", "people.csv"):
        old, new = (set(one[row["subject"]]["reasons"].split()) for one in (before, after))
        expected = [*(f"-{one}" for one in sorted(old - new)), *(f"+{one}" for one in new - old)]
        said = next((one for one in row["findings"].split("; ") if one.startswith("reasons:")), "")
        assert sorted(said.removeprefix("reasons:").split()) == sorted(expected)


def test_shares_count_the_people_with_advice(runs: tuple[Path, Path], tmp_path: Path) -> None:
    cohort("compare", *runs, "--output", tmp_path / "out")
    shares = rows_of(tmp_path / "out", "shares.csv")
    for name, folder in zip(("before", "after"), runs, strict=True):
        advised = [row for row in rows_of(folder) if row["outcome"] == "advice"]
        found = {(one["rung"], one["urgency"]): int(one[name]) for one in shares if int(one[name])}
        assert found.pop(("all", "")) == len(advised)
        assert found == Counter((row["rung"], row["urgency"]) for row in advised)
        total = shares[0][f"{name}_per_1000"]
        assert float(total) == pytest.approx(1000 * len(advised) / 61, abs=0.01)


@pytest.mark.parametrize("later", [[_severe("severe", 12.9)], []])
def test_a_person_who_loses_urgent_advice_ends_it_with_1(
    later: list[Json], runs: tuple[Path, Path], tmp_path: Path
) -> None:
    assert {row["urgency"] for row in rows_of(runs[0]) if row["subject"] == "Patient/severe"} == {
        "urgent"
    }
    other = run(tmp_path / "other", *as_lines(tmp_path, [*PEOPLE, *later]))
    done = cohort("compare", runs[0], other, "--output", tmp_path / "out")
    assert done.exit_code == 1, done.output
    assert "loses urgent advice" in done.output
    assert "The inputs differ" in done.output
    lost = [row for row in rows_of(tmp_path / "out", "people.csv") if row["loses_urgent"] == "true"]
    assert "Patient/severe" in [row["subject"] for row in lost]
    assert lost == rows_of(tmp_path / "out", "people.csv")[: len(lost)]
    back = cohort("compare", other, runs[0])
    assert (back.exit_code, f"{len(lost)} gain it" in back.output) == (0, True)


def test_runs_of_different_days_are_joined_by_person(tmp_path: Path) -> None:
    (file,) = as_lines(tmp_path, PEOPLE[:5])
    one = run(tmp_path / "one", file)
    done = cohort("run", file, "--output", tmp_path / "two", "--as-of", "2026-11-21", "--jobs", "1")
    assert done.exit_code == 0, done.output
    found = cohort("compare", one, tmp_path / "two")
    assert "0 of 5 people change" in found.output
    assert "different days" in found.output


def test_rows_of_one_person_are_told_apart_by_place_and_day(tmp_path: Path) -> None:
    twice = run(tmp_path / "twice", *as_messages(tmp_path, [*PEOPLE[:3], *PEOPLE[:1]]))
    found = cohort("compare", twice, twice)
    assert "0 of 4 people change" in found.output
    days = [{**PEOPLE[0], "asOf": day} for day in ("2026-11-20", "2026-11-21")]
    file = write_lines(tmp_path / "days.ndjson", days)
    done = cohort("run", file, "--output", tmp_path / "days", "--jobs", "1")
    assert done.exit_code == 0, done.output
    assert "0 of 2 people change" in cohort("compare", tmp_path / "days", tmp_path / "days").output


def test_what_is_no_finished_run_is_refused(runs: tuple[Path, Path], tmp_path: Path) -> None:
    done = cohort("compare", runs[0], tmp_path)
    assert (done.exit_code, "no finished run" in done.output) == (2, True)
    (tmp_path / "manifest.json").write_text(json.dumps({"rows": 1}), "utf-8")
    (tmp_path / "rows.parquet").write_bytes(b"PAR1")
    done = cohort("compare", runs[0], tmp_path)
    assert (done.exit_code, "cannot be read" in done.output) == (3, True)
