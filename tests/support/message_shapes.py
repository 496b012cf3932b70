"""Shapes of plain forms, hook requests, batches and HL7 v2 messages."""

import json

from body_shapes import (
    ATC,
    BATCH,
    FEEDBACK,
    HL7V2,
    HOOK,
    JSON,
    MESSAGE,
    NDJSON,
    ONE,
    SIGN,
    SNOMED,
    BodyShape,
    Members,
    Unit,
    codeable,
    filled,
    letters,
    repeat,
)
from fhir_shapes import b12, of_kind

RESULT = '{"analyte":"b12_total","value":205,"unit":"pg/mL","date":"2026-11-16"}'
SEARCHSET = {"resourceType": "Bundle", "type": "searchset", "entry": ["@"]}
SEGMENTS = (
    "MSH|^~\\&|LAB|H|CDS|H|20261120120000||ORU^R01|1|P|2.5.1\r"
    "PID|1||p^^^H||A^B||19690412|F\r"
    "OBR|1|||B12^Vitamin B12^L|||20261116\r"
)
OBX = "OBX|1|NM|2132-9^B12^LN||205|pg/mL|||||F|||20261116"


def plain(members: Members, unit: Unit) -> BodyShape:
    """A plain form with a unit again and again."""
    return BodyShape(ONE, JSON, filled(members, unit))


def hook(unit: Unit | None, path: str = HOOK, **members: object) -> BodyShape:
    """A hook request with a unit again and again, or one long text, in place of `@`."""
    request: dict[str, object] = {
        "hook": "order-sign" if path == SIGN else "patient-view",
        "hookInstance": "1d5a4f6e-9c1b-4a6e-8a39-5f0f6d0d3c57",
        "context": {"userId": "Practitioner/example", "patientId": "p"},
        **members,
    }
    patient = {"resourceType": "Patient", "id": "p", "birthDate": "1969-04-12"}
    sent = request.get("prefetch", {})
    assert isinstance(sent, dict)
    request["prefetch"] = {"patient": patient, "labs": {**SEARCHSET, "entry": []}, **sent}
    return BodyShape(path, JSON, letters(request) if unit is None else filled(request, unit))


def drafts(unit: Unit) -> BodyShape:
    """Orders that are being signed."""
    bundle = {"resourceType": "Bundle", "entry": ["@"]}
    context = {"userId": "Practitioner/example", "patientId": "p", "draftOrders": bundle}
    return hook(unit, SIGN, context=context)


def message(unit: str, separator: str = "\r", head: str = "", tail: str = "") -> BodyShape:
    """An HL7 v2 message."""
    return BodyShape(MESSAGE, HL7V2, repeat(f"{SEGMENTS}{head}", unit, tail, separator))


def _entry(resource: Members) -> str:
    return json.dumps({"resource": resource})


PLAIN_SHAPES = {
    "results of the plain form": plain({"results": ["@"]}, RESULT),
    "empty results": plain({"results": ["@"]}, "{}"),
    "results that are numbers": plain({"results": ["@"]}, "1"),
    "results without a usable unit": plain(
        {"results": ["@"]}, '{"analyte":"b12_total","value":205,"unit":"x","date":"2026-11-16"}'
    ),
    "results with a null": plain({"results": ["@"]}, '{"analyte":"b12_total","value":null}'),
    "results whose last is wrong": BodyShape(
        ONE, JSON, repeat('{"results":[', RESULT, ',{"analyte":"x"}]}')
    ),
    "features": plain({"features": ["@"]}, '{"code":"paraesthesia","onset":"x"}'),
    "history": plain({"history": ["@"]}, '{"code":"metformin","since":"2020"}'),
    "doses": plain({"history": ["@"]}, '{"code":"metformin","dose":{"value":1,"unit":"x"}}'),
    "unknown members": BodyShape(ONE, JSON, repeat("{", lambda index: f'"a{index}":1', "}")),
    "a long unknown member": BodyShape(ONE, JSON, letters({"@": 1})),
    "a long id in the plain form": BodyShape(ONE, JSON, letters({"patient": {"id": "@"}})),
    "lone surrogates": BodyShape(ONE, JSON, repeat('{"patient":{"id":"', "\\ud800", '"}}', "")),
    "one line of a batch": BodyShape(BATCH, NDJSON, filled({"results": ["@"]}, RESULT)),
    "blank lines": BodyShape(BATCH, NDJSON, repeat("", "\n", "{}", "")),
    "zeros": BodyShape(ONE, JSON, lambda size: b"\x00" * size),
    "spaces": BodyShape(ONE, JSON, lambda size: b" " * size),
    "an open text": BodyShape(ONE, JSON, lambda size: b'{"a":"' + b"x" * size),
}
HOOK_SHAPES = {
    "labs of a hook": hook(_entry(b12()), prefetch={"labs": SEARCHSET}),
    "labs that are numbers": hook("1", prefetch={"labs": SEARCHSET}),
    "conditions of a hook": hook(
        _entry(of_kind("Condition", codeable(SNOMED, "84027009"))),
        prefetch={"conditions": SEARCHSET},
    ),
    "symptoms without a date": hook(
        _entry(of_kind("Observation", codeable(SNOMED, "130980003"), valueBoolean=True)),
        prefetch={"symptoms": SEARCHSET},
    ),
    "unknown prefetch": BodyShape(
        HOOK, JSON, repeat('{"prefetch":{', lambda index: f'"k{index}":1', "}}")
    ),
    "a long id of the hook's patient": hook(
        None, context={"userId": "Practitioner/example", "patientId": "@"}
    ),
    "a long id of the encounter": hook(
        None, context={"userId": "Practitioner/1", "patientId": "p", "encounterId": "@"}
    ),
    "a long hook instance": hook(None, hookInstance="@"),
    "draft orders": drafts(
        _entry(
            {
                "resourceType": "MedicationRequest",
                "id": "m",
                "status": "draft",
                "intent": "order",
                "medicationCodeableConcept": codeable(ATC, "B03BB01"),
            }
        )
    ),
    "draft orders that are numbers": drafts("1"),
    "feedback": BodyShape(FEEDBACK, JSON, repeat('{"feedback":[', "{}", "]}")),
}
MESSAGE_SHAPES = {
    "observation segments": message(OBX),
    "unknown segments": message("ZZZ|1"),
    "observations without a value": message("OBX|1|NM|2132-9^B12^LN||||||||F|||20261116"),
    "repetitions of a field": message("205", "~", "OBX|1|NM|2132-9^B12^LN||", "|pg/mL|||||F"),
    "fields of a segment": message("1", "|", "OBX"),
    "escapes": message("\\F\\", "", "OBX|1|TX|2132-9^B12^LN||", "|||||||F"),
    "carriage returns": message("\r", ""),
    "notes": message("NTE|1||x", "\r", f"{OBX}\r"),
}
OTHER_SHAPES = {**PLAIN_SHAPES, **HOOK_SHAPES, **MESSAGE_SHAPES}
