"""The page of conformance names tests that exist, each row once."""

import re
from pathlib import Path

import invariants

ROOT = Path(__file__).resolve().parents[2]
INVARIANT = re.compile(r"cds_[a-z]+_\d")
ROWS = re.compile(r"^\| (\d+) \| ([^|]+) \| ([^|]+) \| (.+) \|$", re.MULTILINE)
LINKS = re.compile(r"\]\((\.\./tests/[^)]+)\)")
PAGE = (ROOT / "docs" / "conformance.md").read_text("utf-8")


def rows() -> list[tuple[int, str]]:
    return [(int(number), held) for number, _, _, held in ROWS.findall(PAGE)]


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
    assert set(re.findall(r"`(test_\w+)`", PAGE)) - written == set()


def test_every_invariant_stands_on_the_page() -> None:
    names = [name.replace("_", "-") for name in vars(invariants) if INVARIANT.fullmatch(name)]
    assert re.findall(r"^\| `(cds-[a-z]+-\d)` \|", PAGE, re.MULTILINE) == names


def test_every_row_is_held_or_says_why_not() -> None:
    for number, held in rows():
        assert held.startswith(("`test_", "not: ")), number


def test_every_test_with_a_row_stands_in_its_row() -> None:
    told = dict(rows())
    for file in (ROOT / "tests").rglob("test_*.py"):
        for name in re.findall(r"^def (test_\w*row_\w+)\(", file.read_text("utf-8"), re.MULTILINE):
            for number in re.findall(r"row_(\d{3})", name):
                assert int(number) not in told or f"`{name}`" in told[int(number)], name


def test_every_row_says_what_is_required_and_in_which_file_it_is_held() -> None:
    for number, _, required, held in ROWS.findall(PAGE):
        assert len(required.split()) > 1, number
        files = [(ROOT / "docs" / path).read_text("utf-8") for path in LINKS.findall(held)]
        for name in re.findall(r"`(test_\w+)`", held):
            assert any(f"def {name}(" in text for text in files), f"{number}: {name}"
