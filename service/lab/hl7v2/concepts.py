"""Coded elements of HL7 v2 (CE, CWE) as FHIR concepts."""

from cobalamin.fhir.decode.resources import CodeableConcept, CodingElement
from cobalamin.service.lab.hl7v2.segment import Segment

SYSTEMS = {
    "HL70078": "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation",
    "HL70136": "http://terminology.hl7.org/CodeSystem/v2-0136",
    "LN": "http://loinc.org",
    "SCT": "http://snomed.info/sct",
    "SNM3": "http://snomed.info/sct",
    "I10": "http://hl7.org/fhir/sid/icd-10",
    "I10C": "http://hl7.org/fhir/sid/icd-10-cm",
    "I10CM": "http://hl7.org/fhir/sid/icd-10-cm",
}


def read_coded_element(segment: Segment, field: int, repetition: int = 1) -> CodeableConcept | None:
    """All triplets of a coded element: the sender's own code may stand first.

    Since 2.7 there is a third one, behind the original text.
    """
    codings = [
        CodingElement(
            system=SYSTEMS.get(system.upper(), system) or None,
            code=code,
            display=segment.text(field, at + 1, repetition) or None,
        )
        for at in (1, 4, 10)
        if (code := segment.text(field, at, repetition))
        for system in (segment.text(field, at + 2, repetition),)
    ]
    text = segment.text(field, 2, repetition) or segment.text(field, 9, repetition)
    return CodeableConcept(coding=codings, text=text or None) if codings or text else None
