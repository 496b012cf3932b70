"""An assessment as CDS Hooks cards: one card of advice, or one that says what is missing."""

from collections.abc import Callable, Iterable
from typing import cast

from msgspec import Struct

from cobalamin.fhir.writer import Drafts, Json
from cobalamin.service.answers.client_capabilities import EVERYTHING, Manner, SelectionBehavior
from cobalamin.service.answers.detail import detail
from cobalamin.service.answers.headline import headline, unavailable
from cobalamin.service.knowledge.profile import Library
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


class Making(Struct, frozen=True, kw_only=True):
    """What the parts of one card have in common."""

    assessment: Assessment
    library: Library
    subject_id: str | None
    encounter_id: str | None
    new_id: Callable[[], str]
    manner: Manner
    public_url: str | None


def to_cards(  # noqa: PLR0913 - each door sets its own few by name
    assessment: Assessment,
    library: Library,
    *,
    subject_id: str | None,
    encounter_id: str | None = None,
    new_id: Callable[[], str],
    manner: Manner = EVERYTHING,
    show_unavailable: bool = False,
    public_url: str | None = None,
) -> list[Json]:
    """One card of advice; where nothing could be assessed, one that says so if asked for."""
    making = Making(
        assessment=assessment,
        library=library,
        subject_id=subject_id,
        encounter_id=encounter_id,
        new_id=new_id,
        manner=manner,
        public_url=public_url,
    )
    return cards_of(making, show_unavailable=show_unavailable)


def cards_of(making: Making, *, show_unavailable: bool) -> list[Json]:
    """The same, of a card that is to be made."""
    outcome = making.assessment.outcome
    if outcome is Outcome.advice:
        return [_advice(making)]
    if outcome is Outcome.not_assessable and show_unavailable:
        return [_unavailable(making)]
    return []


def _advice(making: Making) -> Json:
    assessment, wording = making.assessment, making.library.wording
    rung = wording.rungs[assessment.plan.rung]
    suggestions = _suggestions(making)
    ordered = {suggestion["label"] for suggestion in suggestions}
    labels = (wording.labels[suggestion.code] for suggestion in assessment.plan.suggestions)
    beside = [label for label in labels if label not in ordered]
    card: Json = {
        "uuid": making.new_id(),
        "summary": headline(assessment, wording),
        "detail": detail(assessment, making.library, beside, LEADS[making.manner.suggests]),
        "indicator": indicator(assessment, wording),
        "source": source_of(rung.topic, rung.title, making.public_url),
    }
    return finished(card, suggestions, making.manner)


def finished(card: Json, suggestions: list[Json], manner: Manner) -> Json:
    """The card with what its client can act on: suggestions and reasons not to, or a link."""
    if suggestions:
        card["suggestions"] = suggestions
        card["selectionBehavior"] = manner.selection.value
    if manner.suggests:
        card["overrideReasons"] = OVERRIDE_REASONS
    return with_link(card, manner)


def with_link(card: Json, manner: Manner) -> Json:
    """The card with the address of the explanation, where the client shows links."""
    source = cast("Json", card["source"])
    if manner.links and "url" in source:
        card["links"] = [{"label": LINK_LABEL, "url": source["url"], "type": "absolute"}]
    return card


def _unavailable(making: Making) -> Json:
    assessment, wording = making.assessment, making.library.wording
    beside = [wording.labels[suggestion.code] for suggestion in assessment.plan.suggestions]
    card: Json = {
        "uuid": making.new_id(),
        "summary": unavailable(assessment, wording),
        "detail": detail(assessment, making.library, beside),
        "indicator": "info",
        "source": source_of(UNAVAILABLE_TOPIC, UNAVAILABLE_TITLE, making.public_url),
    }
    return with_link(card, making.manner)


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


def source_of(topic: str, title: str, public_url: str | None) -> Json:
    source: Json = {"label": SOURCE_LABEL}
    if public_url:
        source["url"] = f"{public_url.rstrip('/')}/why/{topic}"
    source["topic"] = {"system": TOPIC_SYSTEM, "code": topic, "display": title}
    return source


# --- suggestions


def _suggestions(making: Making) -> list[Json]:
    """One suggestion for each draft order, one action each; the others stay in the detail.

    Where only one can be taken, what follows another is not offered in its place.
    """
    assessment, wording = making.assessment, making.library.wording
    several = making.manner.selection is SelectionBehavior.any
    drafts = Drafts(
        wording,
        assessment.facts,
        on=assessment.on,
        subject_id=making.subject_id,
        encounter_id=making.encounter_id,
    )
    made: list[Json] = []
    recommended = False
    for suggestion in in_order(assessment, wording):
        if made and not several and suggestion.code in FOLLOWING:
            continue
        resource = drafts.of(suggestion.code)
        if resource is None or not making.manner.takes(str(resource["resourceType"])):
            continue
        shown = _suggestion(wording.labels[suggestion.code], resource, making.new_id())
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
