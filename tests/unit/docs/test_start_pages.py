"""The start page, the index of decisions, and the map of packages are complete."""

import re
from pathlib import Path

from cobalamin.service.knowledge.profile_list import profile_ids

ROOT = Path(__file__).resolve().parents[3]
DOCS = ROOT / "docs"


def test_every_decision_is_in_the_index() -> None:
    index = (DOCS / "decisions" / "README.md").read_text("utf-8").partition("## Why not")[0]
    pages = {page.name for page in (DOCS / "decisions").glob("0*.md")}
    listed = re.findall(r"\((0[\w-]+\.md)\)", index)
    assert set(listed) == pages
    numbers = [page[:4] for page in listed]
    assert numbers == sorted(set(numbers))
    row = r"^\| \[(\d{4})\]\(\1-[\w-]+\.md\) \| \d{4}-\d\d-\d\d \| (?:in force|replaced)[^|]* \| "
    assert len(re.findall(row, index, re.MULTILINE)) == len(pages)
    for page in pages:
        assert (DOCS / "decisions" / page).read_text("utf-8").startswith(f"# {page[:4]}: ")


def test_every_page_is_reached_from_the_start_page() -> None:
    start = (DOCS / "README.md").read_text("utf-8")
    reached = set(re.findall(r"\(([\w./-]+\.md)", start))
    pages = {page.name for page in DOCS.glob("*.md")} - {"README.md"}
    assert pages - reached == set()


def test_every_package_is_in_the_map() -> None:
    shown = set(
        re.findall(r"^\| `([\w/]+)/`", (ROOT / "ARCHITECTURE.md").read_text("utf-8"), re.MULTILINE)
    )
    packages = {
        str(init.parent.relative_to(ROOT))
        for top in ("service", "fhir", "schemas")
        for init in (ROOT / top).rglob("__init__.py")
    }
    inner = {"service", "service/rules"}
    missing = {
        name
        for name in packages - inner - shown
        if not any(name.startswith(f"{part}/") for part in shown)
    }
    assert missing == set()
    assert {name for name in shown if not (ROOT / name).is_dir()} == set()


def test_every_profile_is_in_the_table_of_settings() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    (row,) = (line for line in readme.splitlines() if line.startswith("| `COBALAMIN_PROFILE`"))
    assert [name for name in profile_ids() if f"`{name}`" not in row] == []


def test_every_file_that_a_newcomer_is_sent_to_exists() -> None:
    guide = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    section = guide[guide.index("## How to add") :]
    named = set(re.findall(r"`((?:service|tests|docs|tools)/[\w./-]+)`", section))
    assert len(named) > 20
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


def test_every_file_of_the_table_where_is_exists() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    section = page[page.index("## Where is") : page.index("## How the engine reasons")]
    named = set(re.findall(r"`((?:service|fhir)/[\w./-]+)`", section))
    assert len(named) > 20
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


def test_the_example_of_a_new_symptom_is_as_the_files_have_it() -> None:
    guide = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    section = guide[guide.index("### Example: a symptom") : guide.index("By contributing")]
    before, *blocks = re.split(r"^```", section, flags=re.MULTILINE)
    shown = dict(zip(([before, *blocks[1::2]]), blocks[::2], strict=False))
    assert len(shown) == 5
    for text, block in shown.items():
        path = re.findall(r"`((?:service|tests)/[\w./-]+)`", text)[-1]
        lines = block.partition("\n")[2]
        assert lines.strip()
        assert lines in (ROOT / path).read_text("utf-8"), path
