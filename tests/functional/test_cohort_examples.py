"""The mapping of docs/cohorts.md, on made-up rows and on the survey where it is there."""

from collections import Counter
from pathlib import Path

import pytest

from app import EXAMPLES
from cohorts import refusals_of, rows_of, run, write_table
from population import ADULTS, adults_with_b12
from population import DAY as SURVEYED

pytest.importorskip("duckdb", reason="DuckDB has no wheel for this machine")
MAPPING = EXAMPLES / "cohort-mapping.toml"
DAY = SURVEYED.isoformat()
ROW = {
    "SEQN": "1",
    "gender": "2.0",
    "RIDAGEYR": "39.0",
    "pregnant": "0.0",
    "LBXB12": "170.0",
    "LBXMMA": "0.5",
    "LBDHCY": "",
    "LBXFOL": "9.9",
    "LBXFER": "20.0",
    "mcv": "88.1",
    "rdw": "12.0",
    "creat": "0.8",
}


def test_the_example_mapping_reads_a_row_of_the_survey(tmp_path: Path) -> None:
    rows = [ROW, {**ROW, "SEQN": "2", "gender": "1", "pregnant": "", "LBXB12": "400"}]
    file = write_table(tmp_path / "adults.csv", rows)
    output = run(tmp_path / "out", file, "--mapping", MAPPING, day=DAY)
    low, high = rows_of(output)
    assert (low["sex"], low["age"], low["pregnant"], low["band"]) == (
        "female",
        "39",
        "false",
        "deficient",
    )
    assert (low["b12_total"], low["b12_total_unit"], low["mma"]) == ("170.0", "pg/mL", "0.5")
    assert (high["sex"], high["band"]) == ("male", "unlikely")
    assert refusals_of(output) == []


@pytest.mark.skipif(not ADULTS.is_file(), reason=f"no survey data at {ADULTS.name}")
def test_the_survey_gives_the_bands_and_cards_of_the_document(tmp_path: Path) -> None:
    table = write_table(tmp_path / "adults.csv", adults_with_b12())
    output = run(tmp_path / "out", table, "--mapping", MAPPING, "--codes", "0", day=DAY)
    rows = rows_of(output)
    assert Counter(row["band"] for row in rows) == {
        "deficient": 80,
        "indeterminate": 1115,
        "unlikely": 3526,
    }
    cards = Counter((row["rung"], row["urgency"]) for row in rows if row["outcome"] == "advice")
    said = Path(EXAMPLES.parent / "cohorts.md").read_text("utf-8")
    for (rung, urgency), count in cards.items():
        line = next(one for one in said.splitlines() if one.startswith(f"| {rung} | {urgency} "))
        assert line.split("|")[4].split()[0] == str(count)
    assert f"{sum(cards.values())} ({1000 * sum(cards.values()) / len(rows):.1f} of 1000)" in said
