"""The work of a run on Spark: the records become the files that the results are written from."""

import shutil
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING

from cobalamin.service.cohort import code_counts, refusals
from cobalamin.service.cohort.database import connect, quoted
from cobalamin.service.cohort.execution.job import Job
from cobalamin.service.cohort.execution.plan import RunPlan
from cobalamin.service.cohort.input.table.mapping import TableMapping, load_mapping
from cobalamin.service.cohort.output.columns import COLUMNS
from cobalamin.service.cohort.progress import Progress
from cobalamin.service.cohort.spark.bulk import assess_bulk_units
from cobalamin.service.cohort.spark.documents import assess_units
from cobalamin.service.cohort.spark.records import COUNTED, PASSED, REFUSED, ROWS
from cobalamin.service.cohort.spark.session import open_session, partitions_for
from cobalamin.service.cohort.spark.shared import Shared
from cobalamin.service.cohort.spark.tables import FILE, NUMBER, assess_rows
from cobalamin.service.knowledge.profile import Profile

if TYPE_CHECKING:
    from pyspark import Broadcast
    from pyspark.sql import DataFrame, SparkSession

RECORDS = "spark"


def assess_on_spark(
    plan: RunPlan, job: Job, profile: Profile, master: str | None, progress: Progress
) -> dict[str, int]:
    """Writes rows, refusals and codes into the folder of the job; counts what was passed over.

    Raises:
        CohortError: Spark is not there, cannot be started, or ended the work.
    """
    folder = Path(job.folder)
    mapping = None if job.mapping is None else load_mapping(Path(job.mapping))
    with open_session(master) as spark:
        progress.begin("assessing on Spark", plan.size)
        told = Shared.of(
            profile,
            site=None if job.site is None else Path(job.site),
            today=job.today,
            on=job.on,
            mapping=mapping,
            laboratory=job.laboratory,
            sample=job.sample,
        )
        shared = spark.sparkContext.broadcast(told)
        records = _records(spark, plan, folder, mapping, shared)
        # The scheme says that it is no address of the cluster's own file system.
        records.write.parquet(f"file://{folder.absolute() / RECORDS}")
    passed = _take_over(folder)
    shutil.rmtree(folder / RECORDS)
    progress.end()
    return passed


def _records(
    spark: "SparkSession",
    plan: RunPlan,
    folder: Path,
    mapping: TableMapping | None,
    shared: "Broadcast[Shared]",
) -> "DataFrame":
    found = []
    if plan.units:
        found.append(assess_units(spark, plan.units, shared))
    if plan.bulk:
        size = sum(unit.size for unit in plan.bulk)
        found.append(assess_bulk_units(spark, plan.bulk, shared, partitions_for(spark, size)))
    staged = [f"file://{table.absolute()}" for table in sorted(folder.glob("table-*"))]
    if staged and mapping is not None:
        rows = spark.read.option("recursiveFileLookup", "true").parquet(*staged)
        partitions = max(partitions_for(spark, 0), plan.buckets)
        found.append(assess_rows(rows, mapping, shared, partitions, (FILE, NUMBER)))
    return reduce(lambda one, other: one.union(other), found)


def _take_over(folder: Path) -> dict[str, int]:
    """The records as the files that workers of the local engine leave; the counts of `passed`."""
    columns = {ROWS: COLUMNS, REFUSED: refusals.COLUMNS, COUNTED: code_counts.COLUMNS}
    with connect(folder / "spill") as database:
        source = f"read_parquet({quoted(str(folder / RECORDS / '*.parquet'))})"
        for what, named in columns.items():
            cells = ", ".join(f"nullif(cells[{at + 1}], '')" for at in range(len(named)))
            target = quoted(str(folder / f"spark.{what}"))
            database.execute(
                f"COPY (SELECT {cells} FROM {source} WHERE what = {quoted(what)}) "  # noqa: S608
                f"TO {target} (FORMAT csv, HEADER false, DELIMITER ',', QUOTE '\"', ESCAPE '\"')"
            )
        counted = database.sql(
            f"SELECT cells[1], CAST(sum(CAST(cells[2] AS BIGINT)) AS BIGINT) FROM {source} "  # noqa: S608
            f"WHERE what = {quoted(PASSED)} GROUP BY 1 ORDER BY 1"
        )
        return {str(name): int(count) for name, count in counted.fetchall()}
