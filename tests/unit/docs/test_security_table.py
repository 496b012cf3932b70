"""The security requirements: each test that is named is there, each other row has a reason."""

import re

import pytest

from app import ROOT

PAGE = ROOT / "docs" / "asvs.md"
HELD, OTHERS = PAGE.read_text("utf-8").split("## Not held by a test")
NUMBER = re.compile(r"\b\d{1,2}\.\d{1,2}\.\d{1,2}\b")


def rows(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("| ") and NUMBER.search(line)]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


@pytest.mark.parametrize("row", rows(HELD), ids=lambda row: NUMBER.findall(row[0])[0])
def test_each_test_that_is_named_exists(row: list[str]) -> None:
    named = re.findall(r"`(tests/[^`]+)`: ((?:`[^`]+`(?:, )?)+)", row[2])
    assert named
    assert len(named) == row[2].count("`tests/")
    for file, names in named:
        known = (ROOT / file).read_text("utf-8")
        for name in re.findall(r"`([^`]+)`", names):
            assert f"def test_{name}(" in known, (file, name)


def test_each_requirement_has_one_place_and_each_other_row_a_reason() -> None:
    numbers = NUMBER.findall(" ".join(row[0] for row in [*rows(HELD), *rows(OTHERS)]))
    assert len(numbers) == len(set(numbers))
    assert len(numbers) > 70
    assert all(len(row[1].split()) > 3 for row in rows(OTHERS))
