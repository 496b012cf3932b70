"""`cohort run --engine spark` in one process: the rows and refusals of the local engine."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from assessments import PROFILES
from bad_cohorts import bad_bulk, bad_lines, bad_table, blank_ids, medications_of_one_id
from cohorts import (
    DAY,
    FORMATS,
    as_lines,
    as_messages,
    bundle,
    cohort,
    people,
    resources,
    rows_of,
    run,
    write_lines,
)
from population import ADULTS, adults_with_b12
from population import DAY as SURVEYED
from survey_files import FORMS, survey_arguments, write_survey

pytestmark = pytest.mark.usefixtures("spark")
PEOPLE = people()
SPARK = ("--engine", "spark", "--master", "local[2]")
SAME = ("rows.csv", "refused.csv")
BAD: dict[str, Callable[[Path], list[str]]] = {
    "lines": bad_lines,
    "Bulk Data": bad_bulk,
    "a table": bad_table,
    "blanks around ids": blank_ids,
    "a Medication id of two medicines": medications_of_one_id,
}


def on_spark(output: Path, *arguments: str | Path, day: str = DAY) -> Path:
    done = cohort("run", *arguments, "--output", output, "--as-of", day, *SPARK)
    assert done.exit_code == 0, done.output
    return output


def same(folder: Path, arguments: list[str], day: str = DAY) -> tuple[Path, Path]:
    """The folders of a local run and one on Spark, which hold the same rows and refusals."""
    one = run(folder / "local", *arguments, day=day)
    other = on_spark(folder / "spark", *arguments, day=day)
    for name in SAME:
        assert (one / name).read_bytes() == (other / name).read_bytes(), name
    assert not (other / "work").exists()
    return one, other


@pytest.mark.parametrize("name", [*FORMATS, "messages"])
def test_every_form_gives_the_rows_of_the_local_engine(name: str, tmp_path: Path) -> None:
    write = FORMATS.get(name, as_messages)
    _, other = same(tmp_path, write(tmp_path, PEOPLE))
    assert len(rows_of(other)) == len(PEOPLE)


@pytest.mark.parametrize("name", BAD)
def test_what_is_bad_is_refused_as_locally(name: str, tmp_path: Path) -> None:
    one, other = same(tmp_path, BAD[name](tmp_path))
    assert rows_of(other)
    kept = [json.loads((folder / "manifest.json").read_text("utf-8")) for folder in (one, other)]
    for known in ("rows", "outcomes", "refused", "resourcesNotRead", "inputs", "knowledge"):
        assert kept[0][known] == kept[1][known]


def test_a_medication_of_its_own_is_found_by_whom_it_is_given_to(tmp_path: Path) -> None:
    drug = {"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "6809"}]}
    statements = [
        {
            "resourceType": "MedicationStatement",
            "id": f"s{at}",
            "status": "active",
            "subject": {"reference": f"Patient/{form['patient']['id']}"},
            "medicationReference": {"reference": "Medication/m1"},
        }
        for at, form in enumerate(PEOPLE)
    ]
    folder = tmp_path / "bulk"
    write_lines(folder / "all.ndjson", [one for form in PEOPLE for one in resources(form)])
    write_lines(folder / "statements.ndjson.gz", statements)
    without = rows_of(on_spark(tmp_path / "without", folder))
    write_lines(folder / "m.ndjson", [{"resourceType": "Medication", "id": "m1", "code": drug}])
    one, _ = same(tmp_path, [str(folder)])
    assert rows_of(one) != without


def test_codes_are_counted_as_locally(tmp_path: Path) -> None:
    file = write_lines(tmp_path / "b.ndjson", map(bundle, PEOPLE))
    one, other = same(tmp_path, [str(file), "--codes", "1"])
    assert (one / "codes.csv").read_bytes() == (other / "codes.csv").read_bytes()
    assert rows_of(other, "codes.csv")


def test_a_folder_is_used_once(tmp_path: Path) -> None:
    arguments = as_lines(tmp_path, PEOPLE)
    output = on_spark(tmp_path / "out", *arguments)
    again = cohort("run", *arguments, "--output", output, *SPARK)
    assert (again.exit_code, "finished run" in again.output) == (2, True)


# --- the survey


@pytest.mark.skipif(not ADULTS.is_file(), reason=f"no survey data at {ADULTS.name}")
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("form", FORMS)
def test_the_survey_gives_the_rows_of_the_local_engine(
    form: str, profile: str, tmp_path: Path
) -> None:
    folder = tmp_path / "survey"
    write_survey(folder, form, adults_with_b12())
    arguments = [*survey_arguments(folder, form), "--profile", profile, "--codes", "0"]
    one, _ = same(tmp_path, arguments, SURVEYED.isoformat())
    assert len(rows_of(one)) == 4721
