"""Prints service/knowledge/review/cases.json: the cases that hold each step, and their profiles.

A signature of a step covers its cases of the profile: one whose given cells or outcome change, one
more or one less, lapses it, and a review shows both. Cases that state no step count for the reading
of results. Where a row stands does not count.
"""

import json
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "spec"))
from spec_tables import Row, all_rows  # noqa: E402 - the path must be there first


def case_line(row: Row) -> str:
    """A case as one line: what is known, and what must come out."""
    expected = "; ".join(f"{name}: {cell}" for name, cell in sorted(row.expected.items()))
    return f"{row.given or 'nothing known'} = {expected}"


def cases_by_step(rows: Iterable[Row]) -> dict[str, dict[str, list[str]]]:
    """The profiles of each case of each step; cases that state none are under `reading`."""
    by_step: dict[str, dict[str, set[str]]] = {}
    for row in rows:
        cases = by_step.setdefault(row.expected.get("rung", "reading"), {})
        cases.setdefault(case_line(row), set()).update(row.profiles)
    return {
        step: {line: sorted(profiles) for line, profiles in sorted(cases.items())}
        for step, cases in sorted(by_step.items())
    }


if __name__ == "__main__":
    by_step = cases_by_step(all_rows())
    lines = [
        f"{json.dumps(step)}: {{\n"
        + ",\n".join(
            f" {json.dumps(line, ensure_ascii=False)}: {json.dumps(profiles)}"
            for line, profiles in cases.items()
        )
        + "\n}"
        for step, cases in by_step.items()
    ]
    sys.stdout.write("{\n" + ",\n".join(lines) + "\n}\n")
