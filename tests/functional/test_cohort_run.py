"""`cobalamin cohort run`: the same rows from every form, each bad input counted, none lost."""

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app import post
from assessments import PROFILES
from bad_cohorts import bad_bulk, bad_lines, bad_table
from cobalamin.service.cohort.input.split import SIZES
from cohorts import (
    DAY,
    FORMATS,
    Json,
    as_bulk,
    as_csv,
    as_folder,
    as_lines,
    as_messages,
    bundle,
    cohort,
    people,
    refusals_of,
    resources,
    rows_of,
    run,
    table,
    write_lines,
    write_mapping,
    write_table,
)
from short_answers import shortened

duckdb = pytest.importorskip("duckdb", reason="DuckDB has no wheel for this machine")
PEOPLE = people()
FIRST = PEOPLE[0]["patient"]["id"]
LISTS = ("reasons", "suggestions", "recommended", "cautions", "causes")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run over plain forms that others are compared with."""
    folder = tmp_path_factory.mktemp("plain")
    return run(folder / "out", *as_lines(folder, PEOPLE))


# --- the same rows


@pytest.mark.parametrize("profile", PROFILES)
def test_every_form_gives_the_same_rows(profile: str, tmp_path: Path) -> None:
    found = {}
    for name, write in FORMATS.items():
        folder = tmp_path / name.replace(" ", "-")
        folder.mkdir()
        output = run(folder / "out", *write(folder, PEOPLE), "--profile", profile)
        found[name] = (output / "rows.csv").read_text("utf-8")
        assert refusals_of(output) == []
    assert found["plain forms"].count("\n") == len(PEOPLE) + 1
    assert [name for name, text in found.items() if text != found["plain forms"]] == []


def test_a_row_holds_the_short_answer(plain: Path) -> None:
    rows = {row["subject"]: row for row in rows_of(plain)}
    for form in PEOPLE:
        full = post(f"/v1/assessments?asOf={DAY}", form).get_json()
        expected = shortened(full)
        row = rows[expected["subject"]]
        for name in ("outcome", "status", "band", "anaemia", "megaloblastic", "tier", "rung"):
            assert row[name] == expected[name]
        assert (row["route"], row["urgency"]) == (expected["route"], expected["urgency"])
        assert {name: row[name].split() for name in LISTS} == {n: expected[n] for n in LISTS}
        assert row["notes"].split() == [f"{code}:{n}" for code, n in expected["notes"].items()]
        assert row["comment"] == (expected["comment"] or "")
        assert row["age"] == str(2026 - int(form["patient"]["birthDate"][:4]))


def test_parquet_holds_the_rows_with_their_types(plain: Path) -> None:
    kept = duckdb.read_parquet(str(plain / "rows.parquet"))
    types = dict(zip(kept.columns, map(str, kept.types), strict=True))
    assert (types["reasons"], types["age"], types["as_of"]) == ("VARCHAR[]", "INTEGER", "DATE")
    assert (types["pregnant"], types["b12_total"]) == ("BOOLEAN", "DOUBLE")
    subjects = [row[0] for row in kept.project("subject").fetchall()]
    assert subjects == [row["subject"] for row in rows_of(plain)]


def test_the_manifest_says_from_what_and_by_what(plain: Path) -> None:
    manifest = json.loads((plain / "manifest.json").read_text("utf-8"))
    assert manifest["rows"] == sum(manifest["outcomes"].values()) == len(PEOPLE)
    assert manifest["knowledge"]["hash"].startswith("sha256:")
    assert len(manifest["inputs"][0]["sha256"]) == 64
    assert set(manifest["files"]) == {"rows.parquet", "rows.csv", "refused.csv", "codes.csv"}
    assert not (plain / "work").exists()


def test_a_message_is_a_row_with_its_sender_and_place(tmp_path: Path) -> None:
    output = run(tmp_path / "out", *as_messages(tmp_path, PEOPLE))
    rows = rows_of(output)
    assert sorted(row["subject"] for row in rows) == [
        f"Patient/{form['patient']['id']}" for form in PEOPLE
    ]
    assert {row["laboratory"] for row in rows} == {"LAB"}
    assert {row["origin"].partition(":")[0] for row in rows} >= {"0.hl7", "batch.hl7"}
    assert len({row["origin"] for row in rows}) == len(PEOPLE)


def test_a_message_is_assessed_on_its_own_day(tmp_path: Path) -> None:
    (folder,) = as_messages(tmp_path, PEOPLE)
    done = cohort("run", folder, "--output", tmp_path / "out", "--jobs", "1")
    assert done.exit_code == 0, done.output
    assert {row["as_of"] for row in rows_of(tmp_path / "out")} == {DAY}


def test_codes_are_counted(tmp_path: Path) -> None:
    odd = bundle(PEOPLE[0])
    odd["entry"][1]["resource"]["code"]["coding"] = [{"system": "urn:local", "code": "B12X"}]
    file = write_lines(tmp_path / "b.ndjson", [odd, *map(bundle, PEOPLE[1:])])
    output = run(tmp_path / "out", file, "--codes", "1")
    counted = {row["code"]: row for row in rows_of(output, "codes.csv")}
    assert (counted["B12X"]["times"], counted["B12X"]["use"]) == ("1", "system not read")
    assert int(counted["2132-9"]["times"]) == len(PEOPLE) - 1


def test_the_performer_is_taken_down_where_asked(tmp_path: Path) -> None:
    named = bundle(PEOPLE[0])
    named["entry"][1]["resource"]["performer"] = [{"display": "North laboratory"}]
    file = write_lines(tmp_path / "b.ndjson", [named])
    output = run(tmp_path / "out", file, "--laboratory")
    assert rows_of(output)[0]["laboratory"] == "North laboratory"


# --- bad input


def test_each_bad_line_is_refused_with_its_number_and_reason(tmp_path: Path) -> None:
    output = run(tmp_path / "out", *bad_lines(tmp_path))
    assert sorted(refusals_of(output)) == sorted(
        [
            ("", "", "two-documents"),
            ("bad.ndjson", "2", "not-json"),
            ("bad.ndjson", "4", "not-valid"),
            ("bad.ndjson", "5", "single-resource"),
            ("bad.ndjson", "9", "not-json"),
            ("bad.ndjson", "10", "not-json"),
        ]
    )
    kept = [(row["subject"], row["origin"]) for row in rows_of(output)]
    assert sorted(kept) == [("", "bad.ndjson:8"), (f"Patient/{FIRST}", "")]
    assert "canary" not in (output / "refused.csv").read_text("utf-8").replace("colour", "")


def test_bad_resources_of_bulk_data_are_refused(tmp_path: Path) -> None:
    output = run(tmp_path / "out", *bad_bulk(tmp_path))
    nameless_at = str(len(resources(PEOPLE[0])) + 1)
    assert sorted(refusals_of(output)) == sorted(
        [
            ("Patient.0.ndjson", "3", "no-id"),
            ("Patient.1.ndjson", "1", "two-people"),
            ("Observation.ndjson", nameless_at, "no-subject"),
            ("Observation.ndjson", str(int(nameless_at) + 1), "not-json"),
        ]
    )
    rows = {row["subject"]: row for row in rows_of(output)}
    assert set(rows) == {f"Patient/{PEOPLE[1]['patient']['id']}", "Patient/nobody"}
    assert rows["Patient/nobody"]["reasons"] == "age-unknown"
    manifest = json.loads((output / "manifest.json").read_text("utf-8"))
    assert manifest["resourcesNotRead"] == {"Encounter": 3}


def test_bad_rows_of_a_table_are_refused(tmp_path: Path) -> None:
    output = run(tmp_path / "out", *bad_table(tmp_path))
    assert sorted(refusals_of(output)) == sorted(
        [
            ("people.csv", "1", "no-id"),
            ("people.csv", "2", "not-mapped"),
            ("people.csv", "3", "not-valid"),
            ("people.csv", "4", "two-people"),
            ("people.csv", "9", "row-not-read"),
        ]
    )
    assert len(rows_of(output)) == 2
    assert "canary" not in (output / "refused.csv").read_text("utf-8")


def test_wrong_units_and_values_are_seen_in_the_rows(tmp_path: Path) -> None:
    rows = table(people(20))
    rows[0]["b12_total"], rows[1]["b12_total"], rows[2]["b12_total"] = "n/a", "<150", "1e9"
    file, mapping = tmp_path / "people.csv", tmp_path / "map.toml"
    write_table(file, rows)
    write_mapping(mapping)
    output = run(tmp_path / "out", file, "--mapping", mapping)
    found = {row["subject"]: row for row in rows_of(output)}
    bad, bound, wild = (found[f"Patient/{rows[at]['person']}"] for at in range(3))
    assert "value-not-read:1" in bad["notes"].split()
    assert (bound["b12_total"], bound["censored"]) == ("150.0", "b12_total")
    assert "value-not-plausible:1" in wild["notes"].split()
    mapping.write_text(mapping.read_text("utf-8").replace('"pg/mL"', '"furlong"'), "utf-8")
    output = run(tmp_path / "other", file, "--mapping", mapping)
    noted = [row for row in rows_of(output) if "unit-not-read:1" in row["notes"].split()]
    assert len(noted) == len(rows) - 1


def _cut(path: Path) -> Path:
    packed = gzip.compress(b"".join(json.dumps(form).encode() + b"\n" for form in PEOPLE))
    path.write_bytes(packed[: len(packed) // 2])
    return path


@pytest.mark.parametrize(
    ("make", "code", "text"),
    [
        (lambda folder: [_cut(folder / "half.ndjson.gz")], 3, "half.ndjson.gz: cannot be read"),
        (lambda folder: [(folder / "none.ndjson")], 2, "does not exist"),
        (lambda folder: [write_lines(folder / "empty.ndjson", [])], 3, "is empty"),
        (lambda folder: [as_csv(folder, PEOPLE)[0]], 2, "--mapping"),
        (lambda folder: [_parquet(folder), *as_csv(folder, PEOPLE)[1:]], 3, "cannot be read"),
    ],
)
def test_an_input_that_cannot_be_used_is_a_clear_error(
    make: object, code: int, text: str, tmp_path: Path
) -> None:
    assert callable(make)
    done = cohort("run", *make(tmp_path), "--output", tmp_path / "out")
    assert done.exit_code == code, done.output
    assert text in done.output
    assert "Traceback" not in done.output


def _parquet(folder: Path) -> Path:
    file = folder / "cut.parquet"
    file.write_bytes(b"PAR1" + b"\0" * 100)
    return file


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ('column = "mma"', 'column = "methyl"', "no column methyl"),
        ('analyte = "mma"', 'analyte = "b13"', "map.toml"),
        ('age = "age"', 'old = "age"', "old"),
        ("[patient]", "[person", "is no TOML"),
    ],
)
def test_a_mapping_that_does_not_fit_is_a_clear_error(
    old: str, new: str, text: str, tmp_path: Path
) -> None:
    file, _, mapping = as_csv(tmp_path, PEOPLE)
    Path(mapping).write_text(Path(mapping).read_text("utf-8").replace(old, new), "utf-8")
    done = cohort("run", file, "--mapping", mapping, "--output", tmp_path / "out")
    assert done.exit_code == 3, done.output
    assert text in done.output


def test_without_the_library_the_command_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    done = cohort("run", *as_lines(tmp_path, PEOPLE), "--output", tmp_path / "out")
    assert done.exit_code == 3
    assert "cobalamin[cohort]" in done.output


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--engine", "spark", "--resume"], "a run on Spark is not resumed"),
        (["--engine", "spark", "--jobs", "2"], "--jobs is for the local engine"),
        (["--master", "local[2]"], "--master needs --engine spark"),
    ],
)
def test_options_of_the_other_engine_are_refused(
    options: list[str], text: str, tmp_path: Path
) -> None:
    done = cohort("run", *as_lines(tmp_path, PEOPLE), "--output", tmp_path / "out", *options)
    assert (done.exit_code, text in done.output) == (2, True), done.output
    assert not (tmp_path / "out").exists()


def test_without_spark_the_command_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    monkeypatch.setitem(sys.modules, "py4j", None)
    (file,) = as_lines(tmp_path, PEOPLE)
    done = cohort("run", file, "--output", tmp_path / "out", "--engine", "spark")
    assert done.exit_code == 3
    assert "cobalamin[spark]" in done.output
    run(tmp_path / "out", file)


# --- interruption


def test_a_folder_is_used_once(plain: Path, tmp_path: Path) -> None:
    for more in ([], ["--resume"]):
        done = cohort("run", *as_lines(tmp_path, PEOPLE), "--output", plain, *more)
        assert done.exit_code == 2
        assert "finished run" in done.output


SMALL = {"read": 4_000, "unit": 16_000, "bulk": 60_000, "bucket": 30_000}
# A shell that runs the tests in the background has them ignore SIGINT, and children inherit that.
SMALL_UNITS = f"""
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from cobalamin.service.cli.main import main
from cobalamin.service.cohort.input.split import SIZES
for name, size in {SMALL}.items():
    setattr(SIZES, name, size)
main()
"""


@pytest.fixture
def small_units(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are split into parts of some twenty people."""
    for name, size in SMALL.items():
        monkeypatch.setattr(SIZES, name, size)


def start(output: Path, *arguments: str, jobs: int = 2) -> "subprocess.Popen[bytes]":
    """A run in small units, in a process group of its own."""
    command = ["cohort", "run", *arguments, "--output", str(output), "--as-of", DAY]
    return subprocess.Popen(  # noqa: S603 - this Python
        [sys.executable, "-c", SMALL_UNITS, *command, "--jobs", str(jobs)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def wait_for(folder: Path, pattern: str, number: int, process: "subprocess.Popen[bytes]") -> None:
    """Until so many files are there, or the run is at its end."""
    deadline = time.monotonic() + 60
    while len(list(folder.glob(pattern))) < number and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.002)


def kill(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.communicate()


def workers_of(process: "subprocess.Popen[bytes]") -> list[int]:
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text("ascii")
    return [int(pid) for pid in children.split()]


@pytest.mark.usefixtures("small_units")
@pytest.mark.parametrize("write", [as_bulk, as_folder])
def test_a_killed_run_goes_on_where_it_was(
    write: Callable[[Path, list[Json]], list[str]], tmp_path: Path
) -> None:
    arguments, output = write(tmp_path, people(200)), tmp_path / "out"
    whole = run(tmp_path / "whole", *arguments)
    for pattern, number in (("plan.json", 1), ("*.done", 3)):
        process = start(output, *arguments, *(["--resume"] if output.exists() else []))
        wait_for(output / "work", pattern, number, process)
        kill(process)
    assert not (output / "manifest.json").exists()
    again = cohort("run", *arguments, "--output", output, "--as-of", DAY)
    assert (again.exit_code, "--resume" in again.output) == (2, True)
    done = {file: file.stat().st_mtime_ns for file in (output / "work").glob("*.done")}
    assert done
    run(output, *arguments, "--resume")
    assert (output / "rows.csv").read_bytes() == (whole / "rows.csv").read_bytes()
    assert refusals_of(output) == []


def test_workers_end_with_a_run_that_is_killed(tmp_path: Path) -> None:
    process = start(tmp_path / "out", *as_lines(tmp_path, people(200)))
    wait_for(tmp_path / "out" / "work", "*.done", 1, process)
    workers = workers_of(process)
    assert workers
    kill(process)
    deadline = time.monotonic() + 20
    while any(Path(f"/proc/{pid}").exists() for pid in workers):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_worker_that_is_lost_is_told(tmp_path: Path) -> None:
    process = start(tmp_path / "out", *as_lines(tmp_path, people(6000)))
    wait_for(tmp_path / "out" / "work", "*.done", 1, process)
    for pid in workers_of(process):
        if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes():
            os.kill(pid, signal.SIGKILL)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 1
    assert b"a worker ended unexpectedly" in said
    assert b"Traceback" not in said


def test_a_changed_input_or_option_is_not_gone_on_with(tmp_path: Path) -> None:
    (file,) = as_lines(tmp_path, PEOPLE)
    output = tmp_path / "out"
    process = start(output, file, jobs=1)
    wait_for(output / "work", "plan.json", 1, process)
    kill(process)
    other = cohort("run", file, "--output", output, "--as-of", "2026-11-21", "--resume")
    assert (other.exit_code, "other options" in other.output) == (2, True)
    with Path(file).open("a", encoding="utf-8") as opened:
        opened.write("\n")
    changed = cohort("run", file, "--output", output, "--as-of", DAY, "--resume")
    assert (changed.exit_code, "is not what it was" in changed.output) == (2, True)


def test_control_c_ends_it_cleanly(tmp_path: Path) -> None:
    (file,) = as_lines(tmp_path, people(6000))
    process = start(tmp_path / "out", file)
    wait_for(tmp_path / "out" / "work", "*.done", 1, process)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert b"--resume" in said
    assert b"Traceback" not in said
    run(tmp_path / "out", file, "--resume")
    assert len(rows_of(tmp_path / "out")) == 6000


@pytest.mark.usefixtures("small_units")
def test_parts_of_files_are_put_together_in_order(tmp_path: Path) -> None:
    forms = people(120)
    lines = [json.dumps(form) for form in forms]
    lines[60] = "{"
    file = tmp_path / "p.ndjson"
    file.write_text("\n".join(lines), "utf-8")
    packed = tmp_path / "p.ndjson.gz"
    packed.write_bytes(gzip.compress(file.read_bytes()))
    one, other = run(tmp_path / "one", file), run(tmp_path / "other", packed)
    assert refusals_of(one) == [("p.ndjson", "61", "not-json")]
    assert refusals_of(other) == [("p.ndjson.gz", "61", "not-json")]
    assert (one / "rows.csv").read_bytes() == (other / "rows.csv").read_bytes()
    batch = run(tmp_path / "batch", *as_messages(tmp_path, forms))
    assert len({row["origin"] for row in rows_of(batch)}) == len(forms)
