"""Assessments made by hand, so that a test states only what matters to it."""

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import count
from typing import Any

from cobalamin.service.answers.card_context import CardContext
from cobalamin.service.knowledge.profile import Profile, load_profile
from cobalamin.service.knowledge.profile_list import profile_ids
from cobalamin.service.rules.model.assessment import (
    AnaemiaFinding,
    Assessment,
    Band,
    Because,
    Cells,
    CodedFinding,
    Likelihood,
    NeuropathyFinding,
    Outcome,
    Plan,
    Route,
    Severity,
    Status,
    StatusFinding,
    Suggestion,
    Tier,
    Urgency,
)
from cobalamin.service.rules.model.codes import CautionCode, SuggestionCode
from cobalamin.service.rules.model.dates import read_when
from cobalamin.service.rules.model.facts import Facts, HistoryFact, Patient, Result
from cobalamin.service.rules.model.quantities import Comparator, Quantity
from cobalamin.service.rules.model.vocabulary import Analyte, History

PROFILES = profile_ids()
TODAY = date(2026, 11, 20)


@cache
def get_profile(profile: str = "uk-nice") -> Profile:
    """The real knowledge of a profile, loaded once for all tests."""
    return load_profile(profile)


def a_card_context(
    assessment: Assessment,
    profile: str = "uk-nice",
    **options: Any,  # noqa: ANN401 - its members
) -> CardContext:
    """The context of a card for patient p1."""
    return CardContext(
        **{
            "assessment": assessment,
            "profile": get_profile(profile),
            "subject_id": "p1",
            "new_id": new_ids(),
            **options,
        }
    )


def new_ids() -> Callable[[], str]:
    """Identifiers that look like UUIDs and count up."""
    numbers = count(1)
    return lambda: f"00000000-0000-4000-8000-{next(numbers):012}"


def a_result(
    value: str = "98",
    unit: str = "pg/mL",
    *,
    analyte: Analyte = Analyte.b12_total,
    on: str = "2026-11-02",
    comparator: Comparator | None = None,
) -> Result:
    """A result of vitamin B12 unless another analyte is named."""
    quantity = Quantity(value=Decimal(value), unit=unit, comparator=comparator)
    return Result(analyte=analyte, on=read_when(on), quantity=quantity, reference="Observation/1")


def because_of_b12(result: Result, profile: str = "uk-nice") -> Because:
    """The reason that a total B12 was compared with the limit of deficiency."""
    parameter = get_profile(profile).knowledge.thresholds.b12_total_deficient
    unit = result.quantity.unit if result.quantity else "pg/mL"
    return Because(
        fact=result.analyte,
        evidence=result,
        parameter=parameter,
        limit=Quantity(value=parameter.value[unit], unit=unit),
        verification=parameter.verification,
        citation=parameter.source,
    )


def some_facts(*history: History, **patient: Any) -> Facts:  # noqa: ANN401 - its members
    """A patient with this history."""
    return Facts(
        patient=Patient(**{"id": "p1", **patient}),
        history=tuple(HistoryFact(code=code) for code in history),
    )


def an_assessment(  # noqa: PLR0913 - a test names only what matters
    *,
    outcome: Outcome = Outcome.advice,
    rung: str = "R4",
    route: Route = Route.parenteral,
    urgency: Urgency = Urgency.soon,
    status: Status = Status.deficient,
    band: Band = Band.deficient,
    tier: Tier = Tier.n2,
    because: Iterable[Because] | None = None,
    suggestions: Iterable[str] = ("im-loading-neurological", "refer-neurology"),
    recommended: str | None = None,
    cautions: Iterable[str] = (),
    **more: Any,  # noqa: ANN401 - other members of Assessment
) -> Assessment:
    """A deficient patient with neurological findings, unless a test says otherwise."""
    codes = tuple(suggestions)
    best = recommended or (codes[0] if codes else None)
    shown = (because_of_b12(a_result()),) if because is None else tuple(because)
    parts = {
        "reasons": ("b12-deficient",),
        "facts": some_facts(),
        "anaemia": AnaemiaFinding(
            value=Severity.unknown, cells=Cells.unknown, megaloblastic=Likelihood.unknown
        ),
        "neuropathy": NeuropathyFinding(tier=tier),
        "causes": (),
        "confounders": (),
        "unknowns": (),
        "notes": (),
    }
    return Assessment(
        outcome=outcome,
        on=TODAY,
        status=StatusFinding(value=status, band=band, because=shown),
        plan=Plan(
            rung=rung,
            route=route,
            urgency=urgency,
            suggestions=tuple(
                Suggestion(code=SuggestionCode(c), recommended=c == best) for c in codes
            ),
            cautions=tuple(CautionCode(code) for code in cautions),
        ),
        **{**parts, **more},
    )


def a_cause(code: History) -> CodedFinding:
    """A recorded cause."""
    return CodedFinding(code=code, because=(Because(fact=code, evidence=HistoryFact(code=code)),))
