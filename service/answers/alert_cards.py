"""Cards about one order, problem or discharge: what it is, why it matters, what to do instead."""

from collections.abc import Iterable, Iterator

from cobalamin.fhir.writer import Json
from cobalamin.service.answers.alert_suggestions import alert_suggestions
from cobalamin.service.answers.card_context import CardContext
from cobalamin.service.answers.card_detail import CardDetail, last_words, short_names
from cobalamin.service.answers.card_values import date_words, quantity_words
from cobalamin.service.answers.cards import card_source, detail_of, with_actions
from cobalamin.service.answers.deciding_values import nerves_text, status_text
from cobalamin.service.answers.phrases import sentence
from cobalamin.service.knowledge.alert_words import AlertText
from cobalamin.service.knowledge.card_words import CardWords
from cobalamin.service.knowledge.wording import Wording
from cobalamin.service.rules.model.assessment import Status, Urgency
from cobalamin.service.rules.model.dates import When
from cobalamin.service.rules.model.facts import DraftOrder, DraftProblem, HistoryFact, age_on
from cobalamin.service.rules.model.vocabulary import History, Intake
from cobalamin.service.rules.workflow.alert import Alert, OrderAction
from cobalamin.service.rules.workflow.maintenance import Due

MAX_CARDS = 3
MAX_SOURCES = 2
METFORMIN = "metformin"
DEFICIENT = (Status.deficient, Status.functional_deficiency)
SWALLOWED = frozenset({History.b12_replacement_oral, History.b12_supplement})
REPLACING = SWALLOWED | {History.b12_replacement_parenteral}


def to_alert_cards(alerts: Iterable[Alert], ctx: CardContext) -> list[Json]:
    """At most three cards, those that warn first; else in the order of the drafts."""
    words = ctx.profile.wording.alerts
    texts = [(alert, words[alert.code].text_for(alert.variant)) for alert in alerts]
    ranked = sorted(texts, key=lambda pair: not pair[1].warns)
    return [_card(alert, text, ctx) for alert, text in ranked[:MAX_CARDS]]


def _card(alert: Alert, text: AlertText, ctx: CardContext) -> Json:
    topic = ctx.profile.wording.alerts[alert.code].topic
    card: Json = {
        "uuid": ctx.new_id(),
        "summary": sentence(_headline(alert, text, ctx)),
        "detail": detail_of(_detail(alert, text, ctx), ctx),
        "indicator": _indicator(alert, text, ctx),
        "source": card_source(topic, text.title, ctx),
    }
    return with_actions(card, alert_suggestions(alert, text, item_of(alert, ctx), ctx), ctx)


def _headline(alert: Alert, text: AlertText, ctx: CardContext) -> str:
    status = ctx.assessment.status.value
    own = text.headline_deficient if status in DEFICIENT else None
    words = ctx.profile.wording.card
    return (own or text.headline).format(
        about=item_of(alert, ctx), status=words.status[status], **_dates(alert.due, words)
    )


def _dates(due: Due | None, words: CardWords) -> dict[str, str]:
    """The days of an interval; one day where it has one length only."""
    if due is None:
        return {}
    after, first, latest = (
        date_words(When(first=day, last=day, text=day.isoformat()), words)
        for day in (due.after, due.earliest, due.latest)
    )
    days = first if first == latest else words.value.days.format(first=first, last=latest)
    return {"after": after, "latest": latest, "days": days}


def _indicator(alert: Alert, text: AlertText, ctx: CardContext) -> str:
    """Critical only where the plan is for the same day and the order would go another way."""
    if not text.warns or not ctx.capabilities.warns:
        return "info"
    urgent = ctx.assessment.plan.urgency is Urgency.urgent
    return "critical" if urgent and alert.order_action is OrderAction.replace else "warning"


# --- the detail


def _detail(alert: Alert, text: AlertText, ctx: CardContext) -> CardDetail:
    words = ctx.profile.wording.card
    own = text.do_deficient if ctx.assessment.status.value in DEFICIENT else None
    dates = _dates(alert.due, words)
    because = " ".join((*_values(alert, text, ctx), text.because.format(**dates)))
    return CardDetail(
        parts=(
            (words.titles.because, because),
            (words.titles.do, (own or text.do).format(**dates)),
        ),
        sources=_sources(alert, text, ctx.profile.wording),
        last=last_words(ctx.profile, f"alert:{alert.code}", ctx.assessment.on),
    )


def _values(alert: Alert, words: AlertText, ctx: CardContext) -> Iterator[str]:
    """The values of the patient that this order turns on; empty ones are left out."""
    assessment, profile = ctx.assessment, ctx.profile
    writers = {"status": status_text, "nerves": nerves_text}
    yield from (text for name in words.shows if (text := writers[name](assessment, profile)))
    age = age_on(assessment.facts.patient, assessment.on)
    if alert.variant == METFORMIN and age is not None:
        yield profile.wording.card.value.age.format(age=age)


def _sources(alert: Alert, text: AlertText, wording: Wording) -> tuple[str, ...]:
    """The source of the alert, and of what is ordered instead."""
    ordered = [wording.advice(code).source for code in alert.suggestions[:1]]
    return short_names([text.source, *ordered], wording)[:MAX_SOURCES]


# --- what an alert is about


def item_of(alert: Alert, ctx: CardContext) -> str:
    """What is ordered or added, in words with its dose; never text that was sent."""
    about, wording = alert.about, ctx.profile.wording
    if about is None:
        return ""
    if isinstance(about, DraftProblem):
        return _problem_name(about, wording)
    return _order_name(about, wording)


def _order_name(order: DraftOrder, wording: Wording) -> str:
    words = wording.card
    fact = next(
        (history_fact for history_fact in order.history if history_fact.code in SWALLOWED), None
    )
    fact = fact or next(iter(order.history), None)
    if fact is None:
        return words.order.test.format(name=wording.fact(order.tests[0]))
    swallowed = fact.code in SWALLOWED
    name = wording.fact(f"vitamin_b12_{fact.intake or Intake.oral}" if swallowed else fact.code)
    dose = _dose(fact, words)
    if dose is None:
        return name
    template = words.order.b12_dosed if fact.code in REPLACING else words.order.dosed
    return template.format(name=name, dose=dose)


def _dose(fact: HistoryFact, words: CardWords) -> str | None:
    """What one piece holds or is taken at once, else what is taken in a day."""
    quantity = fact.single or fact.dose
    return None if quantity is None else quantity_words(quantity, words)


def _problem_name(problem: DraftProblem, wording: Wording) -> str:
    if problem.diagnosis is not None:
        return wording.terms.diagnosis[problem.diagnosis]
    codes = [*(fact.code for fact in problem.history), *(fact.code for fact in problem.features)]
    return wording.fact(codes[0])
