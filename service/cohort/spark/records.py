"""What workers of Spark hand back: rows, refusals, codes and counts as one DataFrame.

One DataFrame, so that everything is assessed once. Each record says in `what` which it is, and has
its columns as text in `cells`, as the files of the local engine have them.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from cobalamin.service.cohort.output.columns import CODES, COLUMNS
from cobalamin.service.cohort.refusals import COLUMNS as REFUSED_COLUMNS

if TYPE_CHECKING:
    from pyarrow import RecordBatch, Schema
    from pyspark.sql import Column, DataFrame

ROWS, REFUSED, COUNTED, PASSED = "rows", "refused", "codes", "passed"
SCHEMA = "what string, cells array<string>"
AT_ONCE = 1000
TYPES = {
    "VARCHAR": "string",
    "BIGINT": "bigint",
    "INTEGER": "int",
    "DOUBLE": "double",
    "BOOLEAN": "boolean",
    "DATE": "date",
}
Record = tuple[str, tuple[str, ...]]


def to_batches(records: Iterable[Record]) -> "Iterator[RecordBatch]":
    """The records as Arrow batches of bounded size."""
    import pyarrow as pa  # noqa: PLC0415 - an optional extra

    schema = pa.schema([("what", pa.string()), ("cells", pa.list_(pa.string()))])
    waiting = iter(records)
    while some := list(islice(waiting, AT_ONCE)):
        yield batch_of(some, schema)


def batch_of(rows: "Sequence[tuple[object, ...]]", schema: "Schema") -> "RecordBatch":
    """Rows as a batch of Arrow."""
    import pyarrow as pa  # noqa: PLC0415 - an optional extra

    columns = zip(zip(*rows, strict=True), schema.types, strict=True)
    return pa.RecordBatch.from_arrays([pa.array(one, kind) for one, kind in columns], schema=schema)


def rows_of(records: "DataFrame") -> "DataFrame":
    """The rows with the columns of `rows.parquet`."""
    return _typed(records, ROWS, COLUMNS)


def refusals_of(records: "DataFrame") -> "DataFrame":
    """What was refused, with the columns of `refused.csv`."""
    return _typed(records, REFUSED, REFUSED_COLUMNS)


def _typed(records: "DataFrame", what: str, columns: dict[str, str]) -> "DataFrame":
    chosen = records.where(records["what"] == what)
    cells = (chosen["cells"][at] for at in range(len(columns)))
    return chosen.select(
        *[
            _cast(cell, name, kind)
            for cell, (name, kind) in zip(cells, columns.items(), strict=True)
        ]
    )


def _cast(cell: "Column", name: str, kind: str) -> "Column":
    from pyspark.sql import functions as f  # noqa: PLC0415 - an optional extra

    if kind == CODES:
        empty = f.array().cast("array<string>")
        return f.when(cell == "", empty).otherwise(f.split(cell, " ")).alias(name)
    return f.nullif(cell, f.lit("")).cast(TYPES[kind]).alias(name)
