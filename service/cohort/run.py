"""A run over a population: planned, done by all cores, resumed where it was interrupted."""

import fcntl
import os
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cobalamin.service.cohort.database import connect
from cobalamin.service.cohort.errors import CohortError, CohortUsageError
from cobalamin.service.cohort.execution.job import Job
from cobalamin.service.cohort.execution.plan import RunPlan, WorkUnit
from cobalamin.service.cohort.execution.pool import open_pool
from cobalamin.service.cohort.execution.resume import load_or_make_plan
from cobalamin.service.cohort.input.table.mapping import load_mapping
from cobalamin.service.cohort.input.table.staging import stage_table
from cobalamin.service.cohort.manifest import MANIFEST, Run, write_manifest
from cobalamin.service.cohort.options import Engine, RunOptions
from cobalamin.service.cohort.output.results import write_results
from cobalamin.service.cohort.progress import Progress
from cobalamin.service.cohort.refusals import Refusals
from cobalamin.service.cohort.spark.engine import assess_on_spark

WORK, STAGED = "work", "tables.done"
NOT_RESUMED = (
    "a run on Spark is not resumed: Spark itself does lost tasks again; leave --resume out"
)
LEFT = "holds what a run left that was interrupted; remove it, or name another folder"
FINISHED = "holds a finished run; name another folder"
INTERRUPTED = "holds a run that was interrupted; add --resume, or name another folder"


def run_cohort(options: RunOptions, progress: Progress) -> Run:
    """Assesses every patient of the inputs; the results stand in the output folder.

    Raises:
        CohortError: an input, the mapping or the folder cannot be used, or a worker was lost.
    """
    connect().close()
    on_spark = options.engine is Engine.spark
    if on_spark and options.resume:
        raise CohortUsageError(NOT_RESUMED)
    began = time.time()
    work = _folder(options)
    with _locked(work):
        plan, job = load_or_make_plan(options, work, progress)
        _stage(plan, job, work, progress)
        if on_spark:
            passed = _do_on_spark(plan, job, options, progress)
        else:
            passed = _do(plan, job, work, options.jobs, progress)
        progress.begin("writing the results", 0)
        totals = write_results(work, options.output)
        progress.end()
        run = Run(
            profile=options.profile,
            job=job,
            inputs=plan.inputs,
            totals=totals,
            passed=passed,
            seconds=round(time.time() - began, 1),
        )
        write_manifest(options.output, run)
    shutil.rmtree(work)
    return run


def _folder(options: RunOptions) -> Path:
    """The folder of the work, new or to be gone on with."""
    output, work = options.output, options.output / WORK
    if (output / MANIFEST).exists():
        raise CohortUsageError(f"{output}: {FINISHED}")
    if work.exists() and not options.resume:
        why = INTERRUPTED if options.engine is Engine.local else LEFT
        raise CohortUsageError(f"{output}: {why}")
    try:
        work.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CohortError(f"{output}: cannot be written to ({error.strerror})") from None
    return work


@contextmanager
def _locked(work: Path) -> Iterator[None]:
    """Keeps a second run out of the folder."""
    with (work / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CohortUsageError(f"{work.parent}: another run works in this folder") from None
        yield


# --- the work


def _stage(plan: RunPlan, job: Job, work: Path, progress: Progress) -> None:
    """Sorts the rows of tables into buckets, all of them or anew."""
    done = work / STAGED
    if not plan.tables or job.mapping is None or done.exists():
        return
    progress.begin("reading the tables", 0)
    for left in work.glob("table-*"):
        shutil.rmtree(left)
    mapping = load_mapping(Path(job.mapping))
    with (work / "tables.refused").open("w", encoding="utf-8", newline="") as file:
        refusals = Refusals.to_file(file)
        for at, table in enumerate(plan.tables):
            stage_table(table, at, mapping, work, plan.buckets, refusals)
        file.flush()
        os.fsync(file.fileno())
    done.touch()


def _do(plan: RunPlan, job: Job, work: Path, jobs: int, progress: Progress) -> dict[str, int]:
    passed: Counter[str] = Counter()
    with open_pool(job, jobs) as pool:
        if plan.bulk:
            progress.begin("sorting by patient", plan.size)
            for unit, counts in pool.run(plan.bulk):
                progress.add(unit.size, 0)
                passed.update(counts.passed)
        units = (*plan.units, *_buckets(plan, work))
        progress.begin("assessing", sum(unit.size for unit in units))
        for unit, counts in pool.run(units):
            progress.add(unit.size, counts.rows)
        progress.end()
    return dict(passed)


def _do_on_spark(
    plan: RunPlan, job: Job, options: RunOptions, progress: Progress
) -> dict[str, int]:
    """The same on Spark; a run that fails leaves nothing behind, since it is not gone on with."""
    try:
        return assess_on_spark(plan, job, options.profile, options.master, progress)
    except BaseException:
        shutil.rmtree(job.folder, ignore_errors=True)
        raise


def _buckets(plan: RunPlan, work: Path) -> Iterator[WorkUnit]:
    """A unit for each bucket that holds anything."""
    for at in range(plan.buckets):
        folders = [work / "bulk" / f"{at:06}", *work.glob(f"table-*/bucket={at}")]
        size = sum(file.stat().st_size for folder in folders for file in folder.glob("*"))
        if size:
            yield WorkUnit(f"bucket-{at:06}", (), size)
