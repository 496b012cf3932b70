"""Every command that a page prints is run here, or in the test that is named beside its page."""

import re
import shutil
from pathlib import Path

import pytest

from app import ROOT
from databases import free_port
from documented import blocks, commands, pages, run_blocks, unknown_words
from serving import serving

NEEDS_CURL = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
WHOLE = ("laboratory.md", "plain-form.md", "batches.md")
# Pages whose blocks run elsewhere, each with where.
ELSEWHERE = {
    "security.md": "tests/functional/test_documented_administration.py",
    "records.md": "tests/functional/test_documented_administration.py",
    "site.md": "tests/functional/test_documented_administration.py",
    "cohorts.md": "tests/functional/test_documented_administration.py",
    "cohorts-spark.md": "tests/spark/test_spark_page.py",
    "operations.md": "tests/functional/test_backup_and_restore.py",
    "container.md": "deploy/container_page.py",
    "mllp.md": "tests/functional/test_mllp_senders.py",
    "deploying.md": "tests/functional/test_stack.py",
    "sandbox.md": "tests/functional/test_sandbox_patients.py",
}


def test_every_page_with_commands_is_run_somewhere() -> None:
    printing = {page.name for page in pages() if blocks(page)}
    assert printing == {"README.md", *WHOLE, *ELSEWHERE}
    for page, program in ELSEWHERE.items():
        assert f'"{page}"' in (ROOT / program).read_text("utf-8"), page


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_and_option_that_is_named_exists(page: Path) -> None:
    for words in commands(page):
        assert unknown_words(words) is None, " ".join(words)


def test_a_command_that_does_not_exist_is_seen() -> None:
    assert unknown_words(["assess", "FILE", "--format", "text"]) is None
    assert unknown_words(["assess", "--colour"]) == "--colour"
    assert unknown_words(["db", "downgrade"]) == "downgrade"


def blocks_of(name: str) -> list[str]:
    return blocks(ROOT / "docs" / name)


@NEEDS_CURL
def test_the_first_hour_of_a_laboratory_works_as_printed(tmp_path: Path) -> None:
    printed = run_blocks(blocks_of("laboratory.md"), tmp_path, free_port())
    assert re.search(r"could be assessed +0 .*could be assessed +4 +100\.0", printed, re.DOTALL)
    assert '"HOLO" = "b12_active"  # proposed by its name' in printed
    assert all(f"MSA|AA|L{number}" in printed for number in range(1, 5))
    assert "answered\t4\n" in printed
    assert "MSA|AA|C1" in printed
    assert "\nZCB|advice|deficient|required|" in printed
    assert "Cobalamin-Comment: deficient" in printed
    assert "code VB12 of L is read as b12_total" in printed


@NEEDS_CURL
def test_the_request_of_the_readme_and_batches_work_as_printed(tmp_path: Path) -> None:
    readme = [block for block in blocks(ROOT / "README.md") if "make" not in block]
    texts = [*readme, *blocks_of("batches.md"), *blocks_of("plain-form.md")]
    with serving(tmp_path, WEB_CONCURRENCY="1") as server:
        printed = run_blocks(texts, tmp_path, server.port, COBALAMIN_ENVIRONMENT="development")
    assert '"indicator":"' in printed
    assert "205 pg/mL" in printed
    assert '{"summary":' in printed
    assert (tmp_path / "var" / "before" / "report" / "index.html").is_file()
