"""Prints service/knowledge/review/cases.json: a digest of the cases that hold each step.

A signature of a step covers its cases: a case whose given cells or outcome change, one more or one
less, lapses it. Cases that state no step count for the reading of results. Where a row stands does
not count.
"""

import hashlib
import json
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "spec"))
from spec_tables import Row, all_rows  # noqa: E402 - the path must be there first


def case_line(row: Row) -> str:
    """A case as one line: what is known, in which profiles, and what must come out."""
    expected = "; ".join(f"{name}: {cell}" for name, cell in sorted(row.expected.items()))
    return f"{row.given} ({', '.join(row.profiles)}) = {expected}"


def cases_by_step(rows: Iterable[Row]) -> dict[str, list[str]]:
    """The cases of each step, sorted, and those that state none under `reading`."""
    by_step: dict[str, list[str]] = {}
    for row in rows:
        by_step.setdefault(row.expected.get("rung", "reading"), []).append(case_line(row))
    return {step: sorted(lines) for step, lines in sorted(by_step.items())}


def digests(rows: Iterable[Row]) -> dict[str, str]:
    """The digest of the cases of each step."""
    return {
        step: hashlib.sha256("\n".join(lines).encode()).hexdigest()
        for step, lines in cases_by_step(rows).items()
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(digests(all_rows()), indent=1) + "\n")
