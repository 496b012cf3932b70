"""`cobalamin cohort report`: the page and its tables say what the rows hold, and no more."""

import copy
import csv
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from cohorts import Json, as_messages, bundle, cohort, people, rows_of, run, write_lines

pytest.importorskip("duckdb", reason="DuckDB has no wheel for this machine")
PEOPLE = people(60, seed=5)
ODD = "<script>alert(1)</script>"


def _population() -> list[Json]:
    """Bundles of the people, among them one with a local code and one whose unit is unknown."""
    bundles = [bundle(form) for form in PEOPLE]
    local = bundles[0]["entry"][1]["resource"]
    local["code"]["coding"] = [{"system": "urn:local", "code": "B12X", "display": ODD}]
    bundles[1]["entry"][1]["resource"]["valueQuantity"] |= {"unit": "stones", "code": "stones"}
    for one in bundles[2:20]:
        for entry in one["entry"][1:]:
            entry["resource"]["performer"] = [{"display": f"North {ODD}"}]
    return bundles


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with a report."""
    folder = tmp_path_factory.mktemp("reported")
    lines = write_lines(folder / "bundles.ndjson", _population())
    with lines.open("a", encoding="utf-8") as file:
        file.write("{\n")
    output = run(folder / "out", lines, "--codes", "1", "--laboratory")
    done = cohort("report", output)
    assert done.exit_code == 0, done.output
    return output


def _table(reported: Path, name: str) -> list[dict[str, str]]:
    with (reported / "report" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _page(reported: Path) -> str:
    return (reported / "report" / "index.html").read_text("utf-8")


def test_cards_are_counted_by_step_and_urgency(reported: Path) -> None:
    advised = [row for row in rows_of(reported) if row["outcome"] == "advice"]
    expected = Counter((row["rung"], row["urgency"]) for row in advised)
    found = _table(reported, "advice-by-rung")
    assert {(row["step"], row["urgency"]): int(row["people"]) for row in found} == expected
    for row in found:
        assert float(row["per 1000"]) == pytest.approx(1000 * int(row["people"]) / 60, abs=0.01)
        assert row["what it is"]


def test_cards_are_counted_by_urgency_even_where_there_is_none(reported: Path) -> None:
    advised = [row for row in rows_of(reported) if row["outcome"] == "advice"]
    expected = Counter(row["urgency"] for row in advised)
    found = {row["urgency"]: int(row["people"]) for row in _table(reported, "advice-by-urgency")}
    assert found == {name: expected[name] for name in ("urgent", "soon", "routine")}


@pytest.mark.parametrize(
    ("name", "column", "member"),
    [
        ("sex", "sex", "sex"),
        ("kidney", "kidney function", "kidney"),
        ("unit", "unit of vitamin B12", "b12_total_unit"),
        ("laboratory", "laboratory", "laboratory"),
    ],
)
def test_every_person_is_in_one_group(name: str, column: str, member: str, reported: Path) -> None:
    empty = {"unit": "no usable result", "laboratory": "not named"}.get(name, "not known")
    rows = rows_of(reported)
    expected = Counter(row[member] or empty for row in rows)
    cards = Counter(row[member] or empty for row in rows if row["outcome"] == "advice")
    found = {row[column]: row for row in _table(reported, f"advice-by-{name}")}
    assert {group: int(row["people"]) for group, row in found.items()} == expected
    assert {group: int(row["with a card"]) for group, row in found.items()} == {
        group: cards[group] for group in expected
    }


def test_ages_and_pregnancy_are_grouped(reported: Path) -> None:
    rows = rows_of(reported)
    by_age = _table(reported, "advice-by-age")
    assert by_age[0]["age"] == "under 16"
    assert sum(int(row["people"]) for row in by_age) == len(rows)
    young = sum(16 <= int(row["age"]) < 30 for row in rows)
    assert [int(row["people"]) for row in by_age if row["age"] == "16 to 29"] == [young]
    pregnant = [row for row in rows if row["pregnant"] == "true"]
    found = {
        row["pregnancy"]: int(row["people"]) for row in _table(reported, "advice-by-pregnancy")
    }
    assert found["pregnant"] == len(pregnant)
    assert sum(found.values()) == len(rows)


@pytest.mark.parametrize("analyte", ["b12_total", "mma", "homocysteine", "haemoglobin", "mcv"])
def test_a_distribution_holds_everybody_with_a_result(analyte: str, reported: Path) -> None:
    values = [float(row[analyte]) for row in rows_of(reported) if row[analyte]]
    (file,) = (reported / "report").glob(f"distribution-{analyte}-*.csv")
    bins = _table(reported, file.stem)
    assert sum(int(row["people"]) for row in bins) == len(values)
    unit = next(iter(bins[0]))
    limits = "; ".join(row["limits"] for row in bins)
    assert limits
    for row in bins[1:-1]:
        low, high = map(float, re.findall(r"[\d.]+", row[unit]))
        assert int(row["people"]) == sum(low <= value < high for value in values)


def test_bands_are_counted(reported: Path) -> None:
    expected = Counter(row["band"] for row in rows_of(reported))
    found = {row["band"]: int(row["people"]) for row in _table(reported, "bands")}
    assert {band: count for band, count in found.items() if count} == expected


def test_what_could_not_be_assessed_is_told_with_its_reason(reported: Path) -> None:
    rows = [row for row in rows_of(reported) if row["outcome"] == "not-assessable"]
    expected = Counter(code for row in rows for code in row["reasons"].split())
    assert expected
    found = _table(reported, "not-assessable")
    assert {row["reason"]: int(row["people"]) for row in found} == expected
    assert [(row["code"], row["number"]) for row in _table(reported, "refused")] == [
        ("not-json", "1")
    ]
    unmapped = _table(reported, "unmapped-codes")
    assert [(row["system"], row["code"]) for row in unmapped] == [("urn:local", "B12X")]
    notes = Counter(
        note.partition(":")[0] for row in rows_of(reported) for note in row["notes"].split()
    )
    assert {row["note"]: int(row["people"]) for row in _table(reported, "notes")} == notes


def test_comments_cost_the_seconds_that_are_said(reported: Path, tmp_path: Path) -> None:
    expected = Counter(row["comment"] for row in rows_of(reported) if row["comment"])
    found = _table(reported, "comments")
    assert {row["comment"]: int(row["people"]) for row in found} == expected
    required = sum(int(row["people"]) for row in found if row["authorisation"] == "required")
    assert all((float(row["hours"]) > 0) == (row["authorisation"] == "required") for row in found)
    done = cohort("report", reported, "--output", tmp_path, "--authorisation-seconds", "90")
    assert done.exit_code == 0, done.output
    with (tmp_path / "authorisation.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert int(row["comments to authorise"]) == required
    assert float(row["hours"]) == pytest.approx(required * 90 / 3600, abs=0.05)


def test_examples_are_ids_alone(reported: Path) -> None:
    rows = {row["subject"]: row for row in rows_of(reported)}
    found = _table(reported, "examples")
    assert found
    for row in found:
        assert (row["step"], row["urgency"]) == (
            rows[row["person"]]["rung"],
            rows[row["person"]]["urgency"],
        )
    assert set(found[0]) == {
        "step",
        "what it is",
        "urgency",
        "person",
        "day",
        "where it stood",
    }
    assert max(Counter((row["step"], row["urgency"]) for row in found).values()) <= 5 * 2


def test_the_page_holds_every_table_and_needs_nothing_from_elsewhere(reported: Path) -> None:
    page = _page(reported)
    files = {file.stem for file in (reported / "report").glob("*.csv")}
    assert set(re.findall(r'<h3 id="([^"]+)"', page)) == files
    assert not re.search(r"(?i)\b(?:src|href)\s*=\s*[\"'](?!#)|@import|url\(|<script", page)
    assert "prefers-color-scheme: dark" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_other_knowledge_than_that_of_the_run_is_told(reported: Path, tmp_path: Path) -> None:
    assert "other knowledge" not in _page(reported)
    for file in reported.glob("*.*"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    manifest = json.loads((tmp_path / "manifest.json").read_text("utf-8"))
    manifest["knowledge"]["hash"] = "sha256:0"
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    assert cohort("report", tmp_path).exit_code == 0
    assert "other knowledge" in (tmp_path / "report" / "index.html").read_text("utf-8")


def test_a_report_on_messages_names_the_place_of_those_without_an_id(tmp_path: Path) -> None:
    (folder,) = as_messages(tmp_path, copy.deepcopy(PEOPLE[:8]))
    output = run(tmp_path / "out", folder)
    assert cohort("report", output).exit_code == 0
    assert {row["laboratory"] for row in _table(output, "advice-by-laboratory")} == {"LAB"}
    assert all(".hl7:" in row["where it stood"] for row in _table(output, "examples"))


def test_nobody_is_reported_on_too(tmp_path: Path) -> None:
    file = tmp_path / "none.ndjson"
    file.write_text('{"patient": 1}\n', "utf-8")
    output = run(tmp_path / "out", file)
    assert cohort("report", output).exit_code == 0
    assert "0 people" in _page(output)


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    done = cohort("report", tmp_path)
    assert (done.exit_code, "no finished run" in done.output) == (2, True)
