"""Shapes of FHIR bodies."""

import json
from collections.abc import Callable

from body_shapes import (
    ATC,
    FHIR,
    LOINC,
    ONE,
    OPERATION,
    SNOMED,
    BodyShape,
    Build,
    Unit,
    codeable,
    filled,
    letters,
    repeat,
)

BUNDLE, END = '{"resourceType":"Bundle","type":"collection","entry":[', "]}"
VALUE = {"value": 205, "unit": "pg/mL", "code": "pg/mL"}
OTHER_CODE = codeable(LOINC, "9999-9")


def b12(**changes: object) -> dict[str, object]:
    """A result of vitamin B12 with other elements."""
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": codeable(LOINC, "2132-9"),
        "effectiveDateTime": "2026-11-16",
        "valueQuantity": VALUE,
        **changes,
    }


def of_kind(kind: str, code: dict[str, object], **more: object) -> dict[str, object]:
    """Another resource with a code."""
    return {"resourceType": kind, "status": "final", "code": code, **more}


def entries(unit: Unit) -> BodyShape:
    """A Bundle of entries."""
    return BodyShape(ONE, FHIR, repeat(BUNDLE, unit, END))


def bundle(resource: dict[str, object] | str | Callable[[int], dict[str, object]]) -> BodyShape:
    """A Bundle of one resource again and again."""
    if callable(resource):
        return entries(lambda index: f'{{"resource":{json.dumps(resource(index))}}}')
    text = resource if isinstance(resource, str) else json.dumps(resource)
    return entries(f'{{"resource":{text}}}')


def one(build: Build) -> BodyShape:
    """A single resource."""
    return BodyShape(ONE, FHIR, build)


def list_in(resource: dict[str, object], unit: object) -> BodyShape:
    """A resource with one element again and again in place of `@`."""
    if callable(unit):
        return one(filled(resource, lambda index: json.dumps(unit(index))))
    return one(filled(resource, json.dumps(unit)))


STATEMENT: dict[str, object] = {
    "resourceType": "MedicationStatement",
    "status": "active",
    "medicationCodeableConcept": codeable(ATC, "A10BA02"),
}
NO_ENTRIES = {
    "entries that are numbers": entries("1"),
    "entries that are null": entries("null"),
    "entries that are empty": entries("{}"),
    "resources that are empty": bundle("{}"),
    "resources that are numbers": bundle("1"),
    "resources without type": bundle('{"id":"x"}'),
    "resources of an unread type": bundle('{"resourceType":"Basic"}'),
    "resources of the wrong shape": bundle('{"resourceType":"Observation","code":1}'),
    "results of the wrong shape": bundle(b12(valueQuantity=1)),
    "OperationOutcomes": bundle('{"resourceType":"OperationOutcome"}'),
    "entries that delete": entries(
        json.dumps({"request": {"method": "DELETE"}, "resource": b12()})
    ),
    "Bundles within": bundle({"resourceType": "Bundle", "entry": [{"resource": {}}]}),
    "Bundles too deep": one(
        repeat(
            f'{BUNDLE}{{"resource":{BUNDLE}',
            f'{{"resource":{BUNDLE}{{"resource":{BUNDLE}{END}}}{END}}}',
            f"{END}}}{END}",
        )
    ),
    "arrays within arrays": one(lambda size: b"[" * (size // 2) + b"]" * (size // 2)),
    "objects within objects": one(lambda size: b'{"a":' * (size // 6) + b"1" + b"}" * (size // 6)),
}
RESULTS = {
    "results with an id each": bundle(lambda index: b12(id=f"o{index}")),
    "results of one id": bundle(b12(id="o")),
    "results of one id and many values": bundle(
        lambda index: b12(id="o", valueQuantity={**VALUE, "value": index})
    ),
    "results without id": bundle(b12()),
    "results of one identifier": bundle(b12(identifier=[{"system": "urn:x", "value": "1"}])),
    "results with an identifier each": bundle(
        lambda index: b12(identifier=[{"system": "urn:x", "value": f"v{index}"}])
    ),
    "withdrawn results": bundle(lambda index: b12(id=f"o{index}", status="entered-in-error")),
    "withdrawn results of one id": bundle(b12(id="o", status="entered-in-error")),
    "corrected results": bundle(lambda index: b12(id=f"o{index}", status="corrected")),
    "results without unit": bundle(b12(valueQuantity={"value": 205})),
    "results without value": bundle(b12(valueQuantity=None)),
    "results on a day each": bundle(
        lambda index: b12(effectiveDateTime=f"{1000 + index % 9000}-01-02")
    ),
    "results of other subjects": BodyShape(
        ONE,
        FHIR,
        repeat(
            f'{BUNDLE}{{"resource":{{"resourceType":"Patient","id":"p"}}}},',
            lambda index: json.dumps({"resource": b12(subject={"reference": f"Patient/q{index}"})}),
            END,
        ),
    ),
    "results of unknown codes": bundle(of_kind("Observation", OTHER_CODE, valueBoolean=True)),
    "results of unknown systems": bundle(
        lambda index: of_kind("Observation", codeable(f"http://s{index}.example", "1"))
    ),
    "results with a range each": bundle(
        lambda index: b12(referenceRange=[{"text": f"{index}-900"}])
    ),
}
ELEMENTS = {
    "codings of one result": list_in(
        b12(code={"coding": ["@"]}), {"system": LOINC, "code": "2132-9"}
    ),
    "components of one code": list_in(
        of_kind("Observation", OTHER_CODE, component=["@"]),
        {"code": codeable(LOINC, "2132-9"), "valueQuantity": VALUE},
    ),
    "dated components of one code": list_in(
        b12(code=OTHER_CODE, valueQuantity=None, component=["@"]),
        {"code": codeable(LOINC, "2132-9"), "valueQuantity": VALUE},
    ),
    "components that are numbers": list_in(b12(component=["@"]), 1),
    "members of a panel": list_in(b12(hasMember=["@"]), {"reference": "Observation/o"}),
    "contained results": list_in(
        of_kind("DiagnosticReport", OTHER_CODE, contained=["@"]), b12(id="o")
    ),
    "contained results of one subject": list_in(
        of_kind(
            "DiagnosticReport",
            OTHER_CODE,
            subject={"reference": "#p"},
            contained=[{"resourceType": "Patient", "id": "p"}, "@"],
        ),
        b12(id="o"),
    ),
    "contained results with a subject each": list_in(
        of_kind(
            "DiagnosticReport",
            OTHER_CODE,
            contained=[{"resourceType": "Patient", "id": "p"}, "@"],
        ),
        lambda index: b12(subject={"reference": f"#p{index}"}),
    ),
    "results of a withdrawn report": list_in(
        of_kind("DiagnosticReport", OTHER_CODE, status="entered-in-error", result=["@"]),
        lambda index: {"reference": f"Observation/o{index}"},
    ),
    "foci of one result": list_in(b12(focus=["@"]), {"reference": "Device/d"}),
    "ranges of one result": list_in(b12(referenceRange=["@"]), {"low": {"value": 180}}),
    "interpretations of one result": list_in(
        b12(interpretation=["@"]), {"coding": [{"code": "L"}]}
    ),
    "identifiers of a patient": list_in(
        {"resourceType": "Patient", "id": "p", "identifier": ["@"]},
        {"system": "urn:x", "value": "1"},
    ),
    "dosages of one medicine": list_in(
        {**STATEMENT, "dosage": ["@"]},
        {"doseAndRate": [{"doseQuantity": {"value": 1, "unit": "g"}}]},
    ),
}
TEXTS = {
    "a long value": one(letters(b12(valueQuantity=None, valueString="@"))),
    "a long reference range": one(letters(b12(referenceRange=[{"text": "@"}]))),
    "a long number": one(
        lambda size: (
            json.dumps(b12(valueQuantity={"value": "@", "unit": "pg/mL"}))
            .replace('"@"', "1" * size)
            .encode()
        )
    ),
    "a long date": one(letters(b12(effectiveDateTime="@"))),
    "a long id of a result": one(letters(b12(id="@"))),
    "a long subject": one(letters(b12(subject={"reference": "Patient/@"}))),
    "a long unit": one(letters(b12(valueQuantity={"value": 205, "unit": "@"}))),
    "a long display": one(
        letters(b12(code={"coding": [{"system": LOINC, "code": "2132-9", "display": "@"}]}))
    ),
    "a long id of the patient": one(letters({"resourceType": "Patient", "id": "@"})),
    "a long full URL": one(
        letters(
            {
                "resourceType": "Bundle",
                "entry": [{"fullUrl": "urn:@", "resource": b12()}],
            }
        )
    ),
    "a long code system": one(letters(of_kind("Observation", codeable("http://@", "1")))),
}
OTHERS = {
    "patients": bundle({"resourceType": "Patient", "id": "p", "gender": "female"}),
    "conditions": bundle(of_kind("Condition", codeable(SNOMED, "84027009"))),
    "medicines": bundle(STATEMENT),
    "allergies": bundle(of_kind("AllergyIntolerance", codeable(SNOMED, "419474003"))),
    "reports": bundle(of_kind("DiagnosticReport", OTHER_CODE)),
    "medications and what refers to them": entries(
        lambda index: (
            f'{{"resource":{{"resourceType":"Medication","id":"m{index}"}}}},'
            '{"resource":{"resourceType":"MedicationStatement","status":"active",'
            f'"medicationReference":{{"reference":"Medication/m{index}"}}}}}}'
        )
    ),
    "parameters without data": BodyShape(
        OPERATION, FHIR, repeat('{"resourceType":"Parameters","parameter":[', '{"name":"x"}', END)
    ),
    "parameters with data": BodyShape(
        OPERATION,
        FHIR,
        filled(
            {
                "resourceType": "Parameters",
                "parameter": [
                    {"name": "data", "resource": {"resourceType": "Bundle", "entry": ["@"]}}
                ],
            },
            json.dumps({"resource": b12()}),
        ),
    ),
}
FHIR_SHAPES = {**NO_ENTRIES, **RESULTS, **ELEMENTS, **TEXTS, **OTHERS}
