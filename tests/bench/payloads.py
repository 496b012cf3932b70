"""The requests that are measured: patient-view with so many Observations of one woman."""

import json
from typing import Any

CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
SUBJECT = {"reference": "Patient/bench"}
PANEL = (
    ("2132-9", "Cobalamin (Vitamin B12)", 205, "pg/mL", (180, 914)),
    ("13964-2", "Methylmalonate", 3600, "nmol/L", (0, 400)),
    ("13965-9", "Homocysteine", 49.1, "umol/L", (5, 15)),
    ("787-2", "MCV", 96, "fL", (80, 100)),
    ("718-7", "Hemoglobin", 12.8, "g/dL", (12, 16)),
)
# What else a chart holds; none of these is read.
OTHERS = (
    ("2951-2", "Sodium", 140, "mmol/L", (135, 145)),
    ("2075-0", "Chloride", 101, "mmol/L", (98, 107)),
    ("2345-7", "Glucose", 92, "mg/dL", (70, 99)),
    ("8480-6", "Systolic blood pressure", 128, "mm[Hg]", (90, 140)),
    ("29463-7", "Body weight", 71.5, "kg", (40, 120)),
)
REPORTED = {
    "issued": "2026-11-16T09:12:44.000Z",
    "performer": [{"reference": "Organization/laboratory", "display": "Central laboratory"}],
}
SIGNS = (("91019004", "Paraesthesia"), ("130980003", "Impaired vibration sense"))


def patient_view(observations: int) -> bytes:
    """A request whose labs hold so many Observations; the first five are those that matter."""
    rows = [
        PANEL[at] if at < len(PANEL) else OTHERS[at % len(OTHERS)] for at in range(observations)
    ]
    labs = [_laboratory(at, *row) for at, row in enumerate(rows)]
    body = {
        "hook": "patient-view",
        "hookInstance": "1d5a4f6e-9c1b-4a6e-8a39-5f0f6d0d3c57",
        "context": {"userId": "Practitioner/bench", "patientId": "bench"},
        "prefetch": {
            "patient": {
                "resourceType": "Patient",
                "id": "bench",
                "gender": "female",
                "birthDate": "1969-04-12",
            },
            "labs": _searchset(labs),
            "symptoms": _searchset([_sign(at, *row) for at, row in enumerate(SIGNS)]),
        },
    }
    return json.dumps(body, separators=(",", ":")).encode()


def _searchset(resources: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": len(resources),
        "entry": [{"resource": resource, "search": {"mode": "match"}} for resource in resources],
    }


def _laboratory(
    at: int, code: str, name: str, value: float, unit: str, limits: tuple[int, int]
) -> dict[str, Any]:
    def quantity(number: float) -> dict[str, Any]:
        system = "http://unitsofmeasure.org"
        return {"value": number, "unit": unit, "system": system, "code": unit}

    low, high = limits
    reported = {} if at < len(PANEL) else REPORTED
    return {
        "resourceType": "Observation",
        "id": f"lab-{at}",
        "meta": {"versionId": "1", "lastUpdated": "2026-11-16T09:12:44.000Z"},
        "status": "final",
        "category": [_concept(CATEGORY, "laboratory")],
        "code": {"coding": [{"system": "http://loinc.org", "code": code, "display": name}]},
        "subject": SUBJECT,
        "effectiveDateTime": "2026-11-16T08:40:00Z",
        "valueQuantity": quantity(value),
        "referenceRange": [{"low": quantity(low), "high": quantity(high)}],
        **reported,
    }


def _sign(at: int, code: str, name: str) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": f"sign-{at}",
        "status": "final",
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": code, "display": name}]},
        "subject": SUBJECT,
        "effectiveDateTime": "2026-11-18T10:15:00Z",
        "valueBoolean": True,
    }


def _concept(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}
