"""The session of Spark that a command uses, and what is said where there is none."""

import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cobalamin.service.cohort.errors import CohortError, SparkError
from cobalamin.service.cohort.input.split import SIZES

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

MISSING = "the engine spark needs PySpark: install cobalamin[spark]"
NO_JAVA = "the engine spark needs Java 17 or newer: install it, or name it with JAVA_HOME"
NOT_STARTED = "Spark could not be started; what it said stands above"
ENDED = "Spark ended the work ({kind}); what it said stands above"
OWN = re.compile(r"CohortError: (.+)")
KIND = re.compile(r"^(?:\w+\.)*(\w+(?:Error|Exception)): ", re.MULTILINE)
TASKS_OF_ONE = 2


@contextmanager
def open_session(master: str | None) -> "Iterator[SparkSession]":
    """The session of this process, or a new one that ends with the block.

    Without a master it is the one that Spark is configured with.

    Raises:
        CohortError: Spark or Java is not installed.
        SparkError: the session could not be started, or the work in it was ended.
    """
    try:
        from py4j.protocol import Py4JError  # noqa: PLC0415 - an optional extra
        from pyspark.errors import PySparkException  # noqa: PLC0415 - an optional extra
        from pyspark.sql import SparkSession  # noqa: PLC0415 - an optional extra
    except ImportError:
        raise CohortError(MISSING) from None
    active = SparkSession.getActiveSession()
    try:
        session = active or _start(master)
    except (PySparkException, Py4JError):
        raise SparkError(NOT_STARTED) from None
    try:
        yield session
    except (PySparkException, Py4JError) as error:
        raise _told(error) from None
    finally:
        if active is None:
            session.stop()


def _has_java() -> bool:
    return "JAVA_HOME" in os.environ or shutil.which("java") is not None


def _start(master: str | None) -> "SparkSession":
    from pyspark.sql import SparkSession  # noqa: PLC0415 - an optional extra

    if not _has_java():
        raise CohortError(NO_JAVA)
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("cobalamin cohort run")
    if master is not None:
        builder = builder.master(master)
    return builder.getOrCreate()


def _told(error: Exception) -> SparkError:
    """What a worker said of itself, or the kind alone: Spark's own words may hold values."""
    text = str(error)
    own = OWN.search(text)
    kinds = KIND.findall(text) or [type(error).__name__]
    return SparkError(own[1] if own else ENDED.format(kind=kinds[-1]))


def partitions_for(spark: "SparkSession", size: int) -> int:
    """How many partitions so many bytes are shuffled into."""
    cores = int(spark.sparkContext.defaultParallelism)
    return max(TASKS_OF_ONE * cores, size // SIZES.bucket + 1)
