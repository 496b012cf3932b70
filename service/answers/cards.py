"""An assessment as CDS Hooks cards: one card of advice, or one that says what is missing."""

from collections.abc import Iterable
from typing import cast

from cobalamin.fhir.writer import DraftWriter, Json
from cobalamin.service.answers.card_context import CardContext
from cobalamin.service.answers.child_card import (
    child_detail,
    child_headline,
    concerns_child,
)
from cobalamin.service.answers.client_capabilities import (
    CardCapabilities,
    SelectionBehavior,
)
from cobalamin.service.answers.detail import detail
from cobalamin.service.answers.headline import headline, unavailable
from cobalamin.service.knowledge.treatments import Administration
from cobalamin.service.knowledge.wording import Wording
from cobalamin.service.rules.model.assessment import Assessment, Outcome, Route, Suggestion, Urgency

LEADS = {True: "Consider as well", False: "Suggested"}
FOLLOWING = frozenset({"im-maintenance", "review-2-weeks", "review-1-month", "review-3-months"})
LINK_LABEL = "How this advice is reached"
SOURCE_LABEL = "Cobalamin, vitamin B12 decision support"
TOPIC_SYSTEM = "https://cobalamin.org/fhir/CodeSystem/topic"
UNAVAILABLE_TOPIC = "b12NotAssessable"
UNAVAILABLE_TITLE = "Vitamin B12 could not be assessed"
REASON_SYSTEM = "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes"
OVERRIDE_REASONS = [
    {"code": code, "system": REASON_SYSTEM, "display": display}
    for code, display in (
        ("action-completed", "Already done"),
        ("patient-contraindication", "Contraindicated for this patient"),
        ("patient-refuses", "Patient declines"),
        ("patient-ineligible", "Does not apply to this patient"),
        ("does-not-align-latest-evidence", "Does not agree with the latest evidence"),
        ("need-more-info", "More information needed"),
        ("service-not-available", "Service not available here"),
        ("limited-time", "No time now"),
    )
]


def to_cards(ctx: CardContext, *, show_unavailable: bool = False) -> list[Json]:
    """One card of advice, or about a child who cannot wait; where nothing could be assessed, one
    that says so if asked for.
    """
    outcome = ctx.assessment.outcome
    if concerns_child(ctx.assessment):
        return [_child(ctx)]
    if outcome is Outcome.advice:
        return [_advice(ctx)]
    if outcome is Outcome.not_assessable and show_unavailable:
        return [_unavailable(ctx)]
    return []


def _advice(ctx: CardContext) -> Json:
    assessment, wording = ctx.assessment, ctx.profile.wording
    rung = wording.rungs[assessment.plan.rung]
    suggestions = _suggestions(ctx)
    ordered = {suggestion["label"] for suggestion in suggestions}
    labels = (wording.labels[suggestion.code] for suggestion in assessment.plan.suggestions)
    beside = [label for label in labels if label not in ordered]
    card: Json = {
        "uuid": ctx.new_id(),
        "summary": headline(assessment, wording),
        "detail": detail(assessment, ctx.profile, beside, LEADS[ctx.capabilities.suggests]),
        "indicator": indicator(assessment, wording),
        "source": card_source(rung.topic, rung.title, ctx.public_url),
    }
    return with_actions(card, suggestions, ctx.capabilities)


def with_actions(card: Json, suggestions: list[Json], capabilities: CardCapabilities) -> Json:
    """The card with what its client can act on: suggestions and reasons not to, or a link."""
    if suggestions:
        card["suggestions"] = suggestions
        card["selectionBehavior"] = capabilities.selection.value
    if capabilities.suggests:
        card["overrideReasons"] = OVERRIDE_REASONS
    return with_link(card, capabilities)


def with_link(card: Json, capabilities: CardCapabilities) -> Json:
    """The card with the address of the explanation, where the client shows links."""
    source = cast("Json", card["source"])
    if capabilities.links and "url" in source:
        card["links"] = [{"label": LINK_LABEL, "url": source["url"], "type": "absolute"}]
    return card


def _child(ctx: CardContext) -> Json:
    """Shown whatever the settings say of cards without advice."""
    assessment, wording = ctx.assessment, ctx.profile.wording
    rung = wording.rungs[assessment.plan.rung]
    card: Json = {
        "uuid": ctx.new_id(),
        "summary": child_headline(assessment, wording),
        "detail": child_detail(assessment, ctx.profile),
        "indicator": indicator(assessment, wording),
        "source": card_source(rung.topic, rung.title, ctx.public_url),
    }
    return with_link(card, ctx.capabilities)


def _unavailable(ctx: CardContext) -> Json:
    assessment, wording = ctx.assessment, ctx.profile.wording
    beside = [wording.labels[suggestion.code] for suggestion in assessment.plan.suggestions]
    card: Json = {
        "uuid": ctx.new_id(),
        "summary": unavailable(assessment, wording),
        "detail": detail(assessment, ctx.profile, beside),
        "indicator": "info",
        "source": card_source(UNAVAILABLE_TOPIC, UNAVAILABLE_TITLE, ctx.public_url),
    }
    return with_link(card, ctx.capabilities)


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


def card_source(topic: str, title: str, public_url: str | None) -> Json:
    source: Json = {"label": SOURCE_LABEL}
    if public_url:
        source["url"] = f"{public_url.rstrip('/')}/why/{topic}"
    source["topic"] = {"system": TOPIC_SYSTEM, "code": topic, "display": title}
    return source


# --- suggestions


def _suggestions(ctx: CardContext) -> list[Json]:
    """One suggestion for each draft order, one action each; the others stay in the detail.

    Where only one can be taken, what follows another is not offered in its place.
    """
    assessment, wording = ctx.assessment, ctx.profile.wording
    several = ctx.capabilities.selection is SelectionBehavior.any
    drafts = DraftWriter(
        wording,
        assessment.facts,
        on=assessment.on,
        subject_id=ctx.subject_id,
        encounter_id=ctx.encounter_id,
    )
    made: list[Json] = []
    recommended = False
    for suggestion in in_order(assessment, wording):
        if made and not several and suggestion.code in FOLLOWING:
            continue
        resource = drafts.write(suggestion.code)
        if resource is None or not ctx.capabilities.takes(str(resource["resourceType"])):
            continue
        shown = _suggestion(wording.labels[suggestion.code], resource, ctx.new_id())
        if suggestion.recommended and (several or not recommended):
            shown["isRecommended"] = recommended = True
        made.append(shown)
    return made


def in_order(assessment: Assessment, wording: Wording) -> Iterable[Suggestion]:
    """The recommended one first, then injections where the route is by injection."""
    injects = assessment.plan.route is Route.parenteral

    def rank(suggestion: Suggestion) -> tuple[bool, bool]:
        regimen = wording.regimens.get(suggestion.code) if injects else None
        injected = regimen is not None and regimen.route is Administration.intramuscular
        return (not suggestion.recommended, not injected)

    return sorted(assessment.plan.suggestions, key=rank)


def _suggestion(label: str, resource: Json, identity: str) -> Json:
    action = {"type": "create", "description": f"Draft order: {label}", "resource": resource}
    return {"label": label, "uuid": identity, "actions": [action]}
