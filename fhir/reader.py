"""Reads FHIR into facts: lenient on shape, strict on meaning, and never silent.

What cannot be used becomes a note with the element's path; a result that was sent and cannot be
used is a refusal as well. No age limit and no threshold is applied here.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

import msgspec
from msgspec.structs import replace

from cobalamin.fhir.decode.bundles import Opened, Placed, decode_bundle, open_bundle, open_resource
from cobalamin.fhir.decode.errors import BundleTypeError, NotFhirError, NotJsonError
from cobalamin.fhir.decode.issues import Remark
from cobalamin.fhir.decode.json_repair import readable
from cobalamin.fhir.decode.reader_state import Answer, Place, Reading
from cobalamin.fhir.decode.resources import (
    BODY,
    FAULTS,
    AllergyIntolerance,
    Condition,
    FamilyMemberHistory,
    Medication,
    MedicationAdministration,
    MedicationRequest,
    MedicationStatement,
    Observation,
    Patient,
    Procedure,
    Read,
)
from cobalamin.fhir.readers.conditions import (
    read_allergy,
    read_condition,
    read_family,
    read_procedure,
)
from cobalamin.fhir.readers.medications import read_administration, read_request, read_statement
from cobalamin.fhir.readers.observations import read_observation
from cobalamin.fhir.readers.patients import read_patient
from cobalamin.fhir.readers.superseded import settle
from cobalamin.fhir.values.codings import read_code
from cobalamin.fhir.values.subjects import Subjects
from cobalamin.service.knowledge.code_meanings import Codes
from cobalamin.service.rules.model.facts import Facts, HistoryFact
from cobalamin.service.rules.model.units import UnitTable
from cobalamin.service.rules.model.vocabulary import Analyte, History

ACTIONS = frozenset({"transaction", "batch"})
LONGEST_TYPE = 64
CONTAINED = ".contained["


def read_body(
    body: bytes,
    codes: Codes,
    units: Mapping[Analyte, UnitTable],
    subject: str | None = None,
    invalid: Mapping[str, str] | None = None,
) -> Facts:
    """The facts of a Bundle, of Parameters or of a single resource, all about one patient.

    With a `subject` other people's resources are passed over. Resources at the paths of `invalid`
    are not used; its values name the element at fault.

    Raises:
        NotJsonError: the body is not a JSON object.
        RefusedBodyError: it is no FHIR that is read, asks for actions, or is about two patients.
    """
    raw = readable(body)
    reading = Reading(codes=codes, units=units)
    opened = Opened()
    bundle = decode_bundle(raw)
    if bundle is None:
        open_resource(reading, opened, Place(_kind(raw)), raw, 0)
    else:
        _refuse_actions(bundle.type)
        open_bundle(reading, opened, Place("Bundle"), bundle)
    used = _valid(reading, opened.resources, invalid) if invalid else opened.resources
    read_resources(reading, Subjects(subject), used)
    return facts_of(reading)


def _valid(
    reading: Reading, resources: Iterable[Placed], invalid: Mapping[str, str]
) -> Iterator[Placed]:
    """Every resource but those that are not valid; a result among these is refused.

    What is contained in a resource is a part of it, and as valid as that is.
    """
    for place, resource in resources:
        outer, contained, _ = str(place).partition(CONTAINED)
        element = invalid.get(outer)
        if element is None:
            yield place, resource
            continue
        element = "" if contained else element
        meaning = None
        if isinstance(resource, Observation):
            meaning = read_code(reading, place, resource.code)
        if meaning is not None and meaning.analyte is not None:
            reading.refuse(meaning.analyte, Remark.not_valid, place.path(element))
        else:
            reading.note(Remark.not_valid, place.path(element))


def _kind(raw: bytes) -> str:
    """The type of a body that is not decoded at once, which is where every path begins."""
    try:
        header = BODY.decode(raw)
    except msgspec.ValidationError as error:
        raise NotJsonError("body", "must be a JSON object; send a FHIR Bundle") from error
    except FAULTS as error:
        raise NotJsonError("body", "is not JSON; send a FHIR Bundle") from error
    kind = header.resourceType
    if not isinstance(kind, str) or not (kind.isalpha() and kind.isascii()):
        raise NotFhirError("resourceType", "is missing; send a FHIR Bundle or resource")
    if kind == "Bundle":
        _refuse_actions(header.type)
    return kind[:LONGEST_TYPE]


def _refuse_actions(kind: object) -> None:
    if isinstance(kind, str) and kind in ACTIONS:
        raise BundleTypeError("Bundle.type")


def read_resources(reading: Reading, subjects: Subjects, resources: Iterable[Placed]) -> None:
    """Every fact of the resources that belong to the patient."""
    rest: list[Placed] = []
    for place, resource in resources:
        if isinstance(resource, Patient):
            if subjects.is_patient(place, resource):
                read_patient(reading, place, resource)
            else:
                reading.note(Remark.patient_differs, place.path())
        elif isinstance(resource, Medication):
            reading.keep(place, resource)
        else:
            rest.append((place, resource))
    for place, resource in rest:
        subject = getattr(resource, "subject", None) or getattr(resource, "patient", None)
        if subjects.is_counted(reading, place, subject):
            _read(reading, place, resource)


def _read(reading: Reading, place: Place, resource: Read) -> None:
    if isinstance(resource, Observation):
        read_observation(reading, place, resource)
    elif isinstance(resource, Condition):
        read_condition(reading, place, resource)
    elif isinstance(resource, MedicationRequest):
        read_request(reading, place, resource)
    elif isinstance(resource, MedicationStatement):
        read_statement(reading, place, resource)
    elif isinstance(resource, MedicationAdministration):
        read_administration(reading, place, resource)
    elif isinstance(resource, Procedure):
        read_procedure(reading, place, resource)
    elif isinstance(resource, AllergyIntolerance):
        read_allergy(reading, place, resource)
    elif isinstance(resource, FamilyMemberHistory):
        read_family(reading, place, resource)


def facts_of(reading: Reading, unread: tuple[str, ...] = ()) -> Facts:
    """Everything that was gathered, once all of it has been read."""
    results = settle(reading)
    patient = reading.patient
    for answer in _newest_answers(reading.answers):
        reading.history.append(_fact(answer))
        if answer.code is History.pregnancy and not answer.said:
            patient = replace(patient, pregnant=False)
    return Facts(
        patient=patient,
        results=results,
        features=tuple(reading.features),
        history=tuple(reading.history),
        refusals=tuple(reading.refusals),
        notes=tuple(reading.notes),
        unread=unread,
        courses=tuple(reading.courses),
    )


def _newest_answers(answers: Iterable[Answer]) -> Iterable[Answer]:
    """The newest answer to each question; of two of one day, yes."""
    newest: dict[History, Answer] = {}
    for answer in answers:
        known = newest.get(answer.code)
        if known is None or _recency(answer) > _recency(known):
            newest[answer.code] = answer
    return newest.values()


def _recency(answer: Answer) -> tuple[date, bool]:
    return (date.min if answer.on is None else answer.on.last, answer.said)


def _fact(answer: Answer) -> HistoryFact:
    return HistoryFact(
        code=answer.code,
        active=answer.said,
        since=answer.on if answer.said else None,
        last=answer.on,
        reference=answer.reference,
    )
