from typing import Any

import pytest

import audit as advisories
from audit import report

CLEAN = {"name": "flask", "version": "3.1", "vulns": []}
UNSEEN = {"name": "click", "skip_reason": "not found"}
BAD = {"name": "jinja2", "version": "3.0", "vulns": [{"id": "GHSA-1", "fix_versions": ["3.1"]}]}


def report_of(*packages: dict[str, Any]) -> tuple[list[str], int]:
    return report({"dependencies": list(packages)})


def test_advisory_is_named_with_its_repair() -> None:
    lines, code = report_of(CLEAN, BAD)
    assert code == 1
    assert lines == [
        "jinja2 3.0: GHSA-1 (fixed in 3.1)",
        "audit: 2 packages looked up, 1 advisories",
    ]


def test_package_that_was_not_looked_up_is_not_called_clean() -> None:
    lines, code = report_of(CLEAN, UNSEEN)
    assert code == 3
    assert lines[-1] == "audit: could not be looked up: click"


def test_audit_that_saw_nothing_says_skipped() -> None:
    lines, code = report_of(UNSEEN)
    assert (lines[0].startswith("audit: skipped"), code) == (True, 3)


def test_audit_without_an_answer_is_no_clean_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(advisories, "_ask", lambda: None)
    assert advisories.audit() == 3
    assert capsys.readouterr().out.startswith("audit: skipped")


def test_only_an_audit_of_every_package_is_clean() -> None:
    assert report_of(CLEAN)[1] == 0
    assert report_of(BAD, UNSEEN)[1] == 1
