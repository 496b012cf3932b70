"""The one lock file: hashed, free of index addresses, and in step with pyproject.toml."""

import re
import tomllib
from pathlib import Path

from locked import Pin, pins_of, read_lock

ROOT = Path(__file__).resolve().parents[2]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def asked_for(group: str | None) -> set[str]:
    """Names that the lock says the project itself asked for."""
    root = f"cobalamin (pyproject.toml{':' + group if group else ''})"
    return {pin.name for pin in read_lock(LOCK) if root in pin.wanted_by}


def named(requirements: list[str]) -> set[str]:
    names = (re.split(r"[\[<>=!~; ]", requirement)[0] for requirement in requirements)
    return {re.sub(r"[-_.]+", "-", name).lower() for name in names}


def has_hash(pin: Pin) -> bool:
    return any("--hash=sha256:" in line for line in pin.lines)


def test_every_pin_has_a_hash() -> None:
    assert [pin.name for pin in read_lock(LOCK) if not has_hash(pin)] == []


def test_lock_names_no_index() -> None:
    found = re.findall(
        r"^.*(?:://|index-url|find-links|\w\.(?:org|com|io|net)\b).*$", LOCK, re.MULTILINE
    )
    assert found == []


def test_lock_answers_every_requirement_of_the_project() -> None:
    groups = PROJECT["dependency-groups"]
    assert asked_for(None) == named(PROJECT["project"]["dependencies"])
    assert asked_for("build") == named(groups["build"])
    assert asked_for("dev") == named(groups["dev"])


def test_shipped_packages_leave_the_test_tools_out() -> None:
    shipped = {pin.name for pin in pins_of(read_lock(LOCK), ["runtime"])}
    assert {"flask", "werkzeug", "fhir-core"} <= shipped
    assert shipped.isdisjoint({"pytest", "mypy", "ruff", "setuptools"})
