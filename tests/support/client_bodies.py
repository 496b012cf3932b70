"""Calls in the shapes that real clients send, about made-up patients.

The order form of the CDS Hooks sandbox knows one unit, `{pill}`, sends no `intent` in its draft,
and a Bundle without a type; when a suggestion is taken it keeps its own dosage and takes only the
medicine of our draft.
"""

from typing import Any

from stories import form, result

from entry_points import as_call

Json = dict[str, Any]
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
NERVES = form(
    result("mma", 3600, "nmol/L"),
    result("homocysteine", 49.1, "umol/L"),
    result("b12_total", 205, "pg/mL"),
    features=("paraesthesia", "vibration_loss"),
)
PILL = {
    "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
    "doseAndRate": [
        {
            "doseQuantity": {
                "value": 1,
                "system": "http://unitsofmeasure.org",
                "code": "{pill}",
            }
        }
    ],
}


def sandbox_draft(concept: Json) -> Json:
    """The order form with a medicine chosen in it."""
    return {
        "resourceType": "MedicationRequest",
        "id": "request-123",
        "status": "draft",
        "subject": {"reference": "Patient/p1"},
        "authoredOn": "2026-11-20",
        "dosageInstruction": [PILL],
        "medicationCodeableConcept": concept,
    }


def medicine_of(code: str, display: str) -> Json:
    """A product by RxNorm, with its name as text too."""
    coding = {"display": display, "system": RXNORM, "code": code}
    return {"text": display, "coding": [coding]}


def ordering(chart: Json, concept: Json, hook: str) -> Json:
    """The chart while this medicine is chosen or signed."""
    call = as_call(chart)
    call["context"]["draftOrders"] = {
        "resourceType": "Bundle",
        "entry": [{"resource": sandbox_draft(concept)}],
    }
    if hook == "order-select":
        call["context"]["selections"] = ["MedicationRequest/request-123"]
    return {**call, "hook": hook}


def taking(chart: Json, **order: object) -> Json:
    """The chart with one prescription in force."""
    call = as_call(chart)
    made = {
        "resourceType": "MedicationRequest",
        "id": "m1",
        "status": "active",
        "intent": "order",
        "subject": {"reference": "Patient/p1"},
        **order,
    }
    call["prefetch"]["medications"] = {
        "resourceType": "Bundle",
        "type": "searchset",
        "entry": [{"resource": made}],
    }
    return call


FOLIC_ACID = medicine_of("199318", "Folic Acid 5 MG Oral Tablet")
TABLETS = medicine_of("309593", "Vitamin B 12 1 MG Oral Tablet")
METFORMIN = medicine_of("861004", "Metformin hydrochloride 1000 MG Oral Tablet")
INJECTION = {"coding": [{"system": "http://www.whocc.no/atc", "code": "B03BA03"}]}
BORDERLINE = form(result("b12_total", 240, "pg/mL"), features=("fatigue",))

BODIES: dict[str, Json] = {
    "nerves": as_call(NERVES),
    "vegan": as_call(form(result("b12_total", 140, "pg/mL"), history=("vegan_diet",))),
    "borderline on metformin": taking(
        BORDERLINE, medicationCodeableConcept=METFORMIN, authoredOn="2018-05-01"
    ),
    "injections that go on": taking(
        form(result("b12_total", 900, "pg/mL")),
        medicationCodeableConcept=INJECTION,
        authoredOn="2024-01-10",
    ),
    "injections beside new nerve signs": taking(
        NERVES, medicationCodeableConcept=INJECTION, authoredOn="2024-01-10"
    ),
    "tablets beside nerve signs": taking(
        NERVES, medicationCodeableConcept=TABLETS, authoredOn="2026-11-01"
    ),
    "tablets beside a low level": taking(
        form(result("b12_total", 120, "pg/mL")),
        medicationCodeableConcept=TABLETS,
        authoredOn="2026-03-01",
    ),
    "folic acid chosen": ordering(NERVES, FOLIC_ACID, "order-select"),
    "folic acid signed": ordering(BORDERLINE, FOLIC_ACID, "order-sign"),
    "tablets chosen": ordering(NERVES, TABLETS, "order-select"),
    "tablets signed": ordering(NERVES, TABLETS, "order-sign"),
    "metformin chosen": ordering(
        form(result("mcv", 101, "fL"), birthDate="1950-01-01"), METFORMIN, "order-select"
    ),
    "a child": as_call(form(result("b12_total", 150, "pg/mL"), birthDate="2015-05-05")),
}
