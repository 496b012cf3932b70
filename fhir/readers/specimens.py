"""What the specimen of a result was, and whether the analyte is measured in that."""

import msgspec

from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.raw_lists import decode_raw_list
from cobalamin.fhir.decode.reader_state import ElementPath, ReaderState
from cobalamin.fhir.decode.references import normalise_reference
from cobalamin.fhir.decode.resources import (
    CONCEPTS,
    DECODE_ERRORS,
    NAMED_REFERENCE,
    NAMED_REFERENCES,
    NONE,
    RESOURCE,
    CodeableConcept,
    NamedReference,
    Observation,
    Specimen,
    is_filled,
    is_sent,
)
from cobalamin.fhir.values.codings import DECIDING, codes_of, names_of, read_coded
from cobalamin.service.knowledge.specimens import (
    SpecimenKind,
    is_specimen_of,
    kind_by_code,
    kind_by_words,
)
from cobalamin.service.rules.model.vocabulary import Analyte

FLUIDS = frozenset({SpecimenKind.urine, SpecimenKind.csf})
# Cool, frozen, live, at room temperature (HL7 table 0493).
HARMLESS = frozenset({"COOL", "FROZ", "LIVE", "ROOM"})
UNUSABLE = frozenset({"unsatisfactory", "unavailable", "entered-in-error"})


def issue_of_specimen(
    state: ReaderState, path: ElementPath, observation: Observation, analyte: Analyte
) -> tuple[Issue, str] | None:
    """Why what a result was measured in speaks against it, and the element that says so.

    The specimen, one of several, or the body site is one in which the analyte is not measured, or
    the specimen is of another subject or could not be used. One of a kind that is not known is
    noted and taken for right.
    """
    element = _element_of_other_kind(observation, analyte)
    if element is not None:
        return Issue.specimen_differs, element
    raw = observation.specimen
    if raw is NONE or not is_sent(raw):
        return None
    try:
        references = _decode_references(raw)
    except DECODE_ERRORS:
        state.note_once(Issue.element_not_read, path.element("specimen"), "")
        return None
    specimens = [_find(state, observation, one.reference or "") for one in references]
    issue = _issue_of_any(state, observation, [one for one in specimens if one is not None])
    if issue is not None:
        return issue, "specimen"
    for specimen, reference in zip(specimens, references, strict=True):
        if specimen is not None and _is_in_doubt(specimen):
            state.note_once(Issue.specimen_condition, path.element("specimen"), analyte)
        kind = _kind_of(state, path, specimen, reference)
        if kind is not None and not is_specimen_of(analyte, kind):
            return Issue.specimen_differs, "specimen"
    return None


def _decode_references(raw: msgspec.Raw) -> list[NamedReference]:
    several = bytes(raw)[:1] == b"["
    return NAMED_REFERENCES.decode(raw) if several else [NAMED_REFERENCE.decode(raw)]


def _element_of_other_kind(observation: Observation, analyte: Analyte) -> str | None:
    """The label or the body site, if it names something in which the analyte is not measured."""
    if analyte in DECIDING and _is_labelled_otherwise(observation, analyte):
        return "code"
    if observation.bodySite is NONE or not is_sent(observation.bodySite):
        return None
    site = _kind(read_coded(observation.bodySite), None)
    return "bodySite" if site is not None and not is_specimen_of(analyte, site) else None


def _is_labelled_otherwise(observation: Observation, analyte: Analyte) -> bool:
    """Whether a text beside the code names a specimen in which the analyte is not measured."""
    kinds = {kind_by_words(name) for name in names_of((observation.code,))}
    return any(not is_specimen_of(analyte, kind) for kind in FLUIDS.intersection(kinds))


def _issue_of_any(
    state: ReaderState, observation: Observation, specimens: list[Specimen]
) -> Issue | None:
    if any(_is_of_other(state, observation, one) for one in specimens):
        return Issue.specimen_of_other
    return Issue.specimen_not_usable if any(map(_is_unusable, specimens)) else None


def _is_of_other(state: ReaderState, observation: Observation, specimen: Specimen) -> bool:
    """Whether it was taken from somebody or something else; a contained one may name another."""
    if specimen.subject is None:
        return False
    holder = observation if specimen.contained is NONE else specimen
    return state.is_of_other(specimen.subject, holder.contained)


def _is_unusable(specimen: Specimen) -> bool:
    """FHIR R4, specimen-status."""
    return (specimen.status or "").strip().lower() in UNUSABLE


def _is_in_doubt(specimen: Specimen) -> bool:
    """Whether a condition is recorded that says more than how the specimen was kept."""
    if not is_filled(specimen.condition):
        return False
    try:
        concepts = CONCEPTS.decode(specimen.condition)
    except DECODE_ERRORS:
        return True
    return any(HARMLESS.isdisjoint(codes_of(concept)) for concept in concepts)


def _kind_of(
    state: ReaderState, path: ElementPath, specimen: Specimen | None, reference: NamedReference
) -> SpecimenKind | None:
    """The kind of the specimen that is referred to; one that is sent and not known is noted."""
    kind = _kind(None if specimen is None else specimen.type, reference.display)
    if kind is None and specimen is not None and specimen.type is not None:
        state.note_once(Issue.specimen_not_known, path.element("specimen"), "")
    return kind


def _find(state: ReaderState, observation: Observation, name: str) -> Specimen | None:
    if not name.startswith("#"):
        return state.specimens.get(name) or state.specimens.get(normalise_reference(name))
    # Each container once, however many results it contains.
    key = id(observation.contained)
    if key not in state.contained_specimens:
        state.contained_specimens[key] = _contained(observation.contained)
    return state.contained_specimens[key].get(name[1:])


def _contained(raw: msgspec.Raw) -> dict[str, Specimen]:
    """The contained Specimens by their ids."""
    try:
        several = decode_raw_list(raw) if is_sent(raw) else []
    except DECODE_ERRORS:
        return {}
    decoded = (_decoded(raw_resource) for raw_resource in several)
    return {
        specimen.id: specimen
        for specimen in decoded
        if specimen is not None and specimen.id is not None
    }


def _decoded(raw: msgspec.Raw) -> Specimen | None:
    try:
        resource = RESOURCE.decode(raw)
    except DECODE_ERRORS:
        return None
    return resource if isinstance(resource, Specimen) else None


def _kind(coded: CodeableConcept | None, display: str | None) -> SpecimenKind | None:
    """By its codes, else by what it is called; codes of two kinds are none."""
    codings = () if coded is None else coded.coding or ()
    by_code = {kind_by_code(coding.code) for coding in codings if coding.code} - {None}
    if by_code:
        return by_code.pop() if len(by_code) == 1 else None
    names = (*names_of((coded,)), *((display,) if display else ()))
    return next((kind for name in names if (kind := kind_by_words(name)) is not None), None)
