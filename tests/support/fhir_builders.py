"""Builders of FHIR as senders send it: a test states only what matters to it."""

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from cobalamin.fhir.decode.errors import ReadError
from cobalamin.fhir.prefetch import PrefetchResult, read_prefetch
from cobalamin.fhir.reader import read_body
from cobalamin.service.knowledge.codes import load_codes
from cobalamin.service.knowledge.units import load_units
from cobalamin.service.rules.model.facts import Facts, Result

Json = dict[str, Any]
LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
UCUM = "http://unitsofmeasure.org"
INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
FEATURE = "https://cobalamin.org/fhir/CodeSystem/feature"
HISTORY = "https://cobalamin.org/fhir/CodeSystem/history"
ANALYTE = "https://cobalamin.org/fhir/CodeSystem/analyte"
B12, B12_MOLAR, HB, MCV, IF_ANTIBODY = "2132-9", "14685-2", "718-7", "787-2", "31444-3"


def a_code(code: str, system: str | None = LOINC) -> Json:
    """A CodeableConcept of one coding."""
    coding = {"code": code} if system is None else {"system": system, "code": code}
    return {"coding": [coding]}


def a_quantity(value: object, unit: object) -> Json:
    """A Quantity in UCUM."""
    return {"value": value, "unit": unit, "system": UCUM, "code": unit}


def an_observation(value: object = 98, unit: object = "pg/mL", **changed: object) -> Json:
    """A final B12 of one day; a member given as None is left out."""
    resource = {
        "resourceType": "Observation",
        "id": "o1",
        "status": "final",
        "code": a_code(B12),
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2026-11-02T08:00:00Z",
        "valueQuantity": a_quantity(value, unit),
        **changed,
    }
    return {name: member for name, member in resource.items() if member is not None}


def a_finding(code: str, system: str = FEATURE, **changed: object) -> Json:
    """An Observation that is coded and has no value."""
    return an_observation(code=a_code(code, system), valueQuantity=None, **changed)


def a_patient(**changed: object) -> Json:
    """A woman born in 1951."""
    resource = {
        "resourceType": "Patient",
        "id": "p1",
        "gender": "female",
        "birthDate": "1951-03-02",
        **changed,
    }
    return {name: member for name, member in resource.items() if member is not None}


def a_resource(kind: str, **members: object) -> Json:
    """Any other resource of the patient."""
    whose = "patient" if kind in ("AllergyIntolerance", "FamilyMemberHistory") else "subject"
    return {"resourceType": kind, "id": "r1", whose: {"reference": "Patient/p1"}, **members}


def a_bundle(*resources: Json, **members: object) -> Json:
    """A searchset of the resources, each with an id of its own."""
    entries = []
    for index, resource in enumerate(resources):
        own = dict(resource)
        if own.get("resourceType") != "Patient" and own.get("id") == "o1":
            own["id"] = f"o{index}"
        entries.append({"resource": own})
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries, **members}


def read(body: object) -> Facts:
    """The facts of a body given as JSON, text or bytes."""
    if not isinstance(body, str | bytes):
        body = json.dumps(body)
    raw = body.encode() if isinstance(body, str) else body
    return read_body(raw, load_codes(), load_units())


def read_or_error(body: object) -> Facts | ReadError:
    """The facts, or the error in words."""
    try:
        return read(body)
    except ReadError as error:
        return error


def read_one(**changed: object) -> Result:
    """The one result of an Observation that is changed like this."""
    facts = read(an_observation(**changed))
    assert facts.refusals == (), facts.refusals
    (result,) = facts.results
    return result


def refused(body: Json) -> tuple[str, str]:
    """The code and the path of the one refusal; nothing is accepted."""
    facts = read(body)
    assert facts.results == (), facts.results
    (refusal,) = facts.refusals
    assert (refusal.code, refusal.where) in {(note.code, note.where) for note in facts.notes}
    return refusal.code, refusal.where


def note_codes(facts: Facts) -> set[str]:
    """The codes of the notes."""
    return {note.code for note in facts.notes}


def prefetched(patient_id: str = "p1", **values: object) -> PrefetchResult:
    """The prefetch values, given as JSON."""
    raws = {key: msgspec.Raw(json.dumps(value).encode()) for key, value in values.items()}
    return read_prefetch(raws, patient_id, load_codes(), load_units())


def values_of(facts: Facts) -> Mapping[str, str]:
    """Each result as text by its analyte."""
    return {str(r.analyte): str(r.quantity or r.finding or r.flag) for r in facts.results}
