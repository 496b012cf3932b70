"""An assessment as CDS Hooks cards: one card of advice, or one that says what is missing."""

from typing import cast

from msgspec.structs import replace

from cobalamin.fhir.writer import Json
from cobalamin.service.answers.card_context import CardContext
from cobalamin.service.answers.card_detail import (
    CardDetail,
    advice_detail,
    emergency_detail,
    source_links,
    unavailable_detail,
)
from cobalamin.service.answers.card_suggestions import card_suggestions
from cobalamin.service.answers.child_card import (
    CHILD,
    child_detail,
    child_headline,
    concerns_child,
    quiet_child_detail,
    quiet_child_headline,
)
from cobalamin.service.answers.headline import (
    emergency_headline,
    explaining_reason,
    headline,
    unavailable_for,
)
from cobalamin.service.answers.intervals import with_interval
from cobalamin.service.knowledge.wording import Wording
from cobalamin.service.rules.model.assessment import Assessment, Outcome, Route, Urgency
from cobalamin.service.rules.model.codes import CautionCode, SuggestionCode
from cobalamin.service.rules.workflow.plan_changes import continues_treatment

TOPIC_SYSTEM = "https://cobalamin.org/fhir/CodeSystem/topic"
UNAVAILABLE_TOPIC = "b12NotAssessable"
REASON_SYSTEM = "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes"
GOING_ON = frozenset(
    {
        SuggestionCode.im_maintenance,
        SuggestionCode.review_2_weeks,
        SuggestionCode.review_1_month,
        SuggestionCode.review_3_months,
        SuggestionCode.review_medicine,
        SuggestionCode.diet_advice,
        SuggestionCode.test_fbc,
    }
)


def to_cards(
    ctx: CardContext, *, show_unavailable: bool = False, show_continued: bool = False
) -> list[Json]:
    """One card of advice, about a child who cannot wait, or of an emergency at an unknown age.

    `show_unavailable`: where nothing could be assessed, a card says so. `show_continued`: a plan
    that only carries on is shown as well, because it is new.
    """
    ctx = replace(ctx, profile=with_interval(ctx.profile, ctx.assessment))
    assessment, wording = ctx.assessment, ctx.profile.wording
    if concerns_child(assessment):
        return [_child(ctx)]
    if assessment.outcome is Outcome.advice:
        return [_advice(ctx)] if show_continued or not carries_on(assessment, wording) else []
    if assessment.outcome is Outcome.not_assessable and assessment.plan.urgency is Urgency.urgent:
        return [_emergency(ctx)]
    if assessment.outcome is Outcome.not_assessable and show_unavailable:
        return [unavailable_card(explaining_reason(assessment), ctx)]
    return []


def carries_on(assessment: Assessment, wording: Wording) -> bool:
    """Whether treatment goes on and nothing about it is new: a card would be noise."""
    plan = assessment.plan
    goes_on = all(suggestion.code in GOING_ON for suggestion in plan.suggestions)
    if not continues_treatment(plan) or not goes_on or plan.urgency is not Urgency.routine:
        return False
    harm = any(wording.cautions[code].interlock for code in plan.cautions)
    return not harm and CautionCode.no_response not in plan.cautions


def _advice(ctx: CardContext) -> Json:
    assessment, wording = ctx.assessment, ctx.profile.wording
    rung = wording.rungs[assessment.plan.rung]
    card: Json = {
        "uuid": ctx.new_id(),
        "summary": headline(assessment, wording),
        "detail": detail_of(advice_detail(assessment, ctx.profile), ctx),
        "indicator": indicator(assessment, wording),
        "source": card_source(rung.topic, rung.title, ctx),
    }
    return with_actions(card, card_suggestions(ctx), ctx)


def _child(ctx: CardContext) -> Json:
    """Shown whatever the settings say of cards without advice."""
    assessment, wording = ctx.assessment, ctx.profile.wording
    rung = wording.rungs[assessment.plan.rung]
    card: Json = {
        "uuid": ctx.new_id(),
        "summary": child_headline(assessment, ctx.profile),
        "detail": detail_of(child_detail(assessment, ctx.profile), ctx),
        "indicator": indicator(assessment, wording),
        "source": card_source(rung.topic, rung.title, ctx),
    }
    return with_link(card, ctx)


def _emergency(ctx: CardContext) -> Json:
    """What is for today where nothing else could be assessed; shown whatever the settings say."""
    assessment, profile = ctx.assessment, ctx.profile
    rung = profile.wording.rungs[assessment.plan.rung]
    card: Json = {
        "uuid": ctx.new_id(),
        "summary": emergency_headline(assessment, profile.wording),
        "detail": detail_of(emergency_detail(assessment, profile), ctx),
        "indicator": indicator(assessment, profile.wording),
        "source": card_source(rung.topic, rung.title, ctx),
    }
    return with_link(card, ctx)


def unavailable_card(reason: str, ctx: CardContext) -> Json:
    """That something could not be assessed, and the code of its reason."""
    words = ctx.profile.wording.card.source
    if reason == CHILD:
        summary = quiet_child_headline(ctx.assessment, ctx.profile)
        detail = quiet_child_detail(ctx.assessment, ctx.profile)
    else:
        summary = unavailable_for(reason, ctx.profile.wording)
        detail = unavailable_detail(ctx.assessment, ctx.profile, reason)
    card: Json = {
        "uuid": ctx.new_id(),
        "summary": summary,
        "detail": detail_of(detail, ctx),
        "indicator": "info",
        "source": card_source(UNAVAILABLE_TOPIC, words.unavailable, ctx),
    }
    # Text alone; its source has the address for those who show no suggestions.
    return card if ctx.capabilities.suggests else with_link(card, ctx)


# --- the parts of any card


def detail_of(detail: CardDetail, ctx: CardContext) -> str:
    """The detail as Markdown, with links to guidelines where the client shows them."""
    links = source_links(ctx.profile.wording) if ctx.capabilities.guideline_links else {}
    return detail.as_markdown(links)


def with_actions(card: Json, suggestions: list[Json], ctx: CardContext) -> Json:
    """The card with its suggestions, reasons to override it, and the link to its explanation.

    Suggestions complement each other, so that any of them may be taken; 1.0 clients know only
    `at-most-one`, which is the same where there is one.
    """
    if suggestions:
        card["suggestions"] = suggestions
        several = len(suggestions) > 1 or ctx.capabilities.one_action
        card["selectionBehavior"] = "any" if several else "at-most-one"
    if ctx.capabilities.suggests:
        card["overrideReasons"] = override_reasons(ctx.profile.wording)
    return with_link(card, ctx)


def override_reasons(wording: Wording) -> list[Json]:
    """The reasons that a clinician may give for not following a card."""
    return [
        {"code": code, "system": REASON_SYSTEM, "display": display}
        for code, display in wording.card.override.items()
    ]


def with_link(card: Json, ctx: CardContext) -> Json:
    """The card with the address of its explanation, where the client shows links."""
    source = cast("Json", card["source"])
    if ctx.capabilities.links and "url" in source:
        label = ctx.profile.wording.card.source.link
        card["links"] = [{"label": label, "url": source["url"], "type": "absolute"}]
    return card


def indicator(assessment: Assessment, wording: Wording) -> str:
    """Critical is kept for the same day, so that it keeps its meaning.

    Warning is for this week, for injections, and for an interlock, where an order could do harm.
    """
    plan = assessment.plan
    if plan.urgency is Urgency.urgent:
        return "critical"
    harm = any(wording.cautions[code].interlock for code in plan.cautions)
    warns = harm or plan.urgency is Urgency.soon or plan.route is Route.parenteral
    return "warning" if warns else "info"


def card_source(topic: str, title: str, ctx: CardContext) -> Json:
    """The source of a card with its topic, by which clients remember overrides."""
    source: Json = {"label": ctx.profile.wording.card.source.label}
    if ctx.public_url:
        source["url"] = f"{ctx.public_url.rstrip('/')}/why/{topic}"
    source["topic"] = {"system": TOPIC_SYSTEM, "code": topic, "display": title}
    return source
