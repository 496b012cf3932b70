"""The discovery document: the services and their prefetch templates."""

from collections.abc import Callable, Iterable, Mapping

from cobalamin.service.answers.plain import encode
from cobalamin.service.cds_hooks.services import HookService
from cobalamin.service.knowledge.code_meanings import Codes, Meaning, Topic

SPECIFICATION = "2.0.1"
PATIENT = "{{context.patientId}}"
LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
PREGNANCY = (Topic.pregnancy_status, Topic.gestational_age, Topic.delivery_date)
NEWEST = "_sort=-date&_count=200"


def prefetch_templates(codes: Codes) -> Mapping[str, str]:
    """A prefetch query for each list that the rules read."""
    labs = _codes(codes, LOINC, _is_laboratory)
    symptoms = _codes(codes, SNOMED, _is_symptom)
    subject = f"patient={PATIENT}"
    return {
        "patient": f"Patient/{PATIENT}",
        "labs": f"Observation?{subject}&code={labs}&{NEWEST}",
        "symptoms": f"Observation?{subject}&code={symptoms}&{NEWEST}",
        "conditions": f"Condition?{subject}&_count=200",
        "medications": f"MedicationRequest?{subject}&_sort=-authoredon&_count=200",
        "statements": f"MedicationStatement?{subject}&_count=200",
        "administrations": f"MedicationAdministration?{subject}&_count=200",
        "procedures": f"Procedure?{subject}&_count=200",
        "allergies": f"AllergyIntolerance?{subject}&_count=200",
        "family": f"FamilyMemberHistory?{subject}&_count=200",
    }


def _codes(codes: Codes, system: str, is_wanted: Callable[[Meaning], bool]) -> str:
    exact = codes.systems[system].exact
    chosen = (code for code, meaning in exact.items() if is_wanted(meaning))
    return ",".join(f"{system}|{code}" for code in sorted(chosen))


def _is_laboratory(meaning: Meaning) -> bool:
    """Results, and the answers about pregnancy that decide their limits."""
    is_result = meaning.analyte is not None and meaning.refused is None
    return is_result or meaning.topic in PREGNANCY


def _is_symptom(meaning: Meaning) -> bool:
    return bool(meaning.features)


def discovery_document(codes: Codes, offered: Iterable[HookService]) -> bytes:
    """The whole document as JSON."""
    prefetch = prefetch_templates(codes)
    services = [
        {
            "hook": service.hook,
            "id": service.id,
            "title": service.title,
            "description": service.description,
            "prefetch": prefetch,
            "version": SPECIFICATION,
        }
        for service in offered
    ]
    return encode({"services": services})
