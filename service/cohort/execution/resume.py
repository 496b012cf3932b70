"""The plan of a run: made at its beginning, or kept from before it was interrupted."""

import json
import shutil
from hashlib import sha256
from pathlib import Path

import msgspec

from cobalamin.service.cohort.errors import CohortUsageError
from cobalamin.service.cohort.execution.job import Job
from cobalamin.service.cohort.execution.plan import RunPlan
from cobalamin.service.cohort.execution.planner import hash_inputs, make_plan
from cobalamin.service.cohort.options import Engine, RunOptions
from cobalamin.service.cohort.progress import Progress

PLAN = "plan.json"
CHANGED = "was made with other options or another version; start anew in another folder"
OTHER_INPUT = "an input is not what it was when the run began; start anew in another folder"
NO_MAPPING = "is a table: name the columns with --mapping"
BUCKETS_OF_ONE = 4


def load_or_make_plan(options: RunOptions, work: Path, progress: Progress) -> tuple[RunPlan, Job]:
    """The plan, and what its units have in common.

    Raises:
        CohortError: an input cannot be read, or is not what it was.
    """
    kept = work / PLAN
    if kept.exists():
        return _resumed(options, kept)
    progress.begin("reading the inputs", 0)
    for left in work.glob("unpacked-*"):
        shutil.rmtree(left)
    folder = work if options.engine is Engine.local else None
    plan = make_plan(options.paths, folder, _fingerprint(options), options.jobs * BUCKETS_OF_ONE)
    if plan.tables and options.mapping is None:
        raise CohortUsageError(f"{plan.tables[0]}: {NO_MAPPING}")
    job = Job(
        profile=options.profile.knowledge.profile,
        site=None if options.site is None else str(options.site),
        today=options.today,
        on=options.on,
        folder=str(work),
        mapping=None if options.mapping is None else str(options.mapping),
        laboratory=options.laboratory,
        sample=options.sample,
        buckets=plan.buckets,
    )
    unfinished = kept.with_suffix(".unfinished")
    unfinished.write_bytes(msgspec.json.encode((plan, job)))
    unfinished.rename(kept)
    return plan, job


def _resumed(options: RunOptions, kept: Path) -> tuple[RunPlan, Job]:
    plan, job = msgspec.json.decode(kept.read_bytes(), type=tuple[RunPlan, Job])
    if plan.options != _fingerprint(options):
        raise CohortUsageError(f"{options.output}: {CHANGED}")
    if dict(hash_inputs(options.paths)) != {item.file: item.sha256 for item in plan.inputs}:
        raise CohortUsageError(OTHER_INPUT)
    return plan, job


def _fingerprint(options: RunOptions) -> str:
    """What must be the same for a run to go on."""
    knowledge = options.profile.knowledge
    mapping = options.mapping.read_bytes() if options.mapping else b""
    parts = (
        knowledge.profile,
        knowledge.hash,
        knowledge.site,
        str(options.on),
        sha256(mapping).hexdigest(),
        options.laboratory,
        options.sample,
        options.engine,
    )
    return json.dumps(parts)
