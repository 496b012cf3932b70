"""Adults of the survey as files that `cobalamin cohort run` reads, written as they come."""

import csv
import json
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import IO

from app import EXAMPLES
from population import IN_MASS, Row, bundle_of, plain_of

MAPPING = EXAMPLES / "cohort-mapping.toml"


def _write_plain(folder: Path, adults: Iterable[Row]) -> None:
    """Plain forms, one a line."""
    _write_lines(folder, (plain_of(adult, IN_MASS) for adult in adults))


def _write_bundles(folder: Path, adults: Iterable[Row]) -> None:
    """Bundles, one a line."""
    _write_lines(folder, (bundle_of(adult, IN_MASS) for adult in adults))


def _write_lines(folder: Path, lines: Iterable[bytes]) -> None:
    with (folder / "adults.ndjson").open("wb") as file:
        file.writelines(line + b"\n" for line in lines)


def _write_csv(folder: Path, adults: Iterable[Row]) -> None:
    """The table of the survey."""
    rows = iter(adults)
    first = next(rows)
    with (folder / "adults.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, first)
        writer.writeheader()
        writer.writerows(chain([first], rows))


def _write_bulk(folder: Path, adults: Iterable[Row]) -> None:
    """Bulk Data, a file of people and one of each measurement: nobody's lines are together."""
    files: dict[str, IO[str]] = {}
    with ExitStack() as opened:
        for adult in adults:
            for entry in json.loads(bundle_of(adult, IN_MASS))["entry"]:
                one = entry["resource"]
                measured = one["id"].partition("-")[2]
                name = f"Observation.{measured}.ndjson" if measured else "Patient.ndjson"
                if name not in files:
                    path = folder / name
                    files[name] = opened.enter_context(path.open("w", encoding="utf-8"))
                files[name].write(json.dumps(one) + "\n")


FORMS: dict[str, Callable[[Path, Iterable[Row]], None]] = {
    "plain": _write_plain,
    "csv": _write_csv,
    "bundles": _write_bundles,
    "bulk": _write_bulk,
}


def write_survey(folder: Path, form: str, adults: Iterable[Row]) -> None:
    """Writes the adults into a new folder, which is there once all of them are in it."""
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    unfinished.mkdir(parents=True)
    FORMS[form](unfinished, adults)
    unfinished.rename(folder)


def survey_arguments(folder: Path, form: str) -> list[str]:
    """What `cohort run` reads such a folder with."""
    return [str(folder), *(["--mapping", str(MAPPING)] if form == "csv" else [])]
