"""Counts what evaluations came to."""

from collections import Counter
from collections.abc import Iterable, Mapping

from cobalamin.service.metrics.definitions import EVALUATIONS, NOT_ASSESSABLE, UNMAPPED_CODES
from cobalamin.service.metrics.recording import METRICS
from cobalamin.service.records.audit.named_changes import NOT_KNOWN
from cobalamin.service.rules.model.assessment import Outcome
from cobalamin.service.rules.model.facts import Note


def count_evaluation(
    service: str, outcome: Outcome, reasons: Iterable[str], notes: Mapping[str, int], client: str
) -> None:
    """Count an evaluation that is answered; `notes` are counted by their code."""
    METRICS.count(EVALUATIONS, service, outcome.value)
    if outcome is Outcome.not_assessable:
        for reason in reasons:
            METRICS.count(NOT_ASSESSABLE, service, reason)
    for code in NOT_KNOWN.intersection(notes):
        METRICS.count(UNMAPPED_CODES, client, code, amount=notes[code])


def count_notes(notes: Iterable[Note]) -> Mapping[str, int]:
    """How many notes there are by their code."""
    return Counter([note.code for note in notes])
