"""From an ORU^R01 to facts, by the reader that FHIR goes through.

Each OBX becomes an Observation, so that codes, units, comparators, statuses and corrections are
judged in one place; what the reader has to say names the field of the segment.
"""

import re
from collections.abc import Iterator
from itertools import islice

import msgspec
from msgspec import Struct

from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.reader_state import (
    ElementPath,
    LocatedResource,
    ReaderState,
)
from cobalamin.fhir.decode.resources import (
    NONE,
    DiagnosticReport,
    Observation,
    PatientResource,
)
from cobalamin.fhir.reader import build_facts, read_resources
from cobalamin.fhir.readers.comments import note_comment
from cobalamin.fhir.values.subjects import Subjects
from cobalamin.service.knowledge.names import NameKind, find_name
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.lab.hl7v2.concepts import read_coded_element
from cobalamin.service.lab.hl7v2.message import (
    MERGE_SEGMENT,
    OWN_SEGMENT,
    Message,
    RejectedError,
)
from cobalamin.service.lab.hl7v2.segment import Segment
from cobalamin.service.lab.hl7v2.specimens import read_specimen
from cobalamin.service.lab.hl7v2.times import fhir_time
from cobalamin.service.lab.hl7v2.values import read_range, read_value, to_raw
from cobalamin.service.reading_options import DEFAULT_OPTIONS, ReadingOptions
from cobalamin.service.rules.model.facts import Facts

FLAGS = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
STATUSES = {
    "F": "final",
    "C": "corrected",
    "A": "amended",
    "B": "amended",
    "P": "preliminary",
    "R": "preliminary",
    "S": "preliminary",
    "I": "registered",
    "O": "registered",
    "N": "registered",
    "U": "final",
    "X": "cancelled",
    "D": "entered-in-error",
    "W": "entered-in-error",
}
# No results are available, the order was cancelled (HL7 table 0123).
REPORT_CANCELLED = "X"
# Of a report whose results are not there yet (HL7 table 0123).
REPORT_STATUSES = dict.fromkeys(("I", "O", "S", "R", "P", "A"), "registered")
# The order is to be, was or was by the laboratory cancelled (HL7 tables 0119 and 0038).
ORDER_CANCELLED = frozenset({"CA", "CR", "OC"})
ORDER_STATUS_CANCELLED = "CA"
# Types of texts that are no single value.
REPORT_TEXTS = frozenset({"FT", "TX"})
# Clinical information, the reason, and the comment of who took the sample.
REMARKS = (13, 31, 39)
# Training, debugging (HL7 table 0103).
TESTS = frozenset({"T", "D"})
SEXES = {"F": "female", "M": "male", "O": "other", "A": "other", "U": "unknown"}
FIELDS = {
    "valueType": 2,
    "code": 3,
    "valueQuantity": 5,
    "valueString": 5,
    "valueCodeableConcept": 5,
    "valueAttachment": 5,
    "dataAbsentReason": 5,
    "interpretation": 8,
    "referenceRange": 7,
    "status": 11,
    "effectiveDateTime": 14,
    "method": 17,
    "birthDate": 7,
    "gender": 8,
}


# More parts of allergies than any report has, of which one may bar vitamin B12.
MAX_ALLERGY_TEXTS = 20_000


class Order(Struct, kw_only=True):
    """An order, as OBR makes it, with its results and specimens."""

    request: Segment | None = None
    is_cancelled: bool = False
    results: list[Segment] = []
    specimens: list[Segment] = []


class FieldPath(ElementPath):
    """A place in a message: what is said of an element names its field."""

    def element(self, element: str = "") -> str:
        """`OBX[2]-5` for the value of the second OBX."""
        number = FIELDS.get(re.split(r"[.\[]", element, maxsplit=1)[0])
        return str(self) if number is None else f"{self}-{number}"


def read_message(
    message: Message, profile: Profile, options: ReadingOptions = DEFAULT_OPTIONS
) -> Facts:
    """The facts of one patient.

    Raises:
        RejectedError: the message is about more than one patient, holds no result at all, or is a
            test that the settings refuse.
    """
    state = ReaderState(codes=profile.codes, units=profile.knowledge.units, options=options)
    _check_processing(state, message)
    patient = _patient(message)
    resources = list(_observations(state, message))
    if all(isinstance(resource, DiagnosticReport) for _, resource in resources):
        raise RejectedError("AE", "100", "there is no OBX segment; send results", "OBX")
    read_resources(state, Subjects(), ([patient] if patient else []) + resources)
    _note_unread_segments(state, message)
    _note_comments(state, message)
    lists = (("features", state.features), ("history", state.history))
    return build_facts(state, tuple(name for name, is_present in lists if not is_present))


def _note_unread_segments(state: ReaderState, message: Message) -> None:
    """Say once of each type of segment that holds clinical facts that it is not read."""
    for name in message.unread_types():
        is_own = name.startswith(OWN_SEGMENT)
        if not is_own and name != MERGE_SEGMENT:
            state.incomplete.add("history")
        text = f"{Issue.segment_not_read.value.text} ({name})"
        state.note(Issue.segment_not_read, name, text, "information" if is_own else None)
    texts = list(islice(message.allergy_texts(), MAX_ALLERGY_TEXTS))
    is_too_long = len(texts) == MAX_ALLERGY_TEXTS
    if is_too_long or any(find_name(NameKind.allergy, text) is not None for text in texts):
        state.unread_allergy = True


def _note_comments(state: ReaderState, message: Message) -> None:
    """Say that there are comments, and what of those beside an order or result bears on it."""
    for number, text in message.comments():
        note_comment(state, f"NTE[{number}]", (text,))
    for number, result in enumerate(message.all("OBX"), start=1):
        if result.text(2).upper() in REPORT_TEXTS and (text := result.whole(5)):
            kinds = (NameKind.result, NameKind.comment)
            note_comment(state, f"OBX[{number}]-5", (text,), kinds)
    for number, request in enumerate(message.all("OBR"), start=1):
        for field in REMARKS:
            if text := request.whole(field):
                note_comment(state, f"OBR[{number}]-{field}", (text,), tuple(NameKind))


def _check_processing(state: ReaderState, message: Message) -> None:
    """Note a message for training or debugging, or refuse it."""
    if message.header.processing.upper() not in TESTS:
        return
    if state.options.refuse_test_data:
        text = "messages for training or debugging are refused"
        raise RejectedError("AR", "202", text, "MSH-11")
    state.note(Issue.test_data, "MSH-11")


def _patient(message: Message) -> LocatedResource | None:
    segments = list(message.all("PID"))
    if not segments:
        return None
    segment = segments[0]
    if len(segments) > 1 and not (
        _identity(segment) and len({_person(other) for other in segments}) == 1
    ):
        text = "more than one patient, or the number is unclear; send one at a time"
        raise RejectedError("AR", "198", text, "PID[2]")
    patient = PatientResource(
        id=_identity(segment) or None,
        gender=SEXES.get(segment.text(8).upper(), segment.text(8)) or None,
        birthDate=(_time(segment, 7) or "")[:10] or None,
        deceasedBoolean=segment.text(30).upper() == "Y",
    )
    return FieldPath("PID"), patient


def _identity(segment: Segment) -> str:
    return segment.text(3) or segment.text(2)


def _person(segment: Segment) -> tuple[str, ...]:
    """Who it is: a number counts with whoever gave it, and for one birth and sex."""
    return (*(segment.whole(field) for field in (2, 3, 7)), segment.text(8).upper())


def _observations(state: ReaderState, message: Message) -> Iterator[LocatedResource]:
    """Every OBX with the times and the specimen of the order that it stands under.

    An order without any is a report whose result is not there.
    """
    number = 0
    for index, order in enumerate(_orders(message)):
        if order.request is not None and not order.results:
            yield _report(index, order.request, order)
        specimen = read_specimen(order.request, order.specimens)
        for segment in order.results:
            number += 1
            where = f"OBX[{number}]"
            path = FieldPath(where, full_url=where, names=_names_of_order(order.request))
            observation = _observation(state, path, segment, order)
            place = f"OBR[{index}] {observation.effectiveDateTime}"
            observation.identifier = _identifier(segment, order.request, place)
            if specimen is not None:
                observation.contained, observation.specimen = specimen
            yield path, observation


def _orders(message: Message) -> Iterator[Order]:
    """Each order with its results and its specimens, which stand behind it, as ORC before it."""
    order, is_cancelled = Order(), False
    for segment in message.all("ORC", "OBR", "OBX", "SPM"):
        if segment.name == "ORC":
            is_cancelled = _cancels(segment)
        elif segment.name == "OBR":
            yield order
            has_no_report = segment.text(25).upper() == REPORT_CANCELLED
            order = Order(request=segment, is_cancelled=is_cancelled or has_no_report)
            is_cancelled = False
        else:
            (order.results if segment.name == "OBX" else order.specimens).append(segment)
    yield order


def _cancels(control: Segment) -> bool:
    """Whether ORC says that an order was cancelled."""
    return (
        control.text(1).upper() in ORDER_CANCELLED
        or control.text(5).upper() == ORDER_STATUS_CANCELLED
    )


def _report(number: int, request: Segment, order: Order) -> LocatedResource:
    status = request.text(25).upper()
    report = DiagnosticReport(
        code=read_coded_element(request, 4),
        status="cancelled" if order.is_cancelled else REPORT_STATUSES.get(status, "final"),
        effectiveDateTime=_time(request, 7),
        issued=_time(request, 22),
    )
    return FieldPath(f"OBR[{number}]"), report


def _names_of_order(order: Segment | None) -> tuple[str, ...]:
    """How the order calls what was measured: some senders name it nowhere else."""
    if order is None:
        return ()
    return tuple(name for at in (2, 5) if (name := order.text(4, at)))


def _observation(
    state: ReaderState, path: ElementPath, segment: Segment, order: Order
) -> Observation:
    request = order.request
    taken = _time(segment, 14) or (None if request is None else _time(request, 7))
    status = _status(segment, order)
    value = read_value(segment)
    if value and not segment.text(2):
        state.note_once(Issue.value_type_missing, path.element("valueType"), "")
    observation = Observation(
        code=read_coded_element(segment, 3),
        status=status,
        effectiveDateTime=taken,
        issued=None if request is None else _time(request, 22),
        method=_method(segment),
        interpretation=_interpretation(segment),
        referenceRange=read_range(state, path, segment) if "valueQuantity" in value else NONE,
    )
    for element, raw in value.items():
        setattr(observation, element, raw)
    return observation


def _status(segment: Segment, order: Order) -> str | None:
    """The status of a result; an order or report that was cancelled withdraws its results."""
    if order.is_cancelled:
        return "cancelled"
    status = segment.text(11).upper()
    return STATUSES.get(status, status) or None


def _identifier(segment: Segment, order: Segment | None, place: str) -> msgspec.Raw:
    """By what a correction or deletion names a result: its order, code and sub-identifier.

    In an order without a number it is named by its place in the message and the time of the sample.
    """
    number = "" if order is None else order.whole(3) or order.whole(2)
    number = number or place
    code = segment.text(3, 1) or segment.text(3, 4)
    return to_raw([{"value": f"{number}|{code}|{segment.text(4)}"}]) if code else NONE


def _time(segment: Segment, field: int) -> str | None:
    """A time as FHIR writes it; what is none is kept for the reader to refuse."""
    text = segment.text(field)
    return fhir_time(text, segment.text(field, 2)) or text or None


# --- codes


def _method(segment: Segment) -> msgspec.Raw:
    coded = read_coded_element(segment, 17)
    return NONE if coded is None else to_raw(coded)


def _interpretation(segment: Segment) -> msgspec.Raw:
    flags = [segment.text(8, 1, at + 1).upper() for at in range(segment.repetitions(8))]
    codings = [{"coding": [{"system": FLAGS, "code": flag}]} for flag in flags if flag]
    return to_raw(codings) if codings else NONE
