"""A large population on both engines of `cobalamin cohort run`: the same rows, the rate per core.

    python tests/bench/spark_population.py 1000000 [--survey adults.csv] [--folder FOLDER]

The people are the adults of the survey again and again (made-up ones where it is not there), each
value changed by up to a tenth, as plain forms. Both engines do a tenth of them first: the rate is
that of the difference, without the start. Needs what `make test-spark` installs; run it where
nothing else runs.
"""

import csv
import json
import os
import random
import subprocess
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / folder) for folder in ("tests/support", "tests/spec", "deploy", "tools")]

from cohorts import people  # noqa: E402 - found by the line above
from environment import PYTHON  # noqa: E402
from population import ADULTS, IN_MASS, plain_of  # noqa: E402
from population import DAY as SURVEYED  # noqa: E402
from spark_tests import environment_with, install  # noqa: E402

MADE_UP = 4721
CHANGED = 0.1
SAME = ("rows.csv", "refused.csv")
Json = dict[str, Any]


class Timed(NamedTuple):
    """One run of one engine."""

    seconds: float
    manifest: Json


def population(survey: Path) -> list[Json]:
    """The forms that all others are made from."""
    if not survey.is_file():
        return people(MADE_UP)
    with survey.open(encoding="utf-8", newline="") as file:
        adults = [row for row in csv.DictReader(file) if row["LBXB12"]]
    return [json.loads(plain_of(adult, IN_MASS)) for adult in adults]


def changed(forms: list[Json], number: int) -> Iterator[Json]:
    """So many people, each with an id of its own and other values."""
    chance = random.Random(20021)  # noqa: S311 - made-up people, no secret
    for at, form in enumerate(islice(cycle(forms), number)):
        results = [
            {**one, "value": round(one["value"] * chance.uniform(1 - CHANGED, 1 + CHANGED), 4)}
            for one in form["results"]
        ]
        yield {"patient": {**form["patient"], "id": f"n{at}"}, "results": results}


def write(folder: Path, forms: list[Json], number: int) -> Path:
    """The people as lines of plain forms, unless they are there from an earlier run."""
    target = folder / f"people-{number}.ndjson"
    if not target.exists():
        unfinished = target.with_suffix(".unfinished")
        with unfinished.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(form) + "\n" for form in changed(forms, number))
        unfinished.rename(target)
    return target


def timed(people_file: Path, output: Path, profile: str, options: list[str]) -> Timed:
    """Runs the command; its time and its manifest."""
    command = [str(PYTHON), "-m", "cobalamin.service", "cohort", "run", str(people_file)]
    command += ["--output", str(output), "--as-of", SURVEYED.isoformat(), "--codes", "0"]
    command += ["--profile", profile, *options]
    began = time.perf_counter()
    done = subprocess.run(
        command, check=False, env=environment_with(PYTHON), capture_output=True, text=True
    )
    seconds = time.perf_counter() - began
    if done.returncode:
        sys.exit(f"{' '.join(options)} ended with {done.returncode}:\n{done.stderr[-3000:]}")
    return Timed(seconds, json.loads((output / "manifest.json").read_text("utf-8")))


def compare(folder: Path, arguments: Namespace) -> None:
    """Runs both engines and prints a table."""
    cores, number = arguments.cores, arguments.people
    engines = {
        "local": ["--jobs", str(cores)],
        "spark": ["--engine", "spark", "--master", f"local[{cores}]"],
    }
    forms = population(arguments.survey)
    sizes = (number // 10, number)
    files = {size: write(folder, forms, size) for size in sizes}
    print(f"{number:,} people, {cores} cores, profile {arguments.profile}, load {os.getloadavg()}")
    print("| engine | whole time | patients a second and core | rows | refused | load after |")
    print("|---|---|---|---|---|---|", flush=True)
    found = {}
    for name, options in engines.items():
        runs = {}
        for size in sizes:
            with TemporaryDirectory(dir=folder) as output:
                runs[size] = timed(files[size], Path(output, "out"), arguments.profile, options)
        small, large = (runs[size] for size in sizes)
        rate = (sizes[1] - sizes[0]) / (large.seconds - small.seconds) / cores
        rows, refused = large.manifest["rows"], sum(large.manifest["refused"].values())
        print(
            f"| {name} | {large.seconds:.0f} s | {rate:,.0f} | {rows:,} | {refused:,} "
            f"| {os.getloadavg()[0]:.1f} |",
            flush=True,
        )
        found[name] = [run.manifest["files"][file] for run in runs.values() for file in SAME]
    same = found["local"] == found["spark"]
    print("the rows and refusals are the same" if same else "THE ROWS DIFFER")
    sys.exit(0 if same else 1)


def main() -> None:
    """Reads the arguments."""
    parser = ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("people", type=int)
    parser.add_argument("--survey", type=Path, default=ADULTS)
    parser.add_argument("--profile", default="us-aafp")
    parser.add_argument("--cores", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--folder", type=Path, help="where the people are kept for another time")
    arguments = parser.parse_args()
    if not install(PYTHON):
        sys.exit("PySpark could not be installed")
    with TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        compare(folder, arguments)


if __name__ == "__main__":
    main()
