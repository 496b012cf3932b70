"""The published list of note codes."""

import re
from pathlib import Path

from cobalamin.fhir.decode import issues
from cobalamin.fhir.decode.issues import Remark

FHIR = Path(issues.__file__).parents[1]
CDS_HOOKS = FHIR.parent / "service" / "cds_hooks"
OTHERS = "".join(
    path.read_text("utf-8")
    for path in (*FHIR.rglob("*.py"), *CDS_HOOKS.glob("*.py"))
    if path.name != "issues.py"
)


def test_every_remark_is_made_somewhere() -> None:
    for remark in Remark:
        assert f"Remark.{remark.name}" in OTHERS, remark.name


def test_every_code_is_kebab_case_and_its_own() -> None:
    codes = [remark.code for remark in Remark]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code) for code in codes)


def test_every_severity_is_one_of_two() -> None:
    assert {remark.value.severity for remark in Remark} == {"warning", "information"}
