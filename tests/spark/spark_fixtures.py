"""Spark in this process, and a standalone cluster of two processes; a plugin of pytest."""

import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

OPTIONS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
}
SECONDS = 1200


class Cluster(NamedTuple):
    """The address of the master, and the process of its worker."""

    master: str
    worker: "subprocess.Popen[bytes]"


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """A session on two cores of this process."""
    from pyspark.sql import SparkSession  # noqa: PLC0415 - not there without the verb

    builder = SparkSession.builder.master("local[2]").appName("tests")
    for name, value in OPTIONS.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield session
    session.stop()


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A standalone master and worker on the loopback, of two cores."""
    folder = tmp_path_factory.mktemp("cluster")
    here = ("--host", "127.0.0.1", "--port", "0", "--webui-port", "0")
    with _daemon(folder / "master.log", "master.Master", *here):
        master = _wait_for(folder / "master.log", r"Starting Spark master at (\S+)")
        size = ("--cores", "2", "--memory", "2g", "--work-dir", str(folder / "work"))
        with _daemon(folder / "worker.log", "worker.Worker", *here, *size, master) as worker:
            _wait_for(folder / "worker.log", r"(Successfully registered with master)")
            yield Cluster(master, worker)


@pytest.fixture
def configured(tmp_path: Path) -> dict[str, str]:
    """The environment of a command on the cluster, with Spark's configuration."""
    return configure(tmp_path / "conf")


def configure(folder: Path, *packages: Path) -> dict[str, str]:
    """Writes Spark's configuration; workers look for modules in these folders first."""
    folder.mkdir()
    options = {
        **OPTIONS,
        "spark.executor.memory": "1g",
        "spark.executorEnv.PYTHONPATH": os.pathsep.join(
            (*map(str, packages), os.environ["PYTHONPATH"])
        ),
    }
    text = "".join(f"{name} {value}\n" for name, value in options.items())
    (folder / "spark-defaults.conf").write_text(text, "utf-8")
    return {**os.environ, "SPARK_CONF_DIR": str(folder)}


@contextmanager
def _daemon(log: Path, name: str, *arguments: str) -> "Iterator[subprocess.Popen[bytes]]":
    import pyspark  # noqa: PLC0415 - not there without the verb

    command = Path(pyspark.__file__).parent / "bin" / "spark-class"
    with log.open("wb") as said:
        process = subprocess.Popen(  # noqa: S603 - what the lock installed
            [str(command), f"org.apache.spark.deploy.{name}", *arguments],
            stdout=said,
            stderr=said,
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


def _wait_for(log: Path, pattern: str) -> str:
    """The first group, once the log has it."""
    deadline = time.monotonic() + SECONDS
    while (found := re.search(pattern, log.read_text("utf-8", "replace"))) is None:
        assert time.monotonic() < deadline, log.read_text("utf-8", "replace")[-2000:]
        time.sleep(0.1)
    return found[1]
