"""FHIR Bulk Data on Spark: its own shuffle brings the lines of a patient together."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from typing import TYPE_CHECKING

import msgspec

from cobalamin.service.cohort.execution.plan import WorkUnit
from cobalamin.service.cohort.input.bulk.groups import group_sorted
from cobalamin.service.cohort.input.bulk.lines import BulkResource
from cobalamin.service.cohort.input.bulk.partition import MEDICATION, resources_of
from cobalamin.service.cohort.input.documents import Document
from cobalamin.service.cohort.input.files import FileKind
from cobalamin.service.cohort.spark.documents import (
    RecordedRefusals,
    assess_documents,
    numbered,
    reading,
    units_of,
)
from cobalamin.service.cohort.spark.records import PASSED, SCHEMA, Record, batch_of, to_batches
from cobalamin.service.cohort.spark.shared import Shared, options_of

if TYPE_CHECKING:
    from pyarrow import RecordBatch
    from pyspark import Broadcast
    from pyspark.sql import DataFrame, SparkSession

# A line of `bulk` is of a patient; any other is a record that passes through the shuffle as it is.
RESOURCE = ""
FIELDS = ("what", "subject", "file", "number", "kind", "text", "uses", "cells")
LINES = (
    "what string, subject string, file string, number bigint, kind string, text binary, "
    "uses string, cells array<string>"
)
AT_ONCE = 500
Line = tuple[str, str, str, int, str, bytes, str, tuple[str, ...]]


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
                yield from _to_batches(line for line in _lines(unit) if line[4] != MEDICATION)

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
                yield from _to_batches(line for line in _lines(unit) if line[4] == MEDICATION)

    found = numbered(spark, len(units)).mapInArrow(read, LINES).collect()
    found.sort(key=lambda row: (row["file"], row["number"]))
    return {row["subject"]: bytes(row["text"]) for row in found}


def _lines(unit: WorkUnit) -> Iterator[Line]:
    refusals, passed = RecordedRefusals(), Counter[str]()
    for part in unit.parts:
        for line in resources_of(part, refusals, passed):
            yield from map(_passing, refusals.take())
            text = bytes(line.text)
            yield RESOURCE, line.subject, line.file, line.number, line.kind, text, line.uses, ()
        yield from map(_passing, refusals.take())
    for kind, count in passed.items():
        yield _passing((PASSED, (kind, str(count))))


def _passing(record: Record) -> Line:
    """A record as a line, in some partition: bad lines alone must not fill one."""
    what, cells = record
    return what, ":".join(cells[:2]), "", 0, "", b"", "", cells


def _to_batches(lines: Iterator[Line]) -> "Iterator[RecordBatch]":
    import pyarrow as pa  # noqa: PLC0415 - an optional extra

    text = pa.string()
    types = (text, text, text, pa.int64(), text, pa.binary(), text, pa.list_(text))
    schema = pa.schema(list(zip(FIELDS, types, strict=True)))
    while some := list(islice(lines, AT_ONCE)):
        yield batch_of(some, schema)


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
