"""Looks the locked packages up among the published advisories, with pip-audit.

A package that could not be looked up is said to be so, never counted as clean: the audit then ends
with 3, and where none could be looked up it was `skipped`.
"""

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from environment import LOCK, make_empty, pip_into

CLEAN, FOUND, NOT_AUDITED = 0, 1, 3


def audit() -> int:
    """Prints each advisory; 1 when there is one, 3 where a package could not be looked up."""
    answer = _ask()
    if answer is None:
        print("audit: skipped: pip-audit or its advisory database cannot be reached")
        return NOT_AUDITED
    lines, code = report(answer)
    print("\n".join(lines))
    return code


def report(answer: dict[str, Any]) -> tuple[list[str], int]:
    """What to print, and the exit code."""
    packages = answer["dependencies"]
    unseen = [package["name"] for package in packages if "skip_reason" in package]
    advisories = [line for package in packages for line in _advisories(package)]
    seen = len(packages) - len(unseen)
    if not seen:
        return ["audit: skipped: the advisory database knows none of the packages"], NOT_AUDITED
    lines = [*advisories, f"audit: {seen} packages looked up, {len(advisories)} advisories"]
    if unseen:
        lines.append(f"audit: could not be looked up: {', '.join(unseen)}")
    if advisories:
        return lines, FOUND
    return lines, NOT_AUDITED if unseen else CLEAN


def _advisories(package: dict[str, Any]) -> list[str]:
    return [
        f"{package['name']} {package['version']}: {entry['id']}"
        f" (fixed in {', '.join(entry['fix_versions']) or 'no version yet'})"
        for entry in package.get("vulns", [])
    ]


def _ask() -> dict[str, Any] | None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "audit")
        make_empty(folder)
        install = [*pip_into(folder), "install", "-qq", "pip-audit"]
        if subprocess.run(install, check=False).returncode != 0:
            return None
        command = [
            str(folder / "bin" / "python"),
            "-m",
            "pip_audit",
            "--disable-pip",
            "--format",
            "json",
        ]
        command += ["--progress-spinner", "off", "--requirement", str(LOCK)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        return None
    return answer
