"""docs/cohorts-spark.md: its code prints what it says, and its command runs on the cluster."""

import contextlib
import io
import re
import runpy
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from spark_fixtures import SECONDS, Cluster

from app import EXAMPLES, ROOT
from cohorts import DAY, as_bulk, as_lines, people, rows_of, run
from documented import blocks

BLOCKS = re.compile(r"^```(python|text)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
PAGE, CODE = ROOT / "docs" / "cohorts-spark.md", EXAMPLES / "assess_spark.py"
PEOPLE = people(200)


def test_the_page_prints_what_its_code_does(spark: Any, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ANN401 - PySpark's own
    assert spark.sparkContext.master == "local[2]"
    found = BLOCKS.findall(PAGE.read_text("utf-8"))
    monkeypatch.chdir(ROOT)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        runpy.run_path(str(CODE))
    expected = "".join(text for kind, text in found if kind == "text")
    # `show` ends its table with an empty line.
    assert re.sub(r"\n+", "\n", said.getvalue()) == expected
    code = CODE.read_text("utf-8").partition("\n\n")[2]
    lines = [line for kind, text in found if kind == "python" for line in text.splitlines()]
    assert [line for line in code.splitlines() if line] == [line for line in lines if line]


def test_the_command_of_the_page_runs_on_the_cluster(
    cluster: Cluster, configured: dict[str, str], tmp_path: Path
) -> None:
    (block,) = blocks(PAGE)
    _, *words = shlex.split(block.replace("spark://127.0.0.1:7077", cluster.master))
    extract = tmp_path / "extract"
    extract.mkdir()
    as_lines(extract, PEOPLE[:100])
    as_bulk(extract, PEOPLE[100:])
    # Not the default, which the other test on the cluster has.
    more = ["--profile", "us-aafp", "--as-of", DAY]
    done = subprocess.run(  # noqa: S603 - this Python
        [sys.executable, "-m", "cobalamin.service", *words, *more],
        check=False,
        cwd=tmp_path,
        env=configured,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    whole = run(tmp_path / "whole", extract, "--profile", "us-aafp")
    assert len(rows_of(whole)) == len(PEOPLE)
    assert (tmp_path / "before" / "rows.csv").read_bytes() == (whole / "rows.csv").read_bytes()
