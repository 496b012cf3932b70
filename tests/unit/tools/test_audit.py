from typing import Any

from audit import report

CLEAN = {"name": "flask", "version": "3.1", "vulns": []}
UNSEEN = {"name": "click", "skip_reason": "not found"}
BAD = {"name": "jinja2", "version": "3.0", "vulns": [{"id": "GHSA-1", "fix_versions": ["3.1"]}]}


def report_of(*packages: dict[str, Any]) -> tuple[list[str], bool]:
    return report({"dependencies": list(packages)})


def test_advisory_is_named_with_its_repair() -> None:
    lines, found = report_of(CLEAN, BAD)
    assert found
    assert lines == [
        "jinja2 3.0: GHSA-1 (fixed in 3.1)",
        "audit: 2 packages looked up, 1 advisories",
    ]


def test_package_that_was_not_looked_up_is_not_called_clean() -> None:
    lines, found = report_of(CLEAN, UNSEEN)
    assert not found
    assert lines[-1] == "audit: could not be looked up: click"


def test_audit_that_saw_nothing_says_skipped() -> None:
    lines, found = report_of(UNSEEN)
    assert (lines[0].startswith("audit: skipped"), found) == (True, False)
