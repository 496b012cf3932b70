"""The lines of Bulk Data as Spark shuffles them."""

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from cobalamin.service.cohort.execution.plan import WorkUnit
from cobalamin.service.cohort.input.bulk.partition import resources_of
from cobalamin.service.cohort.spark.documents import RecordedRefusals
from cobalamin.service.cohort.spark.records import PASSED, Record, batch_of

if TYPE_CHECKING:
    from pyarrow import RecordBatch

# Such a line is of a patient; any other is a record that passes through the shuffle as it is.
RESOURCE = ""
FIELDS = ("what", "subject", "file", "number", "kind", "text", "uses", "cells")
LINES = (
    "what string, subject string, file string, number bigint, kind string, text binary, "
    "uses string, cells array<string>"
)
AT_ONCE = 500
Line = tuple[str, str, str, int, str, bytes, str, tuple[str, ...]]


def lines_of(unit: WorkUnit) -> Iterator[Line]:
    """The lines of a unit, and what is refused or passed over in it."""
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


def batches_of(lines: Iterator[Line]) -> "Iterator[RecordBatch]":
    """The lines as Arrow batches of bounded size."""
    import pyarrow as pa  # noqa: PLC0415 - an optional extra

    text = pa.string()
    types = (text, text, text, pa.int64(), text, pa.binary(), text, pa.list_(text))
    schema = pa.schema(list(zip(FIELDS, types, strict=True)))
    while some := list(islice(lines, AT_ONCE)):
        yield batch_of(some, schema)
