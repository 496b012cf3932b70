"""`cohort run --engine spark` on a standalone cluster, whose workers are killed or not alike."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from spark_fixtures import SECONDS, Cluster, configure

from app import ROOT
from cobalamin.service.cohort.spark.shared import OTHER
from cohorts import DAY, Json, as_bulk, as_csv, as_lines, people, rows_of, run

SIZES = {"read": 4_000, "unit": 100_000, "bulk": 100_000, "bucket": 100_000}
# Files are split into small parts, so that there are many tasks.
COMMAND = f"""
from cobalamin.service.cli.main import main
from cobalamin.service.cohort.input.split import SIZES
for name, size in {SIZES}.items():
    setattr(SIZES, name, size)
main()
"""
NUMBER = 600


def crowd(prefix: str) -> list[Json]:
    """People whose ids begin so."""
    found = people(NUMBER)
    for form in found:
        form["patient"]["id"] = prefix + form["patient"]["id"]
    return found


def inputs(folder: Path) -> list[str]:
    """Plain forms, Bulk Data and a table in one run, with a bad line in each kind of text."""
    forms = as_lines(folder, crowd("f"))
    bulk = as_bulk(folder, crowd("b"))
    for file in (Path(forms[0]), Path(bulk[0], "Patient.ndjson")):
        file.write_bytes(file.read_bytes() + b'{"cut')
    return [*forms, *bulk, *as_csv(folder, crowd("t"))]


def start(
    cluster: Cluster, environment: dict[str, str], *arguments: str
) -> "subprocess.Popen[bytes]":
    options = ["--as-of", DAY, "--engine", "spark", "--master", cluster.master]
    return subprocess.Popen(  # noqa: S603 - this Python
        [sys.executable, "-c", COMMAND, "cohort", "run", *arguments, *options],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def descendants(pid: int) -> Iterator[tuple[int, str]]:
    """Each process that this one has started, or those in turn, with its command."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int(folder.joinpath("stat").read_text("utf-8").rpartition(")")[2].split()[1])
            command = folder.joinpath("cmdline").read_text("utf-8", "replace").replace("\0", " ")
        except (OSError, IndexError):
            continue
        if parent == pid:
            yield int(folder.name), command
            yield from descendants(int(folder.name))


def kill(cluster: Cluster, name: str) -> int:
    """Kills the processes of the cluster's worker that have this in their command."""
    found = [pid for pid, command in descendants(cluster.worker.pid) if name in command]
    for pid in found:
        # A worker may end by itself once the process that started it is gone.
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return len(found)


def wait_for_tasks(output: Path, number: int, process: "subprocess.Popen[bytes]") -> None:
    """Until so many tasks have handed in what they wrote."""
    deadline = time.monotonic() + SECONDS
    while len(list(output.glob("work/spark/_temporary/0/task_*"))) < number:
        assert process.poll() is None, "the run was at its end before anything was killed"
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_workers_that_are_killed_change_nothing(
    cluster: Cluster, configured: dict[str, str], tmp_path: Path
) -> None:
    arguments = inputs(tmp_path)
    whole, output = run(tmp_path / "whole", *arguments), tmp_path / "out"
    assert len(rows_of(whole)) == 3 * NUMBER
    process = start(cluster, configured, *arguments, "--output", str(output))
    wait_for_tasks(output, 1, process)
    assert kill(cluster, "pyspark.daemon")
    wait_for_tasks(output, 3, process)
    assert kill(cluster, "CoarseGrainedExecutorBackend")
    _, said = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, said.decode("utf-8", "replace")[-3000:]
    for name in ("rows.csv", "refused.csv"):
        assert (output / name).read_bytes() == (whole / name).read_bytes(), name
    assert len(rows_of(output, "refused.csv")) == 2


def test_a_worker_with_other_knowledge_ends_the_run(cluster: Cluster, tmp_path: Path) -> None:
    other = tmp_path / "other" / "cobalamin"
    for folder in ("fhir", "schemas", "service"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, other / folder, ignore=ignored)
    with (other / "service" / "knowledge" / "cutoffs.toml").open("a", encoding="utf-8") as file:
        file.write("# another word\n")
    arguments, output = as_lines(tmp_path, people(4)), tmp_path / "out"
    environment = configure(tmp_path / "conf", other.parent)
    process = start(cluster, environment, *arguments, "--output", str(output))
    _, said = process.communicate(timeout=SECONDS)
    assert process.returncode == 1
    assert said.decode("utf-8", "replace").splitlines()[-1].endswith(OTHER)
    assert not (output / "work").exists()
