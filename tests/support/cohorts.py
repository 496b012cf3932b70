"""A small made-up population, written in every form that a cohort is read from."""

import csv
import gzip
import json
import random
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from cobalamin.service.cli.main import main
from entry_points import as_message

Json = dict[str, Any]
DAY = "2026-11-20"
SAMPLED = "2026-11-02"
LOINC, SNOMED, UCUM = "http://loinc.org", "http://snomed.info/sct", "http://unitsofmeasure.org"
# Analyte, LOINC code, unit, lowest and highest value, decimals.
MEASURED = (
    ("b12_total", "2132-9", "pg/mL", 80, 900, 0),
    ("mma", "13964-2", "umol/L", 0.08, 1.5, 2),
    ("homocysteine", "13965-9", "umol/L", 5, 40, 1),
    ("haemoglobin", "718-7", "g/dL", 7, 16, 1),
    ("mcv", "787-2", "fL", 75, 118, 1),
    ("creatinine", "2160-0", "mg/dL", 0.5, 2.5, 1),
)
CODES = {analyte: code for analyte, code, *_ in MEASURED}
UNITS = {analyte: unit for analyte, _, unit, *_ in MEASURED}
MAPPING = f"""
date = "{SAMPLED}"
missing = ["NA"]

[patient]
id = "person"
sex = {{ column = "sex", values = {{ "1" = "male", "2" = "female" }} }}
age = "age"
pregnant = {{ column = "pregnant", values = {{ "1" = true, "0" = false }} }}
"""


def people(number: int = 40, seed: int = 7) -> list[Json]:
    """Plain forms of so many people, the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311 - made-up people, no secret
    return [_person(chance, at) for at in range(number)]


def _person(chance: random.Random, at: int) -> Json:
    sex, age = chance.choice(("female", "male")), chance.randint(14, 95)
    patient: Json = {"id": f"p{at:05}", "sex": sex, "birthDate": f"{2026 - age}-01-01"}
    if sex == "female" and age < 45:
        patient["pregnant"] = chance.random() < 0.3
    results = [
        {
            "analyte": analyte,
            "value": round(chance.uniform(low, high), digits)
            if digits
            else chance.randint(80, 900),
            "unit": unit,
            "date": SAMPLED,
        }
        for analyte, _, unit, low, high, digits in MEASURED
        if analyte == "b12_total" or chance.random() < 0.7
    ]
    return {"patient": patient, "results": results}


# --- FHIR


def resources(form: Json) -> list[Json]:
    """The form as FHIR resources, the patient first."""
    patient, subject = form["patient"], {"reference": f"Patient/{form['patient']['id']}"}
    made = [
        {
            "resourceType": "Patient",
            "id": patient["id"],
            "gender": patient["sex"],
            "birthDate": patient["birthDate"],
        }
    ]
    for at, one in enumerate(form["results"]):
        quantity = {"value": one["value"], "unit": one["unit"], "code": one["unit"], "system": UCUM}
        coding = {"system": LOINC, "code": CODES[one["analyte"]]}
        made.append(_observation(f"{patient['id']}-{at}", subject, coding, valueQuantity=quantity))
    if "pregnant" in patient:
        said = {"system": SNOMED, "code": "77386006" if patient["pregnant"] else "60001007"}
        coding = {"system": LOINC, "code": "82810-3"}
        value = {"coding": [said]}
        made.append(_observation(f"{patient['id']}-x", subject, coding, valueCodeableConcept=value))
    return made


def _observation(name: str, subject: Json, coding: Json, **value: Any) -> Json:  # noqa: ANN401
    return {
        "resourceType": "Observation",
        "id": name,
        "status": "final",
        "code": {"coding": [coding]},
        "subject": subject,
        "effectiveDateTime": SAMPLED,
        **value,
    }


def bundle(form: Json, kind: str = "collection") -> Json:
    """The form as a Bundle."""
    entries = [{"resource": one} for one in resources(form)]
    return {"resourceType": "Bundle", "type": kind, "entry": entries}


# --- files


def write_lines(path: Path, objects: Iterable[object]) -> Path:
    """A JSON object a line; gzip where the name ends so."""
    text = "".join(json.dumps(one) + "\n" for one in objects).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return path


def as_lines(folder: Path, forms: list[Json]) -> list[str]:
    """Plain forms, one a line."""
    return [str(write_lines(folder / "plain.ndjson", forms))]


def as_packed_bundles(folder: Path, forms: list[Json]) -> list[str]:
    """Bundles, one a line, as gzip."""
    return [str(write_lines(folder / "bundles.ndjson.gz", map(bundle, forms)))]


def as_folder(folder: Path, forms: list[Json]) -> list[str]:
    """A folder with a transaction Bundle a file, over many lines."""
    target = folder / "files"
    target.mkdir(parents=True)
    for form in forms:
        text = json.dumps(bundle(form, "transaction"), indent=1)
        (target / f"{form['patient']['id']}.json").write_text(text, "utf-8")
    return [str(target)]


def as_bulk(folder: Path, forms: list[Json]) -> list[str]:
    """Bulk Data: files by type, in no order of patients; one of them as gzip."""
    found: dict[str, list[Json]] = {}
    for form in forms:
        for one in resources(form):
            found.setdefault(one["resourceType"], []).append(one)
    observations = found["Observation"]
    random.Random(1).shuffle(observations)  # noqa: S311
    half = len(observations) // 2
    write_lines(folder / "bulk" / "Patient.ndjson", found["Patient"])
    write_lines(folder / "bulk" / "Observation.000.ndjson", observations[:half])
    write_lines(folder / "bulk" / "Observation.001.ndjson.gz", observations[half:])
    return [str(folder / "bulk")]


def table(forms: list[Json]) -> list[dict[str, str]]:
    """One row a person."""
    rows = []
    for form in forms:
        patient = form["patient"]
        row = {
            "person": patient["id"],
            "sex": "1" if patient["sex"] == "male" else "2",
            "age": str(2026 - int(patient["birthDate"][:4])),
            "pregnant": str(int(patient["pregnant"])) if "pregnant" in patient else "NA",
            **dict.fromkeys(CODES, ""),
        }
        row |= {one["analyte"]: str(one["value"]) for one in form["results"]}
        rows.append(row)
    return rows


def write_table(path: Path, rows: list[dict[str, str]]) -> Path:
    """A CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_mapping(path: Path, more: str = "", *, wide: bool = True) -> Path:
    """The mapping of `table`."""
    columns = "".join(
        f'[[results]]\nanalyte = "{name}"\ncolumn = "{name}"\nunit = "{unit}"\n'
        for name, unit in UNITS.items()
    )
    path.write_text(MAPPING + (columns if wide else "") + more, "utf-8")
    return path


def as_csv(folder: Path, forms: list[Json]) -> list[str]:
    """A wide table."""
    file = write_table(folder / "people.csv", table(forms))
    return [str(file), "--mapping", str(write_mapping(folder / "map.toml"))]


def as_long_csv(folder: Path, forms: list[Json]) -> list[str]:
    """A result a row, among those of tests that nobody asks about."""
    rows = []
    for row in table(forms):
        person = {name: row[name] for name in ("person", "sex", "age", "pregnant")}
        rows.append({**person, "test": "Sodium", "value": "140", "unit": "mmol/L", "day": SAMPLED})
        rows += [
            {**person, "test": name, "value": row[name], "unit": unit, "day": SAMPLED}
            for name, unit in UNITS.items()
            if row[name]
        ]
    random.Random(2).shuffle(rows)  # noqa: S311
    values = ", ".join(f'"{name}" = "{name}"' for name in UNITS)
    long = (
        f'[long]\nanalyte = {{ column = "test", values = {{ {values} }} }}\n'
        'value = "value"\nunit = "unit"\ndate = "day"\n'
    )
    file = write_table(folder / "long.csv", rows)
    return [str(file), "--mapping", str(write_mapping(folder / "long.toml", long, wide=False))]


def as_parquet(folder: Path, forms: list[Json]) -> list[str]:
    """A wide table with numbers as numbers."""
    import duckdb  # noqa: PLC0415 - an optional extra

    source, *mapping = as_csv(folder, forms)
    target = folder / "people.parquet"
    with duckdb.connect() as database:
        database.read_csv(source).write_parquet(str(target))
    return [str(target), *mapping]


def as_messages(folder: Path, forms: list[Json]) -> list[str]:
    """HL7 v2: every other message in a file of its own, the rest in one batch."""
    target = folder / "messages"
    target.mkdir()
    messages = [_message(form) for form in forms]
    for at, message in enumerate(messages[::2]):
        (target / f"{at}.hl7").write_text(message, "utf-8", newline="")
    batch = "BHS|^~\\&|LIS\r" + "".join(messages[1::2]) + "BTS|20\r"
    (target / "batch.hl7").write_text(batch, "utf-8", newline="")
    return [str(target)]


def _message(form: Json) -> str:
    return as_message(form).replace("PID|1||p1|", f"PID|1||{form['patient']['id']}|")


FORMATS: dict[str, Callable[[Path, list[Json]], list[str]]] = {
    "plain forms": as_lines,
    "packed Bundles": as_packed_bundles,
    "a folder of Bundles": as_folder,
    "Bulk Data": as_bulk,
    "CSV": as_csv,
    "long CSV": as_long_csv,
    "Parquet": as_parquet,
}


# --- runs


def cohort(*arguments: str | Path) -> Result:
    """`cobalamin cohort` with these arguments."""
    return CliRunner().invoke(main, ["cohort", *map(str, arguments)])


def run(output: Path, *arguments: str | Path, day: str = DAY) -> Path:
    """A run that ends well, on the day of the population unless another is named."""
    done = cohort("run", *arguments, "--output", output, "--as-of", day, "--jobs", "1")
    assert done.exit_code == 0, done.output
    return output


def rows_of(output: Path, name: str = "rows.csv") -> list[dict[str, str]]:
    """The rows of a file of results."""
    with (output / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def refusals_of(output: Path) -> list[tuple[str, str, str]]:
    """The name of the file, the number and the code of each refusal."""
    return [
        (Path(row["file"]).name, row["number"], row["code"])
        for row in rows_of(output, "refused.csv")
    ]
