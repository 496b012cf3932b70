"""The pages of decisions and their index say the same, and what they name exists."""

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
DECISIONS = ROOT / "docs" / "decisions"
PAGES = sorted(DECISIONS.glob("0*.md"))
INDEX = (DECISIONS / "README.md").read_text("utf-8")
# Paths of files that an old decision gave up, and that its page names as gone.
GIVEN_UP = {
    "0001-import-names-without-a-folder.md": {"fhir/__init__.py"},
    "0006-names-of-the-field.md": {"kept.py", "result_order.py", "service/http/correlation.py"},
}
_FOLDERS = "service|fhir|schemas|tests|tools|docs|deploy|rules|terminology"
_PATH = re.compile(rf"`((?:{_FOLDERS})/[\w./*{{}}-]+|[\w/-]+\.(?:py|sh))`")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page_and_index_have_the_same_title_date_and_status(page: Path) -> None:
    row = rf"^\| \[{page.name[:4]}\]\({page.name}\) \| (\S+) \| ([^|]+) \| ([^|]+) \|$"
    ((date, status, title),) = re.findall(row, INDEX, re.MULTILINE)
    heading, _, line, *_ = page.read_text("utf-8").splitlines()
    assert heading == f"# {page.name[:4]}: {title}"
    assert line == f"Date: {date}. Status: {status}."


def test_what_was_not_taken_is_named_on_the_page_that_the_index_gives() -> None:
    section = INDEX[INDEX.index("## Why not") :]
    rows = re.findall(r"^\| (.+?) \| .+? \| (\[0.+?) \|$", section, re.MULTILINE)
    assert len(rows) >= 20
    for wanted, links in rows:
        names = re.findall(r"\*\*\*?(.+?)\*", wanted)
        assert names, wanted
        for page in re.findall(r"\((0[\w-]+\.md)\)", links):
            text = " ".join((DECISIONS / page).read_text("utf-8").lower().split())
            assert [name for name in names if name.lower() not in text] == [], page


@cache
def _files() -> tuple[str, ...]:
    return tuple(
        str(file)
        for top in _FOLDERS.split("|")[:7]
        for end in ("py", "sh")
        for file in (ROOT / top).rglob(f"*.{end}")
    )


def _missing(page: Path) -> set[str]:
    named = {path.rstrip("/") for path in _PATH.findall(page.read_text("utf-8")) if "*" not in path}
    return {
        path
        for path in named - GIVEN_UP.get(page.name, set())
        if not (ROOT / path).exists()
        and not any(file.endswith(f"/{path}") for file in _files() if "/" not in path)
    }


@pytest.mark.parametrize(
    "page",
    [
        *PAGES,
        *sorted((ROOT / "docs").glob("*.md")),
        *(page for page in sorted(ROOT.glob("*.md")) if page.name != "CHANGELOG.md"),
    ],
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_every_path_on_a_page_exists(page: Path) -> None:
    assert _missing(page) == set()
