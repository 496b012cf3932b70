"""The first leaves of a review packet: the pathway in one table, what is for today, departures."""

from collections import Counter
from collections.abc import Iterator, Sequence

from cobalamin.service.knowledge.review.steps import LIMITS, READING, load_step_reviews
from cobalamin.service.rules.model.assessment import Assessment, Route
from cobalamin.service.rules.model.parameter import Parameter
from cobalamin.service.rules.plan.pathway import STEPS_BY_ID
from cobalamin.service.rules.plan.pathway_step import ReportComment
from packet_steps import ORDER, ROUTES, SOON, answers, place, with_codes
from packet_text import BOXES, LEAF, UNITS, Packet, table

Answers = Sequence[Assessment]
# The share of a step's cases, as one in so many, from which a second answer is named.
SHARE = 10
PICTURE = "The pathway"
OVERVIEW = "What it says to whom"
TODAY = "For today, whatever the step"
DEPARTURES = "Where it departs from guidance"
LEGEND = """
*Card*: what a doctor sees on opening a chart or signing an order. “…” are the results; after *or*
stands what others get ([every ending](texts.md#enrungs)). *Laboratory sentence*: follows a
[sentence about results](#sentences-on-a-laboratorys-report); [when] is filled in from *how soon*,
[tests] from what is missing. *How soon*: most cases (others); what is
[for today](#for-today-whatever-the-step) outweighs it."""


def overview(packet: Packet) -> Iterator[str]:
    """The picture, then one line a step in the order that counts."""
    yield f"\n{LEAF}## {PICTURE}\n"
    yield f"![The pathway]({packet.profile.knowledge.profile}.svg)"
    yield f"\n{LEAF}## {OVERVIEW}"
    yield LEGEND
    rows = (_row(packet, code, tuple(answers(packet, code))) for code in ORDER)
    yield from table(("step", "about", "card", "laboratory sentence", "how soon"), rows)
    yield from _for_today(packet)
    yield from _departures(packet)


def _row(packet: Packet, code: str, found: Answers) -> tuple[str, ...]:
    about = packet.profile.wording.rungs[code].title
    report = _report_words(packet, code, found)
    return place(code), about, _card_words(packet, code, found), report, how_soon(found)


def _card_words(packet: Packet, code: str, found: Answers) -> str:
    """What the card of a step says, what else it may bring, and who gets none."""
    if STEPS_BY_ID[code].silent:
        return "no card"
    said = packet.profile.wording.rungs[code].default.replace("{when}", "[when]")
    _, *others = routes(found)
    more = f" or {', '.join(others)}" if others else ""
    without = load_step_reviews()[code].no_card
    return f"“… {said}”{more}" + (f" *No card:* {with_codes(without)}" if without else "")


def _report_words(packet: Packet, code: str, found: Answers) -> str:
    """The sentence of a step on a laboratory's report."""
    words, step = packet.profile.wording, STEPS_BY_ID[code]
    report = words.comments.steps.get(code)
    if report is None:
        return "none"
    text = report.text.replace("{when}", "[when]")
    if report.tests and found[0].plan.route is Route.test_first:
        text = report.tests.replace("{when}", "[when]").replace("{tests}", "[tests]")
    if step.silent and step.comment is ReportComment.with_advice:
        return f"only after that of a high level: “{text}”"
    return f"“{text}”"


def routes(found: Answers) -> list[str]:
    """What the cases of a step bring, in words, the most frequent first."""
    return [ROUTES[route] for route, _ in Counter(one.plan.route for one in found).most_common()]


def how_soon(found: Answers) -> str:
    """How soon most cases of a step are, and in brackets what a tenth of them or more are."""
    counts = Counter(one.plan.urgency.name for one in found)
    (usual, _), *others = counts.most_common()
    enough = counts.total() / SHARE
    named = [SOON[name] for name, count in others if count >= enough]
    return f"{SOON[usual]} ({', '.join(named)})" if named else SOON[usual]


def _for_today(packet: Packet) -> Iterator[str]:
    """What calls for action the same day, with the limits of the profile."""
    thresholds = packet.profile.knowledge.thresholds
    limits = {name: _plain_limit(getattr(thresholds, name)) for name in LIMITS}
    reading = load_step_reviews()[READING]
    yield f"\n{LEAF}## {TODAY}"
    rows = ((text.format_map(limits), *BOXES) for text in reading.for_today)
    yield from table(("today", "agree", "object"), rows)
    definitions = (reading.definitions or "").format_map(limits)
    yield f"\n**Definitions** {definitions} Item {packet.mark(READING)}."


def _plain_limit(limit: Parameter) -> str:
    unit, value = next(iter(limit.value.items()))
    name = UNITS.get(unit, unit)
    return str(value) if unit in ("1", "d") else f"{value} {name}"


def _departures(packet: Packet) -> Iterator[str]:
    """Each departure from a source, by step."""
    yield f"\n### {DEPARTURES}"
    rows = (
        (place(code), with_codes(text), *BOXES)
        for code, review in load_step_reviews().items()
        for text in packet.local(review.differs)
    )
    yield from table(("step", "source, and what is done here instead", "agree", "object"), rows)
