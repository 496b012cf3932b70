"""Cards about what is being written: one order or problem, one alert, one remedy."""

from collections.abc import Iterable, Iterator

from cobalamin.fhir.writer import DraftWriter, Json
from cobalamin.service.answers.card_context import CardContext
from cobalamin.service.answers.cards import (
    UNAVAILABLE_TITLE,
    UNAVAILABLE_TOPIC,
    card_source,
    with_actions,
    with_link,
)
from cobalamin.service.answers.client_capabilities import SelectionBehavior
from cobalamin.service.answers.detail import (
    contact_text,
    detail,
    recommended,
    section,
    status,
    unknown,
    values,
    version_text,
)
from cobalamin.service.answers.markdown import escaped
from cobalamin.service.answers.phrases import quantity_text, sentence, source_text
from cobalamin.service.knowledge.alert_words import AlertText
from cobalamin.service.knowledge.wording import Wording
from cobalamin.service.rules.model.assessment import Urgency
from cobalamin.service.rules.model.facts import DraftOrder, DraftProblem, age_on
from cobalamin.service.rules.model.vocabulary import History, Intake
from cobalamin.service.rules.workflow.alert import Alert, OrderAction
from cobalamin.service.rules.workflow.maintenance import Due

MOST_CARDS = 3
METFORMIN = "metformin"
ACTED_ON = frozenset({OrderAction.remove, OrderAction.put_off})


def to_alert_cards(alerts: Iterable[Alert], ctx: CardContext) -> list[Json]:
    """At most three cards, those that warn first; else in the order of the drafts."""
    words = ctx.profile.wording.alerts
    ranked = sorted(alerts, key=lambda alert: not words[alert.code].text_for(alert.variant).warns)
    return [_card(alert, ctx) for alert in ranked[:MOST_CARDS]]


def _card(alert: Alert, ctx: CardContext) -> Json:
    wording = ctx.profile.wording
    words = wording.alerts[alert.code]
    said = words.text_for(alert.variant)
    card: Json = {
        "uuid": ctx.new_id(),
        "summary": sentence(_headline(alert, said, wording)),
        "detail": _detail(alert, said, ctx),
        "indicator": _indicator(alert, said, ctx),
        "source": card_source(words.topic, words.title, ctx.public_url),
    }
    return with_actions(card, _suggestions(alert, ctx), ctx.capabilities)


def _headline(alert: Alert, said: AlertText, wording: Wording) -> str:
    due = alert.due
    days = {} if due is None else {"days": _days(due), "latest": due.latest, "after": due.after}
    about = "" if alert.about is None else item_name(alert.about, wording)
    return said.headline.format(about=about, **days)


def _days(due: Due) -> str:
    """One day where the interval has one length only."""
    first = due.earliest.isoformat()
    return first if due.earliest == due.latest else f"{first} to {due.latest.isoformat()}"


def unread_card(reason: str, ctx: CardContext) -> Json:
    """That what is being written could not be looked at, and why."""
    wording = ctx.profile.wording
    said = wording.reason(reason)
    text = wording.headlines.unavailable["text"].format(reason=said[:1].lower() + said[1:])
    card: Json = {
        "uuid": ctx.new_id(),
        "summary": text,
        "detail": detail(ctx.assessment, ctx.profile),
        "indicator": "info",
        "source": card_source(UNAVAILABLE_TOPIC, UNAVAILABLE_TITLE, ctx.public_url),
    }
    return with_link(card, ctx.capabilities)


SWALLOWED = frozenset({History.b12_replacement_oral, History.b12_supplement})


def item_name(about: DraftOrder | DraftProblem, wording: Wording) -> str:
    """What is ordered or added, in words; never text that was sent."""
    if isinstance(about, DraftProblem):
        return _problem_name(about, wording)
    codes: list[str] = [*(fact.code for fact in about.history), *about.tests]
    swallowed = [fact for fact in about.history if fact.code in SWALLOWED]
    if swallowed:
        return wording.fact(f"vitamin_b12_{swallowed[0].intake or Intake.oral}")
    return wording.fact(codes[0])


def _problem_name(problem: DraftProblem, wording: Wording) -> str:
    if problem.diagnosis is not None:
        return wording.terms.diagnosis[problem.diagnosis]
    codes = [*(fact.code for fact in problem.history), *(fact.code for fact in problem.features)]
    return wording.fact(codes[0])


def _indicator(alert: Alert, said: AlertText, ctx: CardContext) -> str:
    """Critical only where the plan is for the same day and the order would go another way."""
    if not said.warns or not ctx.capabilities.warns:
        return "info"
    urgent = ctx.assessment.plan.urgency is Urgency.urgent and alert.remedy is OrderAction.replace
    return "critical" if urgent else "warning"


# --- the detail


def _detail(alert: Alert, said: AlertText, ctx: CardContext) -> str:
    assessment, wording = ctx.assessment, ctx.profile.wording
    sections = (
        ("Values used", values(assessment, wording)),
        ("Why", _why(alert, said, ctx)),
        ("Evidence", _evidence(alert, said, wording)),
        ("Not known", unknown(assessment, wording)),
    )
    parts = [section(title, lines) for title, lines in sections]
    parts += [contact_text(ctx.profile), version_text(ctx.profile.knowledge)]
    return "\n\n".join(part for part in parts if part)


def _why(alert: Alert, said: AlertText, ctx: CardContext) -> Iterator[str]:
    wording, assessment = ctx.profile.wording, ctx.assessment
    if alert.about is not None:
        yield escaped(_about(alert.about, wording))
    age = age_on(assessment.facts.patient, assessment.on)
    if alert.variant == METFORMIN and age is not None:
        yield f"Age: {age} years."
    if alert.due is not None:
        yield f"The last injection on record: {alert.due.after.isoformat()}."
    yield said.text
    yield status(assessment.status, wording)
    tier = wording.terms.tier[assessment.neuropathy.tier]
    yield f"Nervous system (the tiers are this project's own): {tier}."


def _about(about: DraftOrder | DraftProblem, wording: Wording) -> str:
    name = item_name(about, wording)
    if isinstance(about, DraftProblem):
        return f"The new problem: {name}."
    doses = [fact.dose for fact in about.history if fact.dose is not None]
    dose = f", {quantity_text(doses[0])}" if doses else ""
    reference = f" ({about.reference})" if about.reference else ""
    return f"The order: {name}{dose}{reference}."


def _evidence(alert: Alert, said: AlertText, wording: Wording) -> Iterator[str]:
    source = source_text(wording, said.source, said.locator, said.verification)
    yield f"{said.title}: {source}."
    rests_on = ("im-maintenance",) if alert.due is not None else alert.suggestions[:1]
    for code in rests_on:
        yield from recommended(wording, code)


# --- suggestions


def _suggestions(alert: Alert, ctx: CardContext) -> list[Json]:
    """What to order, then the order taken back; a client that knows only `any` gets them apart."""
    if not ctx.capabilities.suggests:
        return []
    creates = list(_creates(alert, ctx))
    taken_back = _taken_back(alert, ctx)
    replaces = alert.remedy is OrderAction.replace and bool(creates)
    if replaces and taken_back is not None:
        if ctx.capabilities.selection is SelectionBehavior.at_most_one:
            label, action = creates[0]
            # In this order: the sandbox stops at the first action that changes its form.
            return [_suggestion(f"{label} instead", [action, taken_back], ctx, best=True)]
        creates = creates[:1]
    made = [
        _suggestion(label, [action], ctx, best=not place)
        for place, (label, action) in enumerate(creates)
    ]
    if taken_back is not None and (replaces or alert.remedy in ACTED_ON):
        label = str(taken_back["description"])
        # Apart, but one without the other would leave both orders or none.
        made.append(_suggestion(label, [taken_back], ctx, best=replaces or not made))
    return made


def _creates(alert: Alert, ctx: CardContext) -> Iterator[tuple[str, Json]]:
    wording = ctx.profile.wording
    writer = DraftWriter(
        wording,
        ctx.assessment.facts,
        on=ctx.assessment.on,
        subject_id=ctx.subject_id,
        encounter_id=ctx.encounter_id,
    )
    for code in alert.suggestions:
        resource = writer.write(code)
        if resource is not None and ctx.capabilities.takes(str(resource["resourceType"])):
            label = wording.labels[code]
            description = f"Draft order: {label}"
            yield label, {"type": "create", "description": description, "resource": resource}


def _taken_back(alert: Alert, ctx: CardContext) -> Json | None:
    """The order removed from the drafts; one without an id cannot be named."""
    order = alert.about
    if not isinstance(order, DraftOrder) or order.reference is None:
        return None
    if not ctx.capabilities.takes(order.reference.partition("/")[0]):
        return None
    description = f"Remove the draft order: {item_name(order, ctx.profile.wording)}"
    return {"type": "delete", "description": description, "resourceId": order.reference}


def _suggestion(label: str, actions: list[Json], ctx: CardContext, *, best: bool) -> Json:
    made: Json = {"label": label, "uuid": ctx.new_id(), "actions": actions}
    if best:
        made["isRecommended"] = True
    return made
