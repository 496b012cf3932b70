"""The published list of note codes."""

import re
from pathlib import Path

from cobalamin.fhir.decode import issues
from cobalamin.fhir.decode.issues import Issue

FHIR = Path(issues.__file__).parents[1]
SERVICE = FHIR.parent / "service"
ADAPTERS = (SERVICE / "cds_hooks", SERVICE / "lab")
OTHERS = "".join(
    path.read_text("utf-8")
    for path in (file for folder in (FHIR, *ADAPTERS) for file in folder.rglob("*.py"))
    if path.name != "issues.py"
)


def test_every_remark_is_made_somewhere() -> None:
    for issue in Issue:
        assert f"Issue.{issue.name}" in OTHERS, issue.name


def test_every_code_is_kebab_case_and_its_own() -> None:
    codes = [issue.code for issue in Issue]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code) for code in codes)


def test_every_severity_is_one_of_two() -> None:
    assert {issue.value.severity for issue in Issue} == {"warning", "information"}
