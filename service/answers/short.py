"""An assessment as codes alone: for batches, cohorts and programs that count."""

from collections import Counter
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from cobalamin.service.answers.comment import comment_code, released_code
from cobalamin.service.answers.plain import subject_of, version
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.rules.assess import assess
from cobalamin.service.rules.model.assessment import (
    Assessment,
    Band,
    Likelihood,
    Outcome,
    Route,
    Severity,
    Status,
    Tier,
)
from cobalamin.service.rules.model.facts import Facts
from cobalamin.service.rules.model.knowledge import Knowledge


class ShortAnswer(Struct, frozen=True, kw_only=True):
    """The members under their names on the wire; `notes` counts the notes by their code."""

    outcome: Outcome
    reasons: tuple[str, ...]
    subject: str | None
    asOf: date
    profile: str
    knowledge: dict[str, object]
    status: Status
    band: Band
    anaemia: Severity
    megaloblastic: Likelihood
    tier: Tier
    rung: str
    route: Route
    urgency: str
    suggestions: tuple[str, ...]
    recommended: tuple[str, ...]
    cautions: tuple[str, ...]
    causes: tuple[str, ...]
    notes: dict[str, int]
    comment: str | None


def assess_shortly(facts: Facts, profile: Profile, on: date) -> ShortAnswer:
    """The short answer for these facts; what it does not hold is not worked out."""
    return to_released(assess(facts, profile.knowledge, on, find_unknowns=False), profile)


def to_released(assessment: Assessment, profile: Profile) -> ShortAnswer:
    """The codes of an assessment, without a comment that the site has switched off."""
    short = to_short(assessment, profile.knowledge)
    return replace(short, comment=released_code(assessment, profile)) if profile.site else short


def to_short(assessment: Assessment, knowledge: Knowledge) -> ShortAnswer:
    """The codes of an assessment, with that of any comment that the rules ask for."""
    plan = assessment.plan
    return ShortAnswer(
        outcome=assessment.outcome,
        reasons=assessment.reasons,
        subject=subject_of(assessment),
        asOf=assessment.on,
        profile=knowledge.profile,
        knowledge=version(knowledge),
        status=assessment.status.value,
        band=assessment.status.band,
        anaemia=assessment.anaemia.value,
        megaloblastic=assessment.anaemia.megaloblastic,
        tier=assessment.neuropathy.tier,
        rung=plan.rung,
        route=plan.route,
        urgency=plan.urgency.name,
        suggestions=tuple([suggestion.code for suggestion in plan.suggestions]),
        recommended=tuple(
            [suggestion.code for suggestion in plan.suggestions if suggestion.recommended]
        ),
        cautions=plan.cautions,
        causes=tuple([str(cause.code) for cause in assessment.causes]),
        notes=dict(Counter([note.code for note in assessment.notes])) if assessment.notes else {},
        comment=comment_code(assessment),
    )
