"""The requests that are measured: patient-view with so many Observations of one woman.

They stand as a chart holds them: the newest panel first, then the same of every week before it. A
fifth is read by no rule. `card`: vitamin B12 is low and two signs are recorded. Without it there is
no vitamin B12, no marker, no haemoglobin, MCV or folate and no sign, by far the most frequent call.
"""

import json
from datetime import date, timedelta
from typing import Any

Row = tuple[str, str, float, str, tuple[float, float]]

CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
SUBJECT = {"reference": "Patient/bench"}
NEWEST = date(2026, 11, 16)
LOW_B12: Row = ("2132-9", "Cobalamin (Vitamin B12)", 145, "pg/mL", (180, 914))
OF_B12: tuple[Row, ...] = (
    ("718-7", "Hemoglobin", 12.8, "g/dL", (12, 16)),
    ("787-2", "MCV", 96, "fL", (80, 100)),
    ("2284-8", "Folate", 9.1, "ng/mL", (4, 20)),
)
OTHER_READ: tuple[Row, ...] = (
    ("777-3", "Platelets", 240, "10*3/uL", (150, 400)),
    ("751-8", "Neutrophils", 4.2, "10*3/uL", (2, 7.5)),
    ("2276-4", "Ferritin", 88, "ng/mL", (15, 150)),
    ("2160-0", "Creatinine", 0.9, "mg/dL", (0.6, 1.1)),
    ("2823-3", "Potassium", 4.1, "mmol/L", (3.5, 5.1)),
    ("788-0", "Erythrocyte distribution width", 13.4, "%", (11.5, 14.5)),
)
UNREAD: tuple[Row, ...] = (
    ("2951-2", "Sodium", 140, "mmol/L", (135, 145)),
    ("2075-0", "Chloride", 101, "mmol/L", (98, 107)),
)
REPORTED = {
    "issued": "2026-11-16T09:12:44.000Z",
    "performer": [{"reference": "Organization/laboratory", "display": "Central laboratory"}],
}
SIGNS = (("91019004", "Paraesthesia"), ("130980003", "Impaired vibration sense"))


def patient_view(observations: int, *, card: bool = True) -> bytes:
    """A request whose labs hold so many Observations."""
    read = (LOW_B12, *OF_B12, *OTHER_READ) if card else OTHER_READ
    panel = (*read[:4], UNREAD[0], *read[4:], UNREAD[1])
    labs = [
        _laboratory(at, panel[at % len(panel)], NEWEST - timedelta(weeks=at // len(panel)))
        for at in range(observations)
    ]
    signs = [_sign(at, *row) for at, row in enumerate(SIGNS)] if card else []
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
            "symptoms": _searchset(signs),
        },
    }
    return json.dumps(body, separators=(",", ":")).encode()


def plain_form() -> bytes:
    """One line of a batch: a plain form with eight results."""
    rows = (LOW_B12, *OF_B12, *OTHER_READ[:4])
    names = (
        *("b12_total", "haemoglobin", "mcv", "folate_serum"),
        *("platelets", "neutrophils", "ferritin", "creatinine"),
    )
    results = [
        {"analyte": name, "value": row[2], "unit": row[3], "date": NEWEST.isoformat()}
        for name, row in zip(names, rows, strict=True)
    ]
    patient = {"id": "bench", "sex": "female", "birthDate": "1969-04-12"}
    return json.dumps({"patient": patient, "results": results}, separators=(",", ":")).encode()


def bundle() -> bytes:
    """One line of a batch: a Bundle with the patient and six Observations."""
    sent = json.loads(patient_view(6))["prefetch"]
    entries = [{"resource": sent["patient"]}, *sent["labs"]["entry"]]
    whole = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    return json.dumps(whole, separators=(",", ":")).encode()


def _searchset(resources: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": len(resources),
        "entry": [{"resource": resource, "search": {"mode": "match"}} for resource in resources],
    }


def _laboratory(at: int, row: Row, on: date) -> dict[str, Any]:
    def quantity(number: float) -> dict[str, Any]:
        system = "http://unitsofmeasure.org"
        return {"value": number, "unit": unit, "system": system, "code": unit}

    code, name, value, unit, (low, high) = row
    return {
        "resourceType": "Observation",
        "id": f"lab-{at}",
        "meta": {"versionId": "1", "lastUpdated": "2026-11-16T09:12:44.000Z"},
        "status": "final",
        "category": [_concept(CATEGORY, "laboratory")],
        "code": {"coding": [{"system": "http://loinc.org", "code": code, "display": name}]},
        "subject": SUBJECT,
        "effectiveDateTime": f"{on.isoformat()}T08:40:00Z",
        "valueQuantity": quantity(value),
        "referenceRange": [{"low": quantity(low), "high": quantity(high)}],
        **REPORTED,
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
