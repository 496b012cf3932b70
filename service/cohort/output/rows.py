"""One row a patient: the short answer, and what a report groups and counts by."""

from collections.abc import Iterable
from datetime import date

from cobalamin.service.answers.comment_release import release_of
from cobalamin.service.answers.short import to_released
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.rules.assess import assess_case
from cobalamin.service.rules.evidence.case import Case
from cobalamin.service.rules.evidence.recency import current
from cobalamin.service.rules.findings.kidney import estimated_filtration_rate, kidney
from cobalamin.service.rules.findings.markers import methylmalonic_acid, total_b12
from cobalamin.service.rules.model.facts import Facts, Result
from cobalamin.service.rules.model.vocabulary import Analyte as A

TRUTH = {True: "true", False: "false", None: ""}


def to_row(
    facts: Facts, profile: Profile, on: date, laboratory: str, origin: str
) -> tuple[str, ...]:
    """The text of each column; lists have a blank between codes, and what is not known is empty.

    `notes` counts them as `code:2`. `censored` names the measured analytes whose number is only a
    bound. `origin` says where the data stood where a subject alone does not.
    """
    case = Case(facts, profile.knowledge, on)
    assessment = assess_case(case, find_unknowns=False)
    short = to_released(assessment, profile)
    egfr = estimated_filtration_rate(case)
    measured = _measured(case)
    return (
        short.subject or "",
        short.asOf.isoformat(),
        short.outcome.value,
        short.status.value,
        short.band.value,
        short.anaemia.value,
        short.megaloblastic.value,
        short.tier.value,
        short.rung,
        short.route.value,
        short.urgency,
        " ".join(short.reasons),
        " ".join(short.suggestions),
        " ".join(short.recommended),
        " ".join(short.cautions),
        " ".join(short.causes),
        " ".join([f"{code}:{count}" for code, count in short.notes.items()]),
        short.comment or "",
        "" if case.age is None else str(case.age),
        "" if case.sex is None else case.sex.value,
        TRUTH[case.is_pregnant],
        kidney(case).value,
        _number(egfr),
        *[text for result in measured for text in (_number(result), _unit(result))],
        _censored(measured),
        laboratory,
        origin,
        "" if short.comment is None else release_of(assessment, profile, short.comment),
    )


def _measured(case: Case) -> tuple[Result | None, ...]:
    """The results of `MEASURED` that count, in that order."""
    return (
        total_b12(case),
        current(case, A.b12_active),
        methylmalonic_acid(case),
        current(case, A.homocysteine),
        current(case, A.haemoglobin),
        current(case, A.mcv),
    )


def _number(result: Result | None) -> str:
    return "" if result is None or result.quantity is None else str(result.quantity.value)


def _unit(result: Result | None) -> str:
    return "" if result is None or result.quantity is None else result.quantity.unit


def _censored(measured: Iterable[Result | None]) -> str:
    bounds = [result for result in measured if result is not None and result.quantity is not None]
    return " ".join([result.analyte.value for result in bounds if _is_bound(result)])


def _is_bound(result: Result) -> bool:
    return result.quantity is not None and result.quantity.comparator is not None
