"""The adults of NHANES 2001-2002 as laboratories would send them."""

import csv
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from app import SHARED

ADULTS = SHARED / "population" / "nhanes_2001_2002_adults.csv"
DAY = date(2002, 6, 15)
Row = dict[str, str]
COLUMNS = {
    "LBXMMA": ("mma", "13964-2", "umol/L"),
    "LBDHCY": ("homocysteine", "13965-9", "umol/L"),
    "LBDFOLSI": ("folate_serum", "14732-2", "nmol/L"),
    "LBXFER": ("ferritin", "2276-4", "ug/L"),
    "mcv": ("mcv", "787-2", "fL"),
    "rdw": ("rdw", "788-0", "%"),
    "creat": ("creatinine", "2160-0", "mg/dL"),
}
IN_MASS = {"LBXB12": ("b12_total", "2132-9", "pg/mL"), **COLUMNS}
IN_MOLES = {"LBDB12SI": ("b12_total", "14685-2", "pmol/L"), **COLUMNS}
Columns = dict[str, tuple[str, str, str]]


def all_adults() -> Iterator[Row]:
    """Every adult, with or without a vitamin B12."""
    with ADULTS.open(encoding="utf-8") as file:
        yield from csv.DictReader(file)


def adults_with_b12(survey: Path = ADULTS) -> list[Row]:
    """Those with a vitamin B12, as a cohort is made of."""
    with survey.open(encoding="utf-8", newline="") as file:
        return [adult for adult in csv.DictReader(file) if adult["LBXB12"]]


def plain_of(adult: Row, columns: Columns) -> bytes:
    """An adult as the plain form; numbers keep the digits of the survey."""
    results = [
        f'{{"analyte": "{analyte}", "value": {adult[name]}, "unit": "{unit}", "date": "{DAY}"}}'
        for name, (analyte, _, unit) in columns.items()
        if adult[name]
    ]
    patient = {"id": adult["SEQN"], "sex": _sex(adult), "age": int(float(adult["RIDAGEYR"]))}
    if adult["pregnant"]:
        patient["pregnant"] = float(adult["pregnant"]) == 1
    return f'{{"patient": {json.dumps(patient)}, "results": [{", ".join(results)}]}}'.encode()


def bundle_of(adult: Row, columns: Columns) -> bytes:
    """An adult as a FHIR Bundle."""
    patient = {
        "resourceType": "Patient",
        "id": adult["SEQN"],
        "gender": _sex(adult),
        "birthDate": f"{DAY.year - int(float(adult['RIDAGEYR']))}-01-01",
    }
    observations = [
        _observation(adult, name, code, unit)
        for name, (_, code, unit) in columns.items()
        if adult[name]
    ]
    entry = [{"resource": one} for one in (patient, *observations)]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entry}).encode()


def _observation(adult: Row, name: str, code: str, unit: str) -> dict[str, Any]:
    system = "http://unitsofmeasure.org"
    return {
        "resourceType": "Observation",
        "id": f"{adult['SEQN']}-{name}",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
        "subject": {"reference": f"Patient/{adult['SEQN']}"},
        "effectiveDateTime": DAY.isoformat(),
        "valueQuantity": {"value": json.loads(adult[name]), "code": unit, "system": system},
    }


def _sex(adult: Row) -> str:
    return "male" if float(adult["gender"]) == 1 else "female"


def message_of(adult: Row, columns: Columns) -> bytes:
    """An adult as an ORU^R01; numbers keep the digits of the survey."""
    born = f"{DAY.year - int(float(adult['RIDAGEYR']))}0101"
    results = [
        f"OBX|{number}|NM|{code}^{analyte}^LN||{adult[name]}|{unit}|||||F|||{DAY:%Y%m%d}"
        for number, (name, (analyte, code, unit)) in enumerate(columns.items(), start=1)
        if adult[name]
    ]
    segments = (
        f"MSH|^~\\&|LIS|LAB|COBALAMIN|HOSPITAL|{DAY:%Y%m%d}||ORU^R01|{adult['SEQN']}|P|2.5.1",
        f"PID|1||{adult['SEQN']}||||{born}|{_sex(adult)[0].upper()}",
        f"OBR|1||{adult['SEQN']}|B12^Vitamin B12^L|||{DAY:%Y%m%d}",
        *results,
    )
    return "".join(f"{segment}\r" for segment in segments).encode()
