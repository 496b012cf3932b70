"""Inputs of a cohort with faults in some of their lines, for every engine."""

import csv
import json
from pathlib import Path

from cohorts import (
    Json,
    as_long_csv,
    people,
    resources,
    table,
    write_lines,
    write_mapping,
    write_table,
)

PEOPLE = people()
BLANKS = ("", " ", "\t ", "\u00a0", "\u3000\v")


def bad_lines(folder: Path) -> list[str]:
    """Plain forms: cut, blank, unknown, single resources, twice, nameless, no object, no text."""
    lines = [
        json.dumps(PEOPLE[0]),
        '{"patient": {"id": "cut',
        "",
        json.dumps({"patient": {"id": "q", "colour": "canary"}}),
        json.dumps(resources(PEOPLE[1])[1]),
        '{"patient": {"id": "twice", "age": 50, "sex": "male"}}',
        '{"patient": {"id": "twice", "age": 50, "sex": "male"}}',
        '{"results": [{"analyte": "b12_total", "value": 100, "unit": "pg/mL"}]}',
        "[1]",
    ]
    file = folder / "bad.ndjson"
    file.write_bytes("\n".join(lines).encode() + b"\n\xff\xfe{}")
    return [str(file)]


def bad_bulk(folder: Path) -> list[str]:
    """Bulk Data: without ids, two people of one id, of nobody, cut, of a type that is not read."""
    patient, first, *others = resources(PEOPLE[0])
    other = {**patient, "birthDate": "1901-01-01"}
    twice, *_ = resources(PEOPLE[1])
    lost = {**first, "subject": {"reference": "Patient/nobody"}}
    nameless = {name: value for name, value in first.items() if name != "subject"}
    bulk = folder / "bulk"
    write_lines(bulk / "Patient.0.ndjson", [patient, twice, {"resourceType": "Patient"}])
    write_lines(bulk / "Patient.1.ndjson", [other, twice])
    file = write_lines(bulk / "Observation.ndjson", [first, *others, lost, nameless])
    file.write_bytes(file.read_bytes() + b'{"resourceType": "Observation", "id": "cut')
    write_lines(bulk / "Encounter.ndjson", [{"resourceType": "Encounter", "id": "e"}] * 3)
    return [str(bulk)]


def bad_table(folder: Path) -> list[str]:
    """A wide table: no id, values that are not listed or not valid, two people of one id, cut."""
    rows = table(PEOPLE[:6])
    rows[0]["person"] = ""
    rows[1]["sex"] = "canary"
    rows[2]["age"] = "41.5"
    rows.append({**rows[3], "sex": "1" if rows[3]["sex"] == "2" else "2"})
    file = write_table(folder / "people.csv", rows)
    file.write_bytes(file.read_bytes() + b"p9,1,5")
    return [str(file), "--mapping", str(write_mapping(folder / "map.toml"))]


def blank_ids(folder: Path) -> list[str]:
    """A long table in which blanks stand around the ids, others in each row; two have no more."""
    file, *mapping = as_long_csv(folder, PEOPLE)
    with Path(file).open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    for at, row in enumerate(rows):
        blanks = BLANKS[at % len(BLANKS)]
        row["person"] = f"{blanks}{row['person']}{blanks[::-1]}"
    rows[10]["person"], rows[20]["person"] = "\t", "\u2003"
    write_table(Path(file), rows)
    return [file, *mapping]


def medications_of_one_id(folder: Path) -> list[str]:
    """Bulk Data of two exports: m1 is another medicine in each of them, m2 is the same in both."""
    statements = [
        {
            "resourceType": "MedicationStatement",
            "id": f"s{at}",
            "status": "active",
            "subject": {"reference": f"Patient/{form['patient']['id']}"},
            "medicationReference": {"reference": f"Medication/m{at}"},
        }
        for at, form in enumerate(PEOPLE[1:3], start=1)
    ]
    people_of_all = [one for form in PEOPLE for one in resources(form)]
    write_lines(folder / "people.ndjson", [*people_of_all, *statements])
    # Metformin, and paracetamol.
    for name, code in (("z", "6809"), ("a", "161")):
        medications = [_medication("m1", code), _medication("m2", "6809")]
        write_lines(folder / name / "Medication.ndjson", medications)
    return [str(folder / name) for name in ("z", "people.ndjson", "a")]


def _medication(name: str, code: str) -> Json:
    coding = {"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": code}
    return {"resourceType": "Medication", "id": name, "code": {"coding": [coding]}}
