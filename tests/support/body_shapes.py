"""What a body can be full of: a kind of body is an address, a media type and how to make it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

JSON, FHIR = "application/json", "application/fhir+json"
NDJSON, HL7V2 = "application/x-ndjson", "application/hl7-v2"
ONE, BATCH, OPERATION = "/v1/assessments", "/v1/assessments/batch", "/fhir/$b12-assess"
HOOK, SIGN, MESSAGE = "/cds-services/b12-patient-view", "/cds-services/b12-order-sign", "/hl7v2"
FEEDBACK = f"{HOOK}/feedback"
LOINC, SNOMED, ATC = "http://loinc.org", "http://snomed.info/sct", "http://www.whocc.no/atc"
MARK = "@"

Build = Callable[[int], bytes]
Unit = str | Callable[[int], str]
Members = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class BodyShape:
    """A kind of body; `build` makes one of about so many bytes."""

    path: str
    content_type: str
    build: Build


def repeat(head: str, unit: Unit, tail: str = "", separator: str = ",") -> Build:
    """Bodies of a head, a unit as often as fits, and a tail; a unit may depend on its index."""

    def build(size: int) -> bytes:
        of = unit if callable(unit) else lambda _: unit
        count = max(1, (size - len(head) - len(tail)) // (len(of(10**6)) + len(separator)))
        return f"{head}{separator.join(of(index) for index in range(count))}{tail}".encode()

    return build


def filled(body: Members, unit: Unit) -> Build:
    """Bodies with a unit again and again in place of the text `@`."""
    head, _, tail = json.dumps(body).partition(f'"{MARK}"')
    return repeat(head, unit, tail)


def letters(body: Members) -> Build:
    """Bodies with one long text in place of `@`."""
    head, _, tail = json.dumps(body).partition(MARK)
    return lambda size: f"{head}{'x' * max(1, size - len(head) - len(tail))}{tail}".encode()


def codeable(system: str, code: str) -> dict[str, object]:
    """A CodeableConcept of one coding."""
    return {"coding": [{"system": system, "code": code}]}
