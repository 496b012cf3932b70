"""The page of conformance names tests that exist, each row once."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROWS = re.compile(r"^\| (\d+) \| ([^|]+) \| (.+) \|$", re.MULTILINE)


def rows() -> list[tuple[int, str]]:
    text = (ROOT / "docs" / "conformance.md").read_text("utf-8")
    return [(int(number), held) for number, _, held in ROWS.findall(text)]


def test_every_row_stands_once_and_in_order() -> None:
    numbers = [number for number, _ in rows()]
    assert numbers == sorted(set(numbers))
    assert len(numbers) > 100


def test_every_test_that_is_named_exists() -> None:
    written = {
        name
        for file in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)\(", file.read_text("utf-8"), re.MULTILINE)
    }
    named = {name for _, held in rows() for name in re.findall(r"`(test_\w+)`", held)}
    assert named - written == set()


def test_every_row_is_held_or_says_why_not() -> None:
    for number, held in rows():
        assert held.startswith(("`test_", "not: ")), number


def test_every_test_with_a_row_stands_in_its_row() -> None:
    told = dict(rows())
    for file in (ROOT / "tests").rglob("test_*.py"):
        for name in re.findall(r"^def (test_\w*row_\w+)\(", file.read_text("utf-8"), re.MULTILINE):
            for number in re.findall(r"row_(\d{3})", name):
                assert int(number) not in told or f"`{name}`" in told[int(number)], name
