"""DataFrames of Spark and Bulk Data are assessed where they are."""

import os
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from cobalamin.service.cohort.errors import CohortUsageError
from cobalamin.service.cohort.execution.planner import make_plan
from cobalamin.service.cohort.input.table.mapping import TableMapping, load_mapping
from cobalamin.service.cohort.spark.bulk import assess_bulk_units
from cobalamin.service.cohort.spark.records import refusals_of, rows_of
from cobalamin.service.cohort.spark.session import partitions_for
from cobalamin.service.cohort.spark.shared import Shared
from cobalamin.service.cohort.spark.tables import assess_rows
from cobalamin.service.knowledge.profile import load_profile
from cobalamin.service.knowledge.profile_list import profile_ids
from cobalamin.service.knowledge.site import load_site

if TYPE_CHECKING:
    from pyspark import Broadcast
    from pyspark.sql import DataFrame, SparkSession

NO_BULK = "is no file of single resources; `cobalamin cohort run` reads it"
StrPath = str | os.PathLike[str]


class AssessedDataFrame(Struct, frozen=True):
    """The rows of a population, and what gave none; both are DataFrames of Spark.

    `rows` has the columns of `rows.parquet`, one row a patient; `refused` has `file`, `number`,
    `subject`, `code` and `text`. Nothing is assessed before one of them is used, and it is done
    once: what it came to is kept by Spark until `unpersist`.
    """

    rows: "DataFrame"
    refused: "DataFrame"
    _records: "DataFrame"

    def unpersist(self) -> None:
        """Lets Spark forget what it keeps; whoever uses the rows again has all assessed anew."""
        self._records.unpersist()


def assess_frame(
    frame: "DataFrame",
    mapping: StrPath,
    *,
    profile: str = profile_ids()[0],
    site: StrPath | None = None,
    as_of: date | None = None,
    number: str | None = None,
) -> AssessedDataFrame:
    """Assesses everybody in a DataFrame, on the workers of its session.

    `mapping` is the file that names the columns, and `as_of` the day of assessment, without which
    it is today. Rows of a DataFrame have no order: `number` names a column of whole numbers from 1
    by which the rows of a patient are read and refusals name them. Without it they are read in the
    order of their values, and `number` of a refusal is not known.

    Raises:
        CohortError: the mapping or the DataFrame cannot be used.
        KnowledgeError: the profile or the site file cannot be used.
    """
    spark, columns = frame.sparkSession, load_mapping(Path(mapping))
    shared = _shared(spark, profile, site, as_of, mapping=columns)
    partitions = max(partitions_for(spark, 0), frame.rdd.getNumPartitions())
    return _assessed(assess_rows(frame, columns, shared, partitions, (None, number)))


def assess_bulk(
    spark: "SparkSession",
    path: StrPath,
    *,
    profile: str = profile_ids()[0],
    site: StrPath | None = None,
    as_of: date | None = None,
    laboratory: bool = False,
) -> AssessedDataFrame:
    """Assesses everybody in FHIR Bulk Data, a file or a folder of them, also as gzip.

    The files must have the same path on every machine. They are read once at the call for what
    they are and for their Medication resources, which every worker then has in memory.

    Raises:
        CohortUsageError: a file holds something else.
        CohortError: a file cannot be read.
        KnowledgeError: the profile or the site file cannot be used.
    """
    plan = make_plan((Path(path).absolute(),), None, "", 1)
    other = [item.file for item in plan.inputs if item.kind != "bulk"]
    if other:
        raise CohortUsageError(f"{other[0]}: {NO_BULK}")
    shared = _shared(spark, profile, site, as_of, laboratory=laboratory)
    partitions = partitions_for(spark, plan.size)
    return _assessed(assess_bulk_units(spark, plan.bulk, shared, partitions))


def _shared(
    spark: "SparkSession",
    profile: str,
    site: StrPath | None,
    as_of: date | None,
    *,
    mapping: TableMapping | None = None,
    laboratory: bool = False,
) -> "Broadcast[Shared]":
    """The options as the workers have them; a document without a day is of today."""
    file = None if site is None else Path(site)
    told = Shared.of(
        load_profile(profile, None if file is None else load_site(file)),
        site=file,
        today=date.today(),  # noqa: DTZ011 - a person's day, where the person is
        on=as_of,
        mapping=mapping,
        laboratory=laboratory,
    )
    return spark.sparkContext.broadcast(told)


def _assessed(records: "DataFrame") -> AssessedDataFrame:
    kept = records.persist()
    return AssessedDataFrame(rows_of(kept), refusals_of(kept), kept)
