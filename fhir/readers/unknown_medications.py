"""Medicines that no known code names: counted, and warned of where they name what matters."""

from cobalamin.fhir.decode.reader_state import ElementPath, ReaderState
from cobalamin.fhir.decode.resources import MedicationResource
from cobalamin.fhir.readers.medication_products import medication_concepts
from cobalamin.fhir.values.codings import note_not_known, unknown_parts
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
        return
    element = ELEMENT if len(concepts) == 1 else INGREDIENTS
    for unknown in unknown_parts(state.codes, concepts):
        note_not_known(state, path.element(element), unknown, NAMES)
