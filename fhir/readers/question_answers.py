"""Answers to questions, such as whether somebody smokes: the newest one counts."""

from collections.abc import Iterable
from datetime import date

from cobalamin.fhir.decode.reader_state import QuestionAnswer
from cobalamin.service.rules.model.facts import HistoryFact
from cobalamin.service.rules.model.vocabulary import History


def newest_answers(answers: Iterable[QuestionAnswer]) -> Iterable[QuestionAnswer]:
    """The newest answer to each question; of two on one day, yes."""
    newest: dict[History, QuestionAnswer] = {}
    for answer in answers:
        earlier = newest.get(answer.code)
        if earlier is None or _recency(answer) > _recency(earlier):
            newest[answer.code] = answer
    return newest.values()


def _recency(answer: QuestionAnswer) -> tuple[date, bool]:
    return (date.min if answer.on is None else answer.on.last, answer.value)


def fact_of_answer(answer: QuestionAnswer) -> HistoryFact:
    """An answer as a fact of the history, on the day on which it was given."""
    return HistoryFact(
        code=answer.code,
        active=answer.value,
        since=answer.on if answer.value else None,
        last=answer.on,
        reference=answer.reference,
    )
