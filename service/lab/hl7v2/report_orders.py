"""Which results of a message its comment rests on, and by which numbers a report is named."""

from collections.abc import Iterator

from msgspec import Struct

from cobalamin.service.answers.comment import MARKERS
from cobalamin.service.lab.hl7v2.message import Message
from cobalamin.service.lab.hl7v2.segment import Segment
from cobalamin.service.lab.hl7v2.segments import PLACE
from cobalamin.service.rules.model.facts import Facts
from cobalamin.service.rules.model.vocabulary import Analyte

CORRECTED_REPORT = "C"
WRONG = "W"
WITHDRAWN = frozenset({"status-withdrawn", "entered-in-error"})
MOST_LENGTH = 250
"""Of a number that names a report or a patient; HL7 v2 has at most 427 for all its parts."""


class OrderNumbers(Struct, frozen=True, kw_only=True):
    """OBR-2 and OBR-3 as they were sent, with the usual marks."""

    placer: str = ""
    filler: str = ""

    @property
    def name(self) -> str:
        """The filler's number, else the placer's."""
        return self.filler or self.placer


class MarkerResult(Struct, frozen=True, kw_only=True):
    """A result of vitamin B12 or MMA, read or refused, and its order.

    `is_wrong` says that the laboratory posts the original as wrong (OBX-11 W).
    """

    analyte: Analyte
    order: OrderNumbers
    is_corrected: bool
    is_withdrawn: bool = False
    is_wrong: bool = False


def marker_results(message: Message, facts: Facts) -> Iterator[MarkerResult]:
    """Yield the results on which a comment rests."""
    for result in facts.results:
        if result.analyte in MARKERS:
            order, _ = _segments(message, result.reference or "")
            yield MarkerResult(
                analyte=result.analyte,
                order=order_numbers(message, order),
                is_corrected=result.corrected or _is_corrected(order),
            )
    for refusal in facts.refusals:
        if refusal.analyte in MARKERS:
            order, observation = _segments(message, refusal.where)
            yield MarkerResult(
                analyte=refusal.analyte,
                order=order_numbers(message, order),
                is_corrected=_is_corrected(order),
                is_withdrawn=refusal.code in WITHDRAWN,
                is_wrong=observation is not None and observation.text(11).upper() == WRONG,
            )


def posts_as_wrong(message: Message, facts: Facts) -> bool:
    """Whether a marker was posted as wrong, such as one of another patient."""
    return any(one.is_wrong for one in marker_results(message, facts))


def commented_order(message: Message, facts: Facts) -> Segment | None:
    """The OBR under which the comment stands: that of the first marker, else the first one."""
    places = [one.reference or "" for one in facts.results if one.analyte in MARKERS]
    places += [one.where for one in facts.refusals if one.analyte in MARKERS]
    order, _ = _segments(message, places[0] if places else "OBX[1]")
    return order


def order_numbers(message: Message, order: Segment | None) -> OrderNumbers:
    """The numbers of an order; one that is too long to be one is none."""
    if order is None:
        return OrderNumbers()
    placer, filler = (message.raw_field(order, number) for number in (2, 3))
    return OrderNumbers(placer=_usable(placer), filler=_usable(filler))


def patient_parts(message: Message) -> tuple[str, ...] | None:
    """Who the patient is: numbers with their givers, birth and sex; None without a number."""
    patient = next(message.all("PID"), None)
    if patient is None or not (patient.text(3) or patient.text(2)):
        return None
    return tuple(message.raw_field(patient, number) for number in (2, 3, 7, 8))


def _usable(number: str) -> str:
    return number if len(number) <= MOST_LENGTH else ""


def _is_corrected(order: Segment | None) -> bool:
    return order is not None and order.text(25).upper() == CORRECTED_REPORT


def _segments(message: Message, place: str) -> tuple[Segment | None, Segment | None]:
    """The order, and the result if it is one, of a place such as `OBX[2]-5` or `OBR[1]`."""
    match = PLACE.match(place)
    if match is None:
        return None, None
    return message.find(match["segment"], int(match["number"] or 1))
