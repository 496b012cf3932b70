"""Documents become records: what every task of Spark does in the end."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from cobalamin.service.cohort.execution.document_row import assess_document
from cobalamin.service.cohort.execution.plan import WorkUnit
from cobalamin.service.cohort.input.documents import Document, DocumentOptions, documents_of
from cobalamin.service.cohort.refusals import Refusals, RefusedRow
from cobalamin.service.cohort.spark.records import (
    COUNTED,
    REFUSED,
    ROWS,
    SCHEMA,
    Record,
    to_batches,
)
from cobalamin.service.cohort.spark.shared import Shared, options_of
from cobalamin.service.cohort.spark.units import numbered, reading, units_of

if TYPE_CHECKING:
    from pyarrow import RecordBatch
    from pyspark import Broadcast
    from pyspark.sql import DataFrame, SparkSession


class RecordedRefusals(Refusals):
    """Refusals that are taken away as records."""

    def __init__(self) -> None:
        self._held: list[RefusedRow] = []
        super().__init__(self._held.append)

    def take(self) -> Iterator[Record]:
        """Those since the last time; a number that is not known is empty."""
        for file, number, subject, code, text in self._held:
            yield REFUSED, (file, str(number) if number else "", subject, code, text)
        self._held.clear()


def assess_documents(
    documents: Iterable[Document], options: DocumentOptions, refusals: RecordedRefusals
) -> Iterator[Record]:
    """The row or refusal of each document, then the codes of the sample."""
    for document in documents:
        row = assess_document(document, options, refusals)
        yield from refusals.take()
        if row is not None:
            yield ROWS, row
    yield from refusals.take()
    for counted in options.codes:
        yield COUNTED, tuple(map(str, counted))


def assess_units(
    spark: "SparkSession", units: tuple[WorkUnit, ...], shared: "Broadcast[Shared]"
) -> "DataFrame":
    """The records of units of files, each a task of its own."""
    told = spark.sparkContext.broadcast(units)

    def assess(batches: "Iterable[RecordBatch]") -> "Iterator[RecordBatch]":
        for unit in units_of(batches, told):
            documents = (one for part in unit.parts for one in documents_of(part))
            with reading():
                yield from to_batches(
                    assess_documents(documents, options_of(shared), RecordedRefusals())
                )

    return numbered(spark, len(units)).mapInArrow(assess, SCHEMA)
