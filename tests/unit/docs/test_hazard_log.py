"""Every hazard names a control that a test holds, and that test exists."""

import re
from pathlib import Path

import pytest

from spec_tables import all_rows

ROOT = Path(__file__).resolve().parents[3]
LOG = (ROOT / "docs" / "safety" / "README.md").read_text("utf-8")
HAZARDS = re.findall(r"^\| (H\d+) \|.*\| (spec|unit): (.+) \|$", LOG, re.MULTILINE)
TITLES = {row.title for row in all_rows()}


@pytest.mark.parametrize(("hazard", "kind", "test"), HAZARDS)
def test_the_named_test_exists(hazard: str, kind: str, test: str) -> None:
    exists = test in TITLES if kind == "spec" else (ROOT / test).is_file()
    assert exists, f"{hazard} names {test}, which is not there"


def test_every_hazard_row_names_a_test() -> None:
    rows = re.findall(r"^\| H\d+ \|", LOG, re.MULTILINE)
    assert len(rows) == len(HAZARDS) >= 14
