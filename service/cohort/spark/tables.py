"""Tables on Spark: rows of a DataFrame, brought together by patient by its own shuffle."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from cobalamin.service.cohort.database import connect
from cobalamin.service.cohort.errors import CohortError
from cobalamin.service.cohort.input.documents import Document, document_of_rows
from cobalamin.service.cohort.input.table.buckets import numbered_row
from cobalamin.service.cohort.input.table.mapping import TableMapping
from cobalamin.service.cohort.input.table.scan import BLANK, text_of
from cobalamin.service.cohort.input.table.staging import NO_ID
from cobalamin.service.cohort.spark.documents import RecordedRefusals, assess_documents
from cobalamin.service.cohort.spark.records import SCHEMA, to_batches
from cobalamin.service.cohort.spark.shared import Shared, options_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyRelation
    from pyarrow import RecordBatch
    from pyspark import Broadcast
    from pyspark.sql import Column, DataFrame

FILE, NUMBER = "file", "number"
Cells = tuple[object, ...]


def assess_rows(
    frame: "DataFrame",
    mapping: TableMapping,
    shared: "Broadcast[Shared]",
    partitions: int,
    places: tuple[str | None, str | None],
) -> "DataFrame":
    """The records of the rows; `places` are the columns that have the file and the number of a row.

    Raises:
        CohortError: the DataFrame has not the columns that the mapping names.
    """
    key = mapping.columns().index(mapping.patient.id)

    def assess(batches: "Iterable[RecordBatch]") -> "Iterator[RecordBatch]":
        options, refusals = options_of(shared), RecordedRefusals()
        documents = _documents(batches, mapping, refusals)
        yield from to_batches(assess_documents(documents, options, refusals))

    chosen = _chosen(frame, mapping.columns(), places)
    person = _trimmed(chosen[f"c{key}"])
    texts = [chosen[name].cast("string") for name in chosen.columns[2:]]
    together = chosen.repartition(partitions, person).sortWithinPartitions(
        person, FILE, NUMBER, *texts
    )
    return together.mapInArrow(assess, SCHEMA)


def _chosen(
    frame: "DataFrame", columns: tuple[str, ...], places: tuple[str | None, str | None]
) -> "DataFrame":
    """File and number, then the columns of the mapping as `c0` and on."""
    from pyspark.sql import functions as f  # noqa: PLC0415 - an optional extra

    lacking = [name for name in (*columns, *filter(None, places)) if name not in frame.columns]
    if lacking:
        named = ", ".join(lacking)
        raise CohortError(f"the DataFrame has no column {named}, which the mapping names")
    file, number = (None if name is None else frame[_quoted(name)] for name in places)
    return frame.select(
        (f.lit("") if file is None else file).alias(FILE),
        (f.lit(0) if number is None else number).cast("bigint").alias(NUMBER),
        *[_local_time(frame, name).alias(f"c{at}") for at, name in enumerate(columns)],
    )


def _local_time(frame: "DataFrame", name: str) -> "Column":
    """A column; a point of time as the clock of the session shows it."""
    column = frame[_quoted(name)]
    kind = dict(frame.dtypes)[name]
    return column.cast("timestamp_ntz") if kind == "timestamp" else column


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _trimmed(column: "Column") -> "Column":
    from pyspark.sql import functions as f  # noqa: PLC0415 - an optional extra

    return f.coalesce(f.btrim(column.cast("string"), f.lit(BLANK)), f.lit(""))


def _documents(
    batches: "Iterable[RecordBatch]", mapping: TableMapping, refusals: RecordedRefusals
) -> Iterator[Document]:
    columns = mapping.columns()
    key = 2 + columns.index(mapping.patient.id)
    rows = (row for batch in batches for row in _texts(batch))
    for subject, of_patient in groupby(rows, key=lambda row: str(row[key] or "").strip()):
        if subject:
            yield document_of_rows(
                subject, [numbered_row(row, columns, mapping) for row in of_patient]
            )
            continue
        for file, number, *_ in of_patient:
            refusals.add(str(file), int(str(number)), "", NO_ID)


def _texts(batch: "RecordBatch") -> Iterator[Cells]:
    """The rows with each cell as text, as DuckDB writes it for a file."""
    import pyarrow as pa  # noqa: PLC0415 - an optional extra

    with connect(threads=1) as database:
        relation = database.from_arrow(pa.Table.from_batches([batch]))
        yield from relation.project(", ".join(_projected(relation))).fetchall()


def _projected(relation: "DuckDBPyRelation") -> tuple[str, ...]:
    """Each column as text behind the place of the row."""
    named = list(zip(relation.columns, map(str, relation.types), strict=True))
    return (FILE, NUMBER, *[text_of(name, kind) for name, kind in named[2:]])
