"""A large population on both engines of `cobalamin cohort run`: the same rows, the rate per core.

    python tests/bench/spark_population.py 1000000 --form csv --profile us-aafp --profile uk-nice

The people are the adults of the survey again and again (made-up ones where it is not there), each
value changed by up to a tenth. With `--folder` they are written there and used again the next time;
`--write-only` writes them and runs nothing. Both engines do a tenth of them first: the rate is that
of the difference, without the start. Needs what `make test-spark` installs; run it where nothing
else runs.
"""

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

from assessments import PROFILES  # noqa: E402 - found by the line above
from cohorts import DAY as MADE_ON  # noqa: E402
from cohorts import people  # noqa: E402
from environment import PYTHON  # noqa: E402
from population import ADULTS, IN_MASS, Row, adults_with_b12  # noqa: E402
from population import DAY as SURVEYED  # noqa: E402
from spark_tests import environment_with, install  # noqa: E402
from survey_files import FORMS, survey_arguments, write_survey  # noqa: E402

MADE_UP = 4721
CHANGED = 0.1
# As the mapping of the table reads it; the other forms have it in nmol/L.
MEASURED = (*IN_MASS, "LBXFOL")
SAME = ("rows.csv", "refused.csv")
HEAD = (
    "| form | profile | engine | whole time | patients a second and core | rows | refused "
    "| SHA-256 of the rows | load after |\n|---|---|---|---|---|---|---|---|---|"
)
Sizes = tuple[int, int]


class Timed(NamedTuple):
    """One run of one engine."""

    seconds: float
    manifest: dict[str, Any]


# --- the people


def population(survey: Path) -> list[Row]:
    """The adults that all others are made from."""
    return adults_with_b12(survey) if survey.is_file() else list(made_up())


def made_up() -> Iterator[Row]:
    """People as the survey has them, without folate, ferritin and width of red cells."""
    names = {analyte: column for column, (analyte, *_) in IN_MASS.items()}
    for form in people(MADE_UP):
        patient = form["patient"]
        yield {
            "SEQN": patient["id"],
            "gender": "1" if patient["sex"] == "male" else "2",
            "RIDAGEYR": str(int(MADE_ON[:4]) - int(patient["birthDate"][:4])),
            "pregnant": str(int(patient["pregnant"])) if "pregnant" in patient else "",
            **dict.fromkeys(MEASURED, ""),
            **{
                names[one["analyte"]]: str(one["value"])
                for one in form["results"]
                if one["analyte"] in names
            },
        }


def changed(adults: list[Row], number: int) -> Iterator[Row]:
    """So many people, each with an id of its own and other values."""
    chance = random.Random(20021)  # noqa: S311 - made-up people, no secret
    measured = [
        (adult, [(name, float(adult[name])) for name in MEASURED if adult[name]])
        for adult in adults
    ]
    for at, (adult, values) in enumerate(islice(cycle(measured), number)):
        others = {
            name: str(round(value * chance.uniform(1 - CHANGED, 1 + CHANGED), 4))
            for name, value in values
        }
        yield {**adult, "SEQN": f"n{at}", **others}


def write(folder: Path, form: str, adults: list[Row], sizes: Sizes) -> list[Path]:
    """The folders of the people, written unless they are there from an earlier run."""
    found = [folder / f"{form}-{size}" for size in sizes]
    for size, target in zip(sizes, found, strict=True):
        if not target.exists():
            write_survey(target, form, changed(adults, size))
    return found


# --- the engines


def timed(arguments: list[str], output: Path) -> Timed:
    """Runs the command; its time and its manifest."""
    command = [str(PYTHON), "-m", "cobalamin.service", "cohort", "run", *arguments]
    command += ["--output", str(output), "--as-of", SURVEYED.isoformat(), "--codes", "0"]
    began = time.perf_counter()
    done = subprocess.run(
        command, check=False, env=environment_with(PYTHON), capture_output=True, text=True
    )
    seconds = time.perf_counter() - began
    if done.returncode:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr[-3000:]}")
    return Timed(seconds, json.loads((output / "manifest.json").read_text("utf-8")))


def run_engine(folders: list[Path], sizes: Sizes, cores: int, options: list[str]) -> list[str]:
    """Runs both sizes; prints the rest of a line of the table, and gives the digests."""
    runs = []
    for people_of_size in folders:
        with TemporaryDirectory(dir=people_of_size.parent) as output:
            arguments = survey_arguments(people_of_size, people_of_size.name.partition("-")[0])
            runs.append(timed([*arguments, *options], Path(output, "out")))
    small, large = runs
    rate = (sizes[1] - sizes[0]) / (large.seconds - small.seconds) / cores
    manifest = large.manifest
    print(
        f"{large.seconds:.0f} s | {rate:,.0f} | {manifest['rows']:,} "
        f"| {sum(manifest['refused'].values()):,} | `{manifest['files'][SAME[0]][:16]}` "
        f"| {os.getloadavg()[0]:.1f} |",
        flush=True,
    )
    return [one.manifest["files"][file] for one in runs for file in SAME]


def compare(folder: Path, form: str, adults: list[Row], arguments: Namespace) -> bool:
    """Runs both engines with each profile, and prints their lines of the table."""
    cores, sizes = arguments.cores, (arguments.people // 10, arguments.people)
    folders = write(folder, form, adults, sizes)
    engines = {
        "local": ["--jobs", str(cores)],
        "spark": ["--engine", "spark", "--master", f"local[{cores}]"],
    }
    is_same = True
    for profile in arguments.profile:
        found = []
        for name, options in engines.items():
            print(f"| {form} | {profile} | {name} | ", end="", flush=True)
            found.append(run_engine(folders, sizes, cores, [*options, "--profile", profile]))
        is_same &= found[0] == found[1]
    return is_same


# --- the command


def main() -> None:
    """Reads the arguments."""
    parser = ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("people", type=int)
    parser.add_argument("--form", action="append", choices=FORMS, help="plain; may be repeated")
    parser.add_argument("--profile", action="append", choices=PROFILES, help="may be repeated")
    parser.add_argument("--survey", type=Path, default=ADULTS)
    parser.add_argument("--cores", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--folder", type=Path, help="where the people are kept for another time")
    parser.add_argument("--write-only", action="store_true", help="write the people, run nothing")
    arguments = parser.parse_args()
    arguments.profile = arguments.profile or ["us-aafp"]
    forms, adults = arguments.form or ["plain"], population(arguments.survey)
    with TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        if arguments.write_only:
            for form in forms:
                write(folder, form, adults, (arguments.people // 10, arguments.people))
            return
        if not install(PYTHON):
            sys.exit("PySpark could not be installed")
        print(f"{arguments.people:,} people, {arguments.cores} cores, load {os.getloadavg()}")
        print(HEAD, flush=True)
        same = [compare(folder, form, adults, arguments) for form in forms]
    print("the rows and refusals are the same" if all(same) else "THE ROWS DIFFER")
    sys.exit(0 if all(same) else 1)


if __name__ == "__main__":
    main()
