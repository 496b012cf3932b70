"""The pages of a review packet about the pathway: the overview, and one page a step."""

import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from cobalamin.service.knowledge.review.steps import (
    LIMITS,
    READING,
    StepBasis,
    load_step_reviews,
)
from cobalamin.service.rules.assess import assess
from cobalamin.service.rules.model.assessment import Assessment, Route
from cobalamin.service.rules.model.parameter import Parameter
from cobalamin.service.rules.plan.pathway import PATHWAY, STEPS_BY_ID
from cobalamin.service.rules.plan.pathway_step import ReportComment
from packet_text import FLAGGED, STATES, UNITS, Packet, anchor, bullets, cell_words, table

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "spec"))
from spec_tables import ON, Row, spec_rows

OVERVIEW = "#overview-the-first-step-that-fits-decides"
DOSES, DEPARTS = "#doses", "#where-it-departs-from-guidance"
ORDER = (*(step.id for step in PATHWAY), "R1")
NUMBERS = {code: number for number, code in enumerate(ORDER, 1)}
MOST_TIPS = 2
# The share of a step's cases, as one in so many, that decides how soon the step is.
SHARE = 10
MOST_PARTS = 2
# What a report says of a high level; nothing else precedes the sentence of a step without a card.
HIGH = "high-b12"
PARTS = ("inputs", "tips", "route", "dose", "words")
# What a step that shows no card does not decide.
GIVEN = ("route", "dose")
SOON = {"urgent": "today", "soon": "this week", "routine": "routine"}
ROUTES = {Route.parenteral: "injections", Route.test_first: "test first", Route.none: "nothing"}


@cache
def stated_rows() -> tuple[Row, ...]:
    """The rows that state the step they reach and are assessed from their facts."""
    return tuple(row for row in spec_rows() if "rung" in row.expected)


def overview(packet: Packet) -> Iterator[str]:
    """One line a step in the order that counts."""
    yield "\n## Overview: the first step that fits decides"
    yield (
        "\nA *card* is what a doctor sees on opening a chart or signing an order: “…” stands for\n"
        "the results, +2 for two [other endings](texts.md#enrungs). A *report* is a sentence that\n"
        "a laboratory releases. *Soon*: what a tenth of the cases or more get; what is for today\n"
        "makes any step so."
    )
    yield ""
    yield f"![The pathway]({packet.profile.knowledge.profile}.svg)"
    words = packet.profile.wording
    rows = []
    for code in ORDER:
        step, rung = STEPS_BY_ID[code], words.rungs[code]
        others = len(headlines(packet, code)) - 1
        more = f" [+{others}](texts.md#enrungs)" if others and not step.silent else ""
        report = words.comments.steps.get(code)
        rows.append(
            (
                NUMBERS[code] if code != "R1" else "over all",
                rung.title,
                "no card" if step.silent else f"“… {said(rung.default)}”{more}",
                "–" if report is None else "✓",
                _how_soon(packet, code),
            )
        )
    yield from table(("", "step", "card says", "report", "soon, at least"), rows)
    yield from _for_today(packet)
    yield "\n### Where it departs from guidance\n"
    yield "By step:\n"
    for code, review in load_step_reviews().items():
        place = f"[{NUMBERS[code]}](#{anchor(_heading(code))})" if review.differs else ""
        shown = " ".join(packet.local(review.differs))
        yield from (f"- {place}: {shown}" for _ in shown[:1])


def _how_soon(packet: Packet, code: str) -> str:
    """How soon a step is: what a tenth of its cases or more get, the soonest first."""
    urgencies = [answer.plan.urgency.name for answer in _answers(packet, code)]
    counts = {name: urgencies.count(name) for name in SOON}
    enough = [name for name, count in counts.items() if count * SHARE >= len(urgencies)]
    return "/".join(SOON[name].removeprefix("this ") for name in enough)


def _answers(packet: Packet, code: str) -> Iterator[Assessment]:
    """The answers to the profile's cases of a step."""
    profile = packet.profile.knowledge
    for row in stated_rows():
        if row.expected["rung"] == code and profile.profile in row.profiles:
            yield assess(row.facts, profile, ON)


def _for_today(packet: Packet) -> Iterator[str]:
    """What calls for action the same day, with the limits of the profile."""
    thresholds = packet.profile.knowledge.thresholds
    limits = {name: _plain_limit(getattr(thresholds, name)) for name in LIMITS}
    yield "\n### For today, whatever the step\n"
    for text in load_step_reviews()[READING].for_today:
        yield f"- {text.format_map(limits)}"


def _plain_limit(limit: Parameter) -> str:
    unit, value = next(iter(limit.value.items()))
    name = UNITS.get(unit, unit)
    return str(value) if unit in ("1", "d") else f"{value} {name}"


def _heading(code: str) -> str:
    place = f"{NUMBERS[code]} · " if code != "R1" else "Over all · "
    return f"{place}{load_step_reviews()[code].asks} (`{code}`)"


def step_pages(packet: Packet) -> Iterator[str]:
    """The reading of results, then one page a step."""
    reviews = load_step_reviews()
    yield f"\n## {reviews[READING].title}\n"
    yield packet.mark(READING)
    yield from _judged(packet, READING)
    yield from _form(("inputs", "ours"))
    yield "\n# The steps\n"
    yield (
        "A step comes after those with a lower number, before those with a higher one. Its card"
        f" stands in the [overview]({OVERVIEW}), where it [departs from guidance]({DEPARTS})"
        " beneath."
    )
    for code in ORDER:
        yield from _step_page(packet, code)


def _step_page(packet: Packet, code: str) -> Iterator[str]:
    yield f"\n## {_heading(code)}\n"
    yield packet.mark(f"step:{code}")
    yield from _said_to_whom(packet, code)
    yield from _judged(packet, code, _middle(packet, code))
    silent = STEPS_BY_ID[code].silent
    yield from _form(tuple(one for one in PARTS if not (silent and one in GIVEN)))


def _judged(packet: Packet, code: str, middle: tuple[str, ...] = ()) -> Iterator[str]:
    review = load_step_reviews()[code]
    rows = ((one.input, one.counts_when, one.not_known or "–") for one in review.inputs)
    yield from table(("input", "counts", "unknown"), rows)
    yield from middle
    rests = [_rests(packet, code, one) for one in review.basis]
    yield from bullets("Basis", rests)
    yield from bullets("Ours", packet.local(review.ours))
    yield from bullets("Doubts", packet.local(review.doubts))


def _rests(packet: Packet, code: str, basis: StepBasis) -> str:
    """What a source says; what it said of an earlier step is referred to."""
    state = STATES[basis.verification]
    if (first := _first_steps()[basis]) != code:
        return f"{packet.source(basis.source)}, as for {NUMBERS[first]}{state}"
    return f"{packet.source(basis.source, basis.locator)}: {basis.says}{state}"


@cache
def _first_steps() -> Mapping[StepBasis, str]:
    """The first step that rests on each basis."""
    reviews = load_step_reviews()
    return {one: code for code in (*reversed(ORDER), READING) for one in reviews[code].basis}


def _middle(packet: Packet, code: str) -> tuple[str, ...]:
    return (*_tips(packet, code), *_outputs(packet, code))


def _said_to_whom(packet: Packet, code: str) -> Iterator[str]:
    words, step = packet.profile.wording, STEPS_BY_ID[code]
    report = words.comments.steps.get(code)
    soon = _soon(packet, code)
    sentence = "none" if report is None else f"“{said(report.text, soon)}”"
    if report is not None and report.tests and _tests_first(packet, code):
        tests = said(report.tests, soon).replace("{tests}", "…")
        sentence = f"“{tests}” No test due: {sentence}"
    if report is not None and step.silent and step.comment is ReportComment.with_advice:
        sentence = f"only after “{words.comments.meanings[HIGH].text}”: {sentence}"
    yield f"\n**Report** {sentence}"
    if code == "R1":
        yield "\n**Comes** in place of any step that would give vitamin B12."


def _soon(packet: Packet, code: str) -> str:
    """How soon a step's report says that something is to be done."""
    when = packet.profile.wording.comments.when
    urgency = STEPS_BY_ID[code].urgency.name
    return when["routine"] if urgency == "routine" else f"{when['urgent']}/{when['soon']}"


def headlines(packet: Packet, code: str) -> list[str]:
    """Every second half of a headline that a step may have."""
    rung = packet.profile.wording.rungs[code]
    by_route = (rung.parenteral, rung.oral, rung.diet, rung.refer, rung.test_first, rung.none)
    texts = (
        rung.default,
        *by_route,
        rung.unmeasured,
        *rung.when.values(),
        *rung.otherwise.values(),
    )
    return list(dict.fromkeys(text for text in texts if text))


def _tests_first(packet: Packet, code: str) -> bool:
    """Whether a step asks for tests before it decides, in its first case."""
    return next(_answers(packet, code)).plan.route is Route.test_first


def _tips(packet: Packet, code: str) -> Iterator[str]:
    """Pairs of cases that differ in one cell and end at different steps."""
    facts = packet.profile.wording.facts
    tips: dict[str, list[tuple[str, ...]]] = {}
    for row, other, changed in _pairs(packet.profile.knowledge.profile, code):
        tip = (
            _known(row, facts, changed),
            cell_words(changed, row.cells.get(changed), facts),
            cell_words(changed, other.cells.get(changed), facts),
            _goes_to(other.expected["rung"]),
        )
        tips.setdefault(other.expected["rung"], []).append(tip)
    shortest = sorted((min(several, key=_length) for several in tips.values()), key=_length)
    yield from table(("", "here", "change", "→"), shortest[:MOST_TIPS])


def _pairs(profile: str, code: str) -> Iterator[tuple[Row, Row, str]]:
    rows = [row for row in stated_rows() if profile in row.profiles]
    for row in (one for one in rows if one.expected["rung"] == code):
        for other in (one for one in rows if one.expected["rung"] != code):
            changed = _one_change(row, other)
            if changed is not None:
                yield row, other, changed


def _length(tip: tuple[str, ...]) -> tuple[bool, int, tuple[str, ...]]:
    """Short ones come first, those of a result without a number last."""
    return any(FLAGGED in cell for cell in tip), sum(map(len, tip)), tip


def _goes_to(code: str) -> str:
    return str(NUMBERS[code]) if code != "R1" else "over all"


def _one_change(row: Row, other: Row) -> str | None:
    if row.title != other.title or row.profiles != other.profiles:
        return None
    names = dict.fromkeys((*row.cells, *other.cells))
    changed = [name for name in names if row.cells.get(name) != other.cells.get(name)]
    return changed[0] if len(changed) == 1 else None


def _known(row: Row, facts: Mapping[str, str], changed: str) -> str:
    cells = (cell_words(k, v, facts) for k, v in row.cells.items() if k != changed)
    return "; ".join(cells) or "nothing else"


def _outputs(packet: Packet, code: str) -> Iterator[str]:
    """What one case of the step brings, each part with its state."""
    profile = packet.profile.knowledge.profile
    rows = (row for row in stated_rows() if row.expected["rung"] == code)
    row = next((row for row in rows if profile in row.profiles), None)
    if row is not None:
        answer = assess(row.facts, packet.profile.knowledge, ON)
        how = ROUTES.get(answer.plan.route, str(answer.plan.route))
        known = _known(row, packet.profile.wording.facts, "")
        parts = list(_suggested(packet, answer))
        more = len(parts) - MOST_PARTS
        shown = parts[:MOST_PARTS] + ([f"{more} more"] if more > 0 else [])
        brings = "; ".join(shown)
        soon = SOON[answer.plan.urgency.name]
        yield f"\n**Example** {known} → {how}, {soon}: {brings or 'nothing'}."


def _suggested(packet: Packet, answer: Assessment) -> Iterator[str]:
    words = packet.profile.wording
    doses = list(words.regimens)
    for one in answer.plan.suggestions:
        given = one.code in doses
        what = f"[dose {doses.index(one.code) + 1}]({DOSES})" if given else words.do(one.code)
        yield f"{what}{STATES[words.advice(one.code).verification]}"


def _form(parts: tuple[str, ...]) -> Iterator[str]:
    yield from table((*parts, ""), [(*("☐ ☐ ____ ☐" for _ in parts), "")])


def said(text: str, soon: str = "today/this week") -> str:
    """A text with its slot for how soon in words."""
    return text.replace("{when}", soon)
