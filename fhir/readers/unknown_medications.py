"""Medicines that no known code names: counted, and warned of where they name what matters."""

from cobalamin.fhir.decode.reader_state import ElementPath, ReaderState
from cobalamin.fhir.decode.resources import MedicationResource
from cobalamin.fhir.readers.medication_products import medication_concepts
from cobalamin.fhir.values.codings import is_known, names_of, note_not_known
from cobalamin.service.knowledge.names import NameKind

ELEMENT = "medicationCodeableConcept"
NAMES = (NameKind.medicine,)


def note_unknown_medication(
    state: ReaderState, path: ElementPath, resource: MedicationResource
) -> None:
    """Count a medicine of the record whose codes are not known.

    One that refers to a Medication that was not sent leaves its list not known.
    """
    concepts = medication_concepts(state, resource)
    if not concepts:
        state.incomplete.add(state.list_name)
    elif not any(is_known(state.codes, concept) for concept in concepts):
        first = next((one for one in concepts if one is not None), None)
        names = tuple(names_of(concepts))
        note_not_known(state, path.element(ELEMENT), first, NAMES, names)
