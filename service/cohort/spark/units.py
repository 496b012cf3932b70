"""Units of files as tasks of Spark, each of which reads its own."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cobalamin.service.cohort.errors import CohortError
from cobalamin.service.cohort.execution.plan import WorkUnit

if TYPE_CHECKING:
    from pyarrow import RecordBatch
    from pyspark import Broadcast
    from pyspark.sql import DataFrame, SparkSession

NOT_THERE = "a worker of Spark cannot read an input, which must have one path on every machine"


@contextmanager
def reading() -> Iterator[None]:
    """Says for which reason a worker cannot read an input."""
    try:
        yield
    except OSError as error:
        raise CohortError(f"{NOT_THERE} ({error.strerror})") from None


def numbered(spark: "SparkSession", number: int) -> "DataFrame":
    """The numbers from 0, each a partition of its own."""
    return spark.range(0, number, 1, number)


def units_of(
    batches: "Iterable[RecordBatch]", told: "Broadcast[tuple[WorkUnit, ...]]"
) -> Iterator[WorkUnit]:
    """The units that the numbers of a partition stand for."""
    return (told.value[at] for batch in batches for at in batch.column(0).to_pylist())
