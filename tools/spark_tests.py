"""The tests of the engine on Apache Spark: PySpark from a lock of its own, and Java.

Neither is needed to run or test the rest. PySpark is installed into `var/spark` from
`requirements-spark.lock`, with hashes.
"""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from environment import ROOT, ensure_environment, pip_into

TESTS = ROOT / "tests" / "spark"
LOCK = ROOT / "requirements-spark.lock"
FOLDER = ROOT / "var" / "spark"
PACKAGES, STAMP = FOLDER / "packages", FOLDER / "stamp"
FIXTURES = ("-p", "spark_fixtures")
OLDEST_JAVA = 17
SKIPPED = "test-spark: SKIPPED, nothing was tested: {why}"
NO_JAVA = "there is no Java 17 or newer; `apt-get install default-jre-headless`"
NO_DUCKDB = "there is no DuckDB for this machine"
NO_PYSPARK = "PySpark could not be installed (pip says above why)"


def run_tests(arguments: Sequence[str]) -> int:
    """Run the tests on Spark; says so loudly where there is no Java or PySpark for them."""
    if java_version() < OLDEST_JAVA:
        return _skip(NO_JAVA)
    python = ensure_environment()
    if _run(str(python), "-c", "import duckdb").returncode != 0:
        return _skip(NO_DUCKDB)
    if not install(python):
        return _skip(NO_PYSPARK)
    options = ["-q", "-p", "no:xdist", *FIXTURES]
    command = [str(python), "-m", "pytest", *options, str(TESTS), *arguments]
    return subprocess.run(command, check=False, cwd=ROOT, env=environment_with(python)).returncode


def java_version() -> int:
    """The number of the Java that Spark would use; 0 where there is none that starts."""
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home, "bin", "java")) if home else "java"
    # As in 'openjdk version "17.0.15" 2025-04-15'; up to Java 8 it began with "1.".
    found = re.search(r'version "(\d+)', _run(java, "-version").stderr)
    return int(found[1]) if found else 0


def _run(*command: str) -> "subprocess.CompletedProcess[str]":
    try:
        return subprocess.run(command, check=False, capture_output=True, text=True)
    except OSError as error:
        return subprocess.CompletedProcess(command, 127, "", str(error))


def _skip(why: str) -> int:
    print(SKIPPED.format(why=why), flush=True)
    return 0


def environment_with(python: Path) -> dict[str, str]:
    """The environment in which PySpark is found, by workers too, and stays on the loopback."""
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join((str(PACKAGES), str(TESTS))),
        "PYSPARK_PYTHON": str(python),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "COBALAMIN_SPARK_TESTS": "1",
    }


def install(python: Path) -> bool:
    """Install what the lock names, unless it is there already; False where that is not possible."""
    digest = hashlib.sha256(LOCK.read_bytes() + str(python).encode()).hexdigest()
    if STAMP.exists() and STAMP.read_text("ascii") == digest:
        return True
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    pip = [*pip_into(python.parent.parent), "install", "-q", "--no-deps", "--require-hashes"]
    # PySpark alone is built from source, by the setuptools that the environment has.
    pip += ["--no-build-isolation", "--only-binary", ":all:", "--no-binary", "pyspark"]
    pip += ["--retries", "1", "--target", str(PACKAGES), "-r", str(LOCK)]
    done = subprocess.run(pip, check=False, cwd=ROOT).returncode == 0
    if done:
        STAMP.write_text(digest, "ascii")
    return done
