"""Ids by which what belongs to one patient is brought together: blanks, and ids used twice."""

import sys
from pathlib import Path

import pytest

from bad_cohorts import PEOPLE, blank_ids, medications_of_one_id
from cobalamin.service.cohort.input.table.scan import BLANK
from cohorts import as_long_csv, refusals_of, rows_of, run

pytest.importorskip("duckdb", reason="DuckDB has no wheel for this machine")


def test_blanks_around_an_id_are_no_part_of_it(tmp_path: Path) -> None:
    output = run(tmp_path / "out", *blank_ids(tmp_path))
    assert refusals_of(output) == [("long.csv", "11", "no-id"), ("long.csv", "21", "no-id")]
    whole = run(tmp_path / "whole", *as_long_csv(tmp_path, PEOPLE))
    assert [row["subject"] for row in rows_of(output)] == [row["subject"] for row in rows_of(whole)]


def test_every_character_that_strip_takes_away_is_a_blank() -> None:
    assert set(BLANK) == {one for one in map(chr, range(sys.maxunicode + 1)) if one.isspace()}


def test_a_medication_id_of_two_medicines_leads_to_neither(tmp_path: Path) -> None:
    arguments = medications_of_one_id(tmp_path)
    output = run(tmp_path / "out", *arguments)
    other_way = run(tmp_path / "other", *reversed(arguments))
    assert (output / "rows.csv").read_bytes() == (other_way / "rows.csv").read_bytes()
    lost = {row["subject"] for row in rows_of(output) if "medication-not-found" in row["notes"]}
    assert lost == {f"Patient/{PEOPLE[1]['patient']['id']}"}
