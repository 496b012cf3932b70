"""The manifest of a run: from what, by which knowledge, to which counts."""

import json
from pathlib import Path
from typing import Any

from msgspec import Struct, to_builtins

from cobalamin.service.cohort.errors import CohortUsageError
from cobalamin.service.cohort.execution.job import Job
from cobalamin.service.cohort.execution.plan import Input
from cobalamin.service.cohort.input.files import hash_of
from cobalamin.service.cohort.output.results import COUNTED, REFUSED, ROWS, TABLE, Totals
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.version import VERSION

MANIFEST = "manifest.json"
Json = dict[str, Any]


class Run(Struct, frozen=True, kw_only=True):
    """A finished run."""

    profile: Profile
    job: Job
    inputs: tuple[Input, ...]
    totals: Totals
    passed: dict[str, int]
    seconds: float

    @property
    def rows(self) -> int:
        """How many patients have a row."""
        return sum(self.totals["outcomes"].values())

    @property
    def refused(self) -> int:
        """How many lines, documents and patients have none."""
        return sum(self.totals["refused"].values())


def write_manifest(output: Path, run: Run) -> None:
    """Writes the manifest last: a folder that has one holds whole results."""
    knowledge = run.profile.knowledge
    manifest: Json = {
        "version": VERSION,
        "profile": knowledge.profile,
        "knowledge": {
            "version": knowledge.version,
            "hash": knowledge.hash,
            "site": knowledge.site,
        },
        "asOf": None if run.job.on is None else run.job.on.isoformat(),
        "today": run.job.today.isoformat(),
        "mapping": run.job.mapping,
        "codesCountedInEach": run.job.sample,
        "inputs": to_builtins(run.inputs),
        "rows": run.rows,
        "outcomes": run.totals["outcomes"],
        "refused": run.totals["refused"],
        "resourcesNotRead": run.passed,
        "seconds": run.seconds,
        "files": {name: hash_of(output / name) for name in (ROWS, TABLE, REFUSED, COUNTED)},
    }
    unfinished = output / f"{MANIFEST}.unfinished"
    unfinished.write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", "utf-8")
    unfinished.rename(output / MANIFEST)


def read_manifest(output: Path) -> Json:
    """The manifest of a finished run.

    Raises:
        CohortUsageError: the folder holds none.
    """
    try:
        read: Json = json.loads((output / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        raise CohortUsageError(f"{output}: holds no finished run (no {MANIFEST})") from None
    return read
