"""Reads FHIR into facts: lenient on structure, strict on meaning, never silent.

What cannot be used becomes a note with the element's path; a result that cannot be used becomes a
refusal as well. No age limit and no threshold is applied here.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from cobalamin.fhir.decode.bundles import (
    DecodedBody,
    add_bundle,
    add_resource,
    decode_bundle,
)
from cobalamin.fhir.decode.errors import NotFhirError, NotJsonError, RefusedBodyError
from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.json_faults import find_json_fault
from cobalamin.fhir.decode.json_repair import normalise
from cobalamin.fhir.decode.raw_lists import TOO_LONG
from cobalamin.fhir.decode.reader_state import (
    MAX_REFERENCE_LENGTH,
    ElementPath,
    LocatedResource,
    ReaderState,
    list_of,
)
from cobalamin.fhir.decode.repeated_keys import SENT_TWICE, find_repeated_key
from cobalamin.fhir.decode.resources import (
    BODY,
    DECODE_ERRORS,
    NONE,
    AllergyIntolerance,
    Condition,
    DiagnosticReport,
    FamilyMemberHistory,
    Medication,
    MedicationAdministration,
    MedicationDispense,
    MedicationOrder,
    MedicationRequest,
    MedicationResource,
    MedicationStatement,
    MedicationUsage,
    Observation,
    PatientResource,
    Procedure,
    ReadResource,
    Specimen,
)
from cobalamin.fhir.readers.allergies import read_allergy
from cobalamin.fhir.readers.comments import note_comments
from cobalamin.fhir.readers.conditions import (
    read_condition,
    read_family,
    read_procedure,
)
from cobalamin.fhir.readers.details import note_details
from cobalamin.fhir.readers.gestation import newest_gestation
from cobalamin.fhir.readers.medications import read_administration, read_request, read_statement
from cobalamin.fhir.readers.observations import read_observation
from cobalamin.fhir.readers.older_results import find_older_results
from cobalamin.fhir.readers.older_versions import adapt_medication
from cobalamin.fhir.readers.panel_members import refuse_empty_panels
from cobalamin.fhir.readers.patients import read_patient
from cobalamin.fhir.readers.question_answers import fact_of_answer, newest_answers
from cobalamin.fhir.readers.reports import (
    is_withdrawn_by_report,
    read_members,
    read_report,
    withdraw_what_is_held,
)
from cobalamin.fhir.readers.superseded import drop_superseded
from cobalamin.fhir.readers.unknown_medications import (
    note_contradicting_name,
    note_unknown_medication,
)
from cobalamin.fhir.readers.unsent_references import note_unsent_references, note_unused
from cobalamin.fhir.readers.usability import is_usable, refuse_resource
from cobalamin.fhir.readers.used_resources import (
    CONTAINED,
    lists_not_sent,
    valid_resources,
)
from cobalamin.fhir.readers.versions import drop_older_versions, versions_of
from cobalamin.fhir.values.subjects import Subjects
from cobalamin.service.knowledge.code_meanings import Codes
from cobalamin.service.reading_options import DEFAULT_OPTIONS, ReadingOptions
from cobalamin.service.rules.model.facts import Facts, FeatureFact, HistoryFact, Result
from cobalamin.service.rules.model.units import UnitTable
from cobalamin.service.rules.model.vocabulary import Analyte, History

MAX_TYPE_LENGTH = 64
FactT = TypeVar("FactT", Result, FeatureFact, HistoryFact)
ReadFunction = Callable[[ReaderState, ElementPath, Any], None]


def read_body(
    body: bytes,
    codes: Codes,
    units: Mapping[Analyte, UnitTable],
    subject: str | None = None,
    invalid: Mapping[str, str] | None = None,
    options: ReadingOptions = DEFAULT_OPTIONS,
) -> Facts:
    """Read a Bundle, Parameters or a single resource about one patient.

    With a `subject`, resources of other patients are ignored. Resources at the paths of `invalid`
    are not used; its values name the invalid element.

    Raises:
        NotJsonError: the body is not a JSON object, or names a member twice.
        RefusedBodyError: it is no FHIR that is read, or is about two patients.
    """
    raw = normalise(body)
    repeated = find_repeated_key(raw)
    if repeated is not None:
        raise NotJsonError(repeated, SENT_TWICE)
    state = ReaderState(codes=codes, units=units, options=options)
    decoded = DecodedBody()
    bundle = decode_bundle(raw)
    if bundle is None:
        add_resource(state, decoded, ElementPath(_kind(raw)), raw, 0)
    else:
        add_bundle(state, decoded, ElementPath("Bundle"), bundle)
    if decoded.is_partial or decoded.next_page is not None:
        state.note(Issue.list_incomplete, "Bundle.link" if decoded.next_page else "Bundle.total")
    if decoded.too_long is not None:
        raise RefusedBodyError(decoded.too_long, TOO_LONG)
    found = decoded.resources
    used = list(valid_resources(state, found, invalid)) if invalid else found
    read_resources(state, Subjects(subject), used)
    return build_facts(state, not_sent=lists_not_sent(used))


def _kind(raw: bytes) -> str:
    """The resourceType of a body, which begins every path."""
    try:
        header = BODY.decode(raw)
    except msgspec.ValidationError as error:
        raise NotJsonError("body", "must be a JSON object; send a FHIR Bundle") from error
    except DECODE_ERRORS as error:
        fault = find_json_fault(raw)
        raise NotJsonError(fault.where or "body", fault.message) from error
    kind = header.resourceType
    if not isinstance(kind, str) or not (kind.isalpha() and kind.isascii()):
        raise NotFhirError("resourceType", "is missing; send a FHIR Bundle or resource")
    return kind[:MAX_TYPE_LENGTH]


def read_resources(
    state: ReaderState,
    subjects: Subjects,
    resources: Iterable[LocatedResource],
    on: date | None = None,
) -> None:
    """Read all facts of the resources that belong to the patient.

    With a day of assessment, results that no rule will ask for on that day are not read.
    """
    contained: list[LocatedResource] = []
    rest: list[LocatedResource] = []
    sent = list(resources)
    newest = drop_older_versions(state, sent)
    if state.options.keep_versions:
        state.versions.update(versions_of(newest))
    for path, resource in newest:
        if isinstance(resource, PatientResource):
            if CONTAINED in str(path):
                contained.append((path, resource))
            else:
                _read_patient(state, subjects, path, resource)
        elif isinstance(resource, Medication):
            state.add_medication(path, resource)
        elif isinstance(resource, Specimen):
            state.add_specimen(path, resource)
        else:
            rest.append((path, resource))
    for path, resource in contained:
        _read_contained_patient(state, subjects, path, resource)
    read = [one for one in rest if _is_read(state, subjects, *one)]
    state.is_of_other = subjects.is_of_other
    for path, resource in read:
        _read_what_holds_others(state, path, resource)
    withdraw_what_is_held(state, read)
    _read_each(state, read, on)
    note_unsent_references(state, sent)
    note_unused(state, newest)


def _read_each(state: ReaderState, resources: list[LocatedResource], on: date | None) -> None:
    """Read in document order; older results only where no newer one of theirs can be used."""
    older = find_older_results(state, resources, on)
    for index, (path, resource) in enumerate(resources):
        _read(state, path, resource, is_older=index in older.indexes)
    for index in older.needed(state):
        path, resource = resources[index]
        READERS[type(resource)](state, path, resource)


def _read_what_holds_others(state: ReaderState, path: ElementPath, resource: ReadResource) -> None:
    """Reports and panels, which may withdraw what they hold, before what they hold."""
    if isinstance(resource, DiagnosticReport):
        read_report(state, path, resource)
    elif isinstance(resource, Observation) and resource.hasMember is not NONE:
        read_members(state, path, resource)


def _read_patient(
    state: ReaderState, subjects: Subjects, path: ElementPath, patient: PatientResource
) -> None:
    if not subjects.is_patient(path, patient):
        state.note(Issue.patient_differs, str(path))
    elif is_usable(state, path, patient):
        read_patient(state, path, patient)


def _read_contained_patient(
    state: ReaderState, subjects: Subjects, path: ElementPath, patient: ReadResource
) -> None:
    """The Patient that a report or result contains, where it is the one of the request."""
    if not isinstance(patient, PatientResource) or not subjects.is_contained_patient(patient):
        return
    if is_usable(state, path, patient):
        read_patient(state, path, patient)


def _is_read(
    state: ReaderState, subjects: Subjects, path: ElementPath, resource: ReadResource
) -> bool:
    """Whether a resource is the patient's and usable; one that is not leaves its list not known."""
    if not subjects.is_counted(state, path, resource):
        return False
    if is_usable(state, path, resource):
        return True
    if not isinstance(resource, Observation | DiagnosticReport):
        state.incomplete.add(list_of(path, resource))
    return False


def _read(state: ReaderState, path: ElementPath, resource: ReadResource, *, is_older: bool) -> None:
    state.list_name = list_of(path, resource)
    note_comments(state, path, resource)
    note_details(state, path, resource)
    if is_withdrawn_by_report(state, path, resource):
        refuse_resource(state, path, resource, Issue.report_withdrawn)
        if not isinstance(resource, Observation | DiagnosticReport):
            state.incomplete.add(state.list_name)
        return
    read = READERS.get(type(resource))
    if read is None or is_older:
        return
    if isinstance(resource, MedicationResource):
        _read_medication(state, path, resource, read)
    else:
        read(state, path, resource)


def _read_medication(
    state: ReaderState, path: ElementPath, resource: MedicationResource, read: ReadFunction
) -> None:
    facts_before = len(state.history)
    adapt_medication(resource)
    read(state, path, resource)
    note_contradicting_name(state, path, resource)
    if len(state.history) == facts_before or resource.medicationCodeableConcept is None:
        # A code in place that became a fact is known; a Medication may hold more than is known.
        note_unknown_medication(state, path, resource)


READERS: dict[type[ReadResource], ReadFunction] = {
    Observation: read_observation,
    Condition: read_condition,
    Procedure: read_procedure,
    MedicationRequest: read_request,
    MedicationOrder: read_request,
    MedicationStatement: read_statement,
    MedicationUsage: read_statement,
    MedicationAdministration: read_administration,
    MedicationDispense: read_administration,
    AllergyIntolerance: read_allergy,
    FamilyMemberHistory: read_family,
}


def build_facts(
    state: ReaderState, unread: tuple[str, ...] = (), not_sent: tuple[str, ...] = ()
) -> Facts:
    """Build the facts once all resources have been read."""
    state.note_unknown_codes()
    refuse_empty_panels(state)
    results = _with_bounded_references(drop_superseded(state))
    patient = replace(state.patient, gestation_begun=newest_gestation(state.gestations))
    for answer in newest_answers(state.answers):
        state.history.append(fact_of_answer(answer))
        if answer.code is History.pregnancy and not answer.value:
            patient = replace(patient, pregnant=False)
    return Facts(
        patient=patient,
        results=results,
        features=_with_bounded_references(state.features),
        history=_with_bounded_references(state.history),
        refusals=tuple(state.refusals),
        notes=tuple(state.notes),
        unread=(*unread, *sorted(state.incomplete.difference(unread))),
        not_sent=not_sent,
        courses=tuple(state.courses),
        diagnoses=tuple(dict.fromkeys(state.diagnoses)),
        unread_allergy=state.unread_allergy,
        versions=state.versions,
    )


def _with_bounded_references(facts: Iterable[FactT]) -> tuple[FactT, ...]:
    """The facts, without references that are longer than an answer repeats."""
    return tuple(
        fact
        if fact.reference is None or len(fact.reference) <= MAX_REFERENCE_LENGTH
        else replace(fact, reference=None)
        for fact in facts
    )
