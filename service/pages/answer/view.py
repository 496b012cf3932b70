"""An assessment with its cards as a person looks at it: what `answer.html` shows.

It needs no form and no request, so that whatever has an assessment can show it.
"""

from collections.abc import Sequence

from markupsafe import Markup
from msgspec import Struct

from cobalamin.fhir.writer import Json
from cobalamin.service.answers.comment import Comment, to_comment, work_list_reason
from cobalamin.service.answers.intervals import with_interval
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.pages.answer.markdown import render_markdown
from cobalamin.service.pages.answer.muscle import ComparisonTable, comparison_tables
from cobalamin.service.pages.answer.reasons import ReasonGroup, reason_groups
from cobalamin.service.pages.answer.scales import ScaledResult, scaled_results
from cobalamin.service.pages.answer.trends import Trend, trends
from cobalamin.service.pages.texts import page_texts
from cobalamin.service.rules.evidence.case import Case
from cobalamin.service.rules.model.assessment import Assessment
from cobalamin.service.rules.model.facts import Note


class ShownCard(Struct, frozen=True, kw_only=True):
    """A card of the CDS Hooks answer, with its detail as HTML and its indicator in words."""

    card: Json
    detail: Markup
    indicator: str


class AnswerView(Struct, frozen=True, kw_only=True):
    """What a page shows of one assessment."""

    outcome: str
    reasons: tuple[str, ...]
    cards: tuple[ShownCard, ...]
    comment: Comment | None
    withheld: str | None
    step: str
    route: str
    urgency: str
    scales: tuple[ScaledResult, ...]
    trends: tuple[Trend, ...]
    groups: tuple[ReasonGroup, ...]
    muscle: tuple[ComparisonTable, ...]
    notes: tuple[Note, ...]


def build_view(
    case: Case, assessment: Assessment, profile: Profile, cards: Sequence[Json]
) -> AnswerView:
    """What there is to see of an assessment and of the cards that were made of it."""
    profile = with_interval(profile, assessment)
    wording, plan = profile.wording, assessment.plan
    held = work_list_reason(assessment)
    return AnswerView(
        outcome=assessment.outcome.value,
        reasons=tuple(wording.reason(code) for code in assessment.reasons),
        cards=tuple(_shown(card) for card in cards),
        comment=to_comment(assessment, profile),
        withheld=None if held is None else wording.reason(held),
        step=f"{plan.rung}, {wording.rungs[plan.rung].title}",
        route=wording.terms.route[plan.route],
        urgency=wording.terms.urgency[plan.urgency.name],
        scales=tuple(scaled_results(case, profile)),
        trends=tuple(trends(case, profile)),
        groups=tuple(reason_groups(assessment, profile)),
        muscle=tuple(comparison_tables(assessment, profile)),
        notes=assessment.notes,
    )


def _shown(card: Json) -> ShownCard:
    return ShownCard(
        card=card,
        detail=render_markdown(str(card.get("detail", ""))),
        indicator=page_texts().indicators[str(card["indicator"])],
    )
