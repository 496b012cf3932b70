"""FHIR Bulk Data on Spark: its own shuffle brings the lines of a patient together."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING

import msgspec

from cobalamin.service.cohort.execution.plan import WorkUnit
from cobalamin.service.cohort.input.bulk.groups import group_sorted, medications_by_id
from cobalamin.service.cohort.input.bulk.lines import BulkResource
from cobalamin.service.cohort.input.bulk.partition import MEDICATION
from cobalamin.service.cohort.input.documents import Document
from cobalamin.service.cohort.input.files import FileKind
from cobalamin.service.cohort.spark.bulk_lines import LINES, RESOURCE, batches_of, lines_of
from cobalamin.service.cohort.spark.documents import RecordedRefusals, assess_documents
from cobalamin.service.cohort.spark.records import SCHEMA, Record, to_batches
from cobalamin.service.cohort.spark.shared import Shared, options_of
from cobalamin.service.cohort.spark.units import numbered, reading, units_of

if TYPE_CHECKING:
    from pyarrow import RecordBatch
    from pyspark import Broadcast
    from pyspark.sql import DataFrame, SparkSession


def assess_bulk_units(
    spark: "SparkSession",
    units: tuple[WorkUnit, ...],
    shared: "Broadcast[Shared]",
    partitions: int,
) -> "DataFrame":
    """The records of units of single resources."""
    told = spark.sparkContext.broadcast(units)
    medications = spark.sparkContext.broadcast(_medications(spark, units, told))

    def read(batches: "Iterable[RecordBatch]") -> "Iterator[RecordBatch]":
        for unit in units_of(batches, told):
            with reading():
                yield from batches_of(line for line in lines_of(unit) if line[4] != MEDICATION)

    def assess(batches: "Iterable[RecordBatch]") -> "Iterator[RecordBatch]":
        yield from to_batches(_records(batches, shared, medications.value))

    lines = numbered(spark, len(units)).mapInArrow(read, LINES)
    together = lines.repartition(partitions, "subject").sortWithinPartitions(
        "what", "subject", "file", "number"
    )
    return together.mapInArrow(assess, SCHEMA)


# --- before the shuffle


def _medications(
    spark: "SparkSession", units: tuple[WorkUnit, ...], told: "Broadcast[tuple[WorkUnit, ...]]"
) -> dict[str, bytes]:
    """The Medication resources by their ids, which lines of any patient may refer to."""

    def read(batches: "Iterable[RecordBatch]") -> "Iterator[RecordBatch]":
        for unit in units_of(batches, told):
            with reading():
                yield from batches_of(line for line in lines_of(unit) if line[4] == MEDICATION)

    found = numbered(spark, len(units)).mapInArrow(read, LINES).collect()
    return medications_by_id((row["subject"], bytes(row["text"])) for row in found)


# --- behind it


def _records(
    batches: "Iterable[RecordBatch]", shared: "Broadcast[Shared]", medications: dict[str, bytes]
) -> Iterator[Record]:
    """Of sorted lines: what passes through, and the records of each patient."""
    lines = (line for batch in batches for line in _of_batch(batch))
    options, refusals = options_of(shared), RecordedRefusals()
    for what, same in groupby(lines, key=lambda line: line[0]):
        if what != RESOURCE:
            yield from ((what, line[1]) for line in same)
            continue
        resources = (line[2] for line in same)
        documents = (
            Document(file="", number=0, kind=FileKind.document, body=body)
            for body in group_sorted(resources, medications, refusals)
        )
        yield from assess_documents(documents, options, refusals)


def _of_batch(batch: "RecordBatch") -> Iterator[tuple[str, tuple[str, ...], BulkResource]]:
    for what, subject, file, number, kind, text, uses, cells in zip(
        *[column.to_pylist() for column in batch.columns], strict=True
    ):
        line = BulkResource(subject, file, number, kind, msgspec.Raw(text), uses)
        yield what, tuple(cells), line
