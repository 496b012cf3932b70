"""Medicines that no known code names: counted, and warned of where they name what matters."""

from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.reader_state import ElementPath, ReaderState
from cobalamin.fhir.decode.resources import MedicationResource
from cobalamin.fhir.readers.medication_products import medication_concepts, shown_medication
from cobalamin.fhir.values.codings import (
    contradicts_its_codes,
    note_denial,
    note_not_known,
    unknown_parts,
)
from cobalamin.service.knowledge.names import NameKind

ELEMENT = "medicationCodeableConcept"
INGREDIENTS = "medicationReference"
NAMES = (NameKind.medicine,)


def note_unknown_medication(
    state: ReaderState, path: ElementPath, resource: MedicationResource
) -> None:
    """Count a medicine of the record whose codes are not known, or each such ingredient.

    One that refers to a Medication that was not sent leaves its list not known.
    """
    concepts = medication_concepts(state, resource)
    if not concepts:
        state.incomplete.add(state.list_name)
        shown = shown_medication(resource)
        if shown is not None:
            note_not_known(state, path.element(INGREDIENTS), shown, NAMES)
        return
    element = ELEMENT if len(concepts) == 1 else INGREDIENTS
    for unknown in unknown_parts(state.codes, concepts):
        note_not_known(state, path.element(element), unknown, NAMES)


def note_contradicting_name(
    state: ReaderState, path: ElementPath, resource: MedicationResource
) -> None:
    """Warn of a medicine whose text names something that matters, and whose codes are not of it."""
    for concept in medication_concepts(state, resource):
        note_denial(state, path.element(ELEMENT), concept)
        if contradicts_its_codes(state.codes, concept, NameKind.medicine):
            state.note_once(Issue.text_contradicts, path.element(ELEMENT), state.list_name)
            state.incomplete.add(state.list_name)
