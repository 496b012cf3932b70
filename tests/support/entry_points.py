"""One patient as sent to every entry point: the plain form, a Bundle, a hook call, a message."""

import json
from typing import Any

from werkzeug.test import TestResponse

from app import app_with
from fhir_builders import ANALYTE, FEATURE, HISTORY, LOINC, a_code, a_quantity

Json = dict[str, Any]
FHIR, HL7V2, JSON = "application/fhir+json", "application/hl7-v2", "application/json"
STATUSES = {
    "final": "F",
    "corrected": "C",
    "amended": "A",
    "preliminary": "P",
    "cancelled": "X",
    "entered-in-error": "D",
}
# Published codes where one is of just this quantity; anything else goes by the project's own.
LOINCS = {
    ("b12_total", "pg/mL"): "2132-9",
    ("b12_total", "pmol/L"): "14685-2",
    ("mma", "nmol/L"): "13964-2",
    ("homocysteine", "umol/L"): "13965-9",
    ("haemoglobin", "g/dL"): "718-7",
    ("mcv", "fL"): "787-2",
    ("intrinsic_factor_antibody", None): "31444-3",
}
FLAGS = {"low": "L", "high": "H", "normal": "N", "abnormal": "A"}
INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
SUBJECT = {"reference": "Patient/p1"}


def ask(path: str, body: object, kind: str = JSON, accept: str | None = None) -> TestResponse:
    """The answer of an entry point."""
    sent = body if isinstance(body, str) else json.dumps(body)
    headers = {} if accept is None else {"Accept": accept}
    client = app_with().test_client()
    return client.post(path, data=sent.encode(), content_type=kind, headers=headers)


def code_of(one: Json) -> tuple[str, str]:
    """The code of a result and its system."""
    loinc = LOINCS.get((one["analyte"], one.get("unit")))
    return (one["analyte"], ANALYTE) if loinc is None else (loinc, LOINC)


# --- FHIR


def as_bundle(form: Json) -> Json:
    """The form as a FHIR Bundle, by the project's own codes."""
    entries = [{"resource": resource} for resource in _resources(form)]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def _resources(form: Json) -> list[Json]:
    return [
        _patient(form),
        *(_result(at, one) for at, one in enumerate(form.get("results", []))),
        *(_said(one["code"], FEATURE, one) for one in form.get("features", [])),
        *(_said(one["code"], HISTORY, one) for one in form.get("history", [])),
    ]


def _patient(form: Json) -> Json:
    patient = form["patient"]
    return {
        "resourceType": "Patient",
        "id": "p1",
        "gender": patient["sex"],
        "birthDate": patient["birthDate"],
    }


def _result(at: int, one: Json) -> Json:
    made: Json = {
        "resourceType": "Observation",
        "id": f"r{at}",
        "status": one.get("status", "final"),
        "code": a_code(*code_of(one)),
        "subject": SUBJECT,
        "effectiveDateTime": one["date"],
    }
    if isinstance(one["value"], str):
        made["valueString"] = one["value"]
    else:
        made["valueQuantity"] = a_quantity(one["value"], one.get("unit"))
        if "comparator" in one:
            made["valueQuantity"]["comparator"] = one["comparator"]
    if "referenceRange" in one:
        limits = {name: {"value": value} for name, value in one["referenceRange"].items()}
        made["referenceRange"] = [limits]
    if "interpretation" in one:
        made["interpretation"] = [a_code(FLAGS[one["interpretation"]], INTERPRETATION)]
    return made


def _said(code: str, system: str, one: Json) -> Json:
    made: Json = {
        "resourceType": "Observation",
        "id": code.replace("_", "-"),
        "status": "final",
        "code": a_code(code, system),
        "subject": SUBJECT,
    }
    extension = "https://cobalamin.org/fhir/StructureDefinition/feature-"
    attributes = [
        {"url": f"{extension}{name}", "valueBoolean": one[name]}
        for name in ("progressive", "objective")
        if name in one
    ]
    said = [one[name] for name in ("present", "active") if name in one]
    return (
        made
        | ({"extension": attributes} if attributes else {})
        | ({"valueBoolean": said[0]} if said else {})
    )


# --- CDS Hooks


def as_call(form: Json) -> Json:
    """The form as a call of patient-view."""
    patient, *others = _resources(form)
    labs = [one for one in others if one["id"].startswith("r") and "effectiveDateTime" in one]
    return {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/1", "patientId": "p1"},
        "prefetch": {
            "patient": patient,
            "labs": _searchset(labs),
            "symptoms": _searchset([one for one in others if one not in labs]),
            **dict.fromkeys(
                (
                    "conditions",
                    "medications",
                    "statements",
                    "administrations",
                    "procedures",
                    "allergies",
                    "family",
                )
            ),
        },
    }


def _searchset(resources: list[Json]) -> Json:
    entries = [{"resource": resource} for resource in resources]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries}


# --- HL7 v2


def as_message(form: Json) -> str:
    """The form as an ORU^R01."""
    patient = form["patient"]
    sex = {"female": "F", "male": "M"}[patient["sex"]]
    born = patient["birthDate"].replace("-", "")
    segments = [
        "MSH|^~\\&|LIS|LAB|COBALAMIN|HOSPITAL|20261120||ORU^R01|C1|P|2.5.1",
        f"PID|1||p1|||| {born}|{sex}".replace("|||| ", "||||"),
        "OBR|1|||PANEL^Panel^L",
        *(_segment(at, one) for at, one in enumerate(form.get("results", []), start=1)),
        *(_stated(one, FEATURE) for one in form.get("features", [])),
        *(_stated(one, HISTORY) for one in form.get("history", [])),
    ]
    return "\r".join(segments) + "\r"


def _stated(one: Json, system: str) -> str:
    """A sign or a part of the history: coded alone, or with the word that it is there or not."""
    said = [one[name] for name in ("present", "active") if name in one]
    word = "" if not said else "present" if said[0] else "absent"
    return f"OBX|1|{'ST' if word else ''}|{one['code']}^^{system}||{word}||||||F"


def _segment(at: int, one: Json) -> str:
    value = f"{one.get('comparator', '')}{one['value']}"
    kind = "ST" if isinstance(one["value"], str) else "NM"
    given = one.get("referenceRange", {})
    low, high = given.get("low"), given.get("high")
    limits = f"{low}-{high}" if None not in (low, high) else ""
    if not limits:
        limits = f"<{high}" if high is not None else f">{low}" if low is not None else ""
    flag = FLAGS.get(one.get("interpretation", ""), "")
    status = STATUSES[one.get("status", "final")]
    day = one["date"].replace("-", "")
    unit = one.get("unit", "")
    unit = f"{unit}^^UCUM" if unit and at % 2 else unit
    code, system = code_of(one)
    named = f"{code}^^LN" if system == LOINC else f"L{at}^local^L^{code}^^{system}"
    # The sub-identifier tells results of one code apart, as the ids of resources do.
    return f"OBX|{at}|{kind}|{named}|{at}|{value}|{unit}|{limits}|{flag}|||{status}|||{day}"
