"""The pages of a review packet about the pathway: the reading of results, and one page a step."""

import re
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from cobalamin.service.knowledge.review.steps import READING, StepBasis, load_step_reviews
from cobalamin.service.rules.assess import assess
from cobalamin.service.rules.model.assessment import Assessment, Route
from cobalamin.service.rules.plan.pathway import PATHWAY
from packet_text import FLAGGED, LEAF, STATES, Packet, bullets, cell_words, table

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "spec"))
from spec_tables import ON, Row, spec_rows

ORDER = (*(step.id for step in PATHWAY), "R1")
STEPS_HEADING = "The steps"
STEPS_INTRODUCTION = (
    "Words and exits stand [in one table](#what-it-says-to-whom), departures"
    " [in a list](#where-it-departs-from-guidance), doses [here](#doses). *Boundary*: a patient of"
    " this step [with this change, of that]. *Usual samples*: {samples}; *reviews*: {reviews}."
)
# Suggestions that most treatments share: an example names them together.
SAMPLES = ("test-intrinsic-factor-antibody", "test-coeliac", "test-fbc", "test-folate")
REVIEWS = ("review-2-weeks", "review-3-months")
NUMBERS = {code: number for number, code in enumerate(ORDER, 1)}
MOST_TIPS = 1
SOON = {"urgent": "today", "soon": "this week", "routine": "routine"}
ROUTES = {
    Route.parenteral: "injections",
    Route.oral: "tablets",
    Route.test_first: "test first",
    Route.none: "no treatment",
    Route.refer: "refer",
    Route.continue_: "continue",
    Route.diet: "diet",
}
# Places of steps in a text: `step 9`, `steps 2 to 9`.
STEP = re.compile(r"\d+")
STEPS = re.compile(r"\bsteps? \d+(?:(?:, | to | and )\d+)*")
VERDICT = "☐ agree ☐ until ____________ ☐ object: ________________________________"


@cache
def stated_rows() -> tuple[Row, ...]:
    """The rows that state the step they reach and are assessed from their facts."""
    return tuple(row for row in spec_rows() if "rung" in row.expected)


def answers(packet: Packet, code: str) -> Iterator[Assessment]:
    """The answers to the profile's cases of a step."""
    profile = packet.profile.knowledge
    for row in stated_rows():
        if row.expected["rung"] == code and profile.profile in row.profiles:
            yield assess(row.facts, profile, ON)


def place(code: str) -> str:
    """A step by its place in the order that counts and its code: `16/R15`."""
    return f"{NUMBERS[code]}/{code}" if code != "R1" else "over all/R1"


def with_codes(text: str) -> str:
    """A text in which the code follows the place of each step: `step 16` becomes `step 16/R15`."""
    return STEPS.sub(lambda found: STEP.sub(_with_code, found[0]), text)


def _with_code(match: re.Match[str]) -> str:
    return place(ORDER[int(match[0]) - 1])


def step_heading(code: str) -> str:
    before = f"{NUMBERS[code]} · " if code != "R1" else "Over all · "
    return f"{before}{load_step_reviews()[code].asks} (`{code}`)"


def step_pages(packet: Packet) -> Iterator[str]:
    """The reading of results, then one page a step."""
    reviews = load_step_reviews()
    yield f"\n{LEAF}## {reviews[READING].title}\n"
    yield packet.mark(READING)
    yield from _judged(packet, READING)
    yield f"\n{VERDICT}"
    yield f"\n{LEAF}# {STEPS_HEADING}\n"
    usual = {"samples": SAMPLES, "reviews": REVIEWS}
    do = packet.profile.wording.do
    yield STEPS_INTRODUCTION.format_map(
        {name: ", ".join(map(do, codes)) for name, codes in usual.items()}
    )
    for code in ORDER:
        yield from _step_page(packet, code)


def _step_page(packet: Packet, code: str) -> Iterator[str]:
    yield f"\n{LEAF if code != ORDER[0] else ''}## {step_heading(code)}\n"
    yield packet.mark(f"step:{code}")
    yield from _judged(packet, code, _middle(packet, code))
    yield f"\n{VERDICT}"


def _judged(packet: Packet, code: str, middle: tuple[str, ...] = ()) -> Iterator[str]:
    review = load_step_reviews()[code]
    rows = (
        (one.input, with_codes(one.counts_when), with_codes(one.not_known) or "–")
        for one in review.inputs
    )
    yield from table(("input", "counts", "unknown"), rows)
    yield from middle
    rests = [_rests(packet, code, one) for one in review.basis if [*packet.local((one.says,))]]
    yield from bullets("Basis", rests)
    yield from bullets("Ours", map(with_codes, packet.local(review.ours)))
    yield from bullets("Doubts", map(with_codes, packet.local(review.doubts)))


def _rests(packet: Packet, code: str, basis: StepBasis) -> str:
    """What a source says; what it said of an earlier step is referred to."""
    state = STATES[basis.verification]
    if (first := _first_steps()[basis]) != code:
        return f"{packet.source(basis.source)}, as for {place(first)}{state}"
    (says,) = packet.local((basis.says,))
    return f"{packet.source(basis.source, basis.locator)}: {says}{state}"


@cache
def _first_steps() -> Mapping[StepBasis, str]:
    """The first step that rests on each basis."""
    reviews = load_step_reviews()
    return {one: code for code in (*reversed(ORDER), READING) for one in reviews[code].basis}


def _middle(packet: Packet, code: str) -> tuple[str, ...]:
    return (*_tips(packet, code), *_outputs(packet, code))


def _tips(packet: Packet, code: str) -> Iterator[str]:
    """Pairs of cases that differ in one cell and end at different steps."""
    facts = packet.profile.wording.facts
    tips: dict[str, list[tuple[str, ...]]] = {}
    for row, other, changed in _pairs(packet.profile.knowledge.profile, code):
        tip = (
            _known(row, facts, changed),
            cell_words(changed, row.cells.get(changed), facts),
            cell_words(changed, other.cells.get(changed), facts),
            place(other.expected["rung"]),
        )
        tips.setdefault(other.expected["rung"], []).append(tip)
    shortest = sorted((min(several, key=_length) for several in tips.values()), key=_length)
    said = (
        f"{known}: {here} [{there} → {goes_to}]"
        for known, here, there, goes_to in shortest[:MOST_TIPS]
    )
    yield from bullets("Boundary", said)


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
        brings = "; ".join(_suggested(packet, answer))
        soon = SOON[answer.plan.urgency.name]
        yield f"\n**Example** {known} → {how}, {soon}{f': {brings}' if brings else ''}."


def _suggested(packet: Packet, answer: Assessment) -> Iterator[str]:
    """Each suggestion in short words with its state; those that are usual under one name."""
    words = packet.profile.wording
    doses = list(words.regimens)
    codes = [str(one.code) for one in answer.plan.suggestions]
    usual = {"usual samples": SAMPLES, "usual reviews": REVIEWS}
    found = {name: shared for name, shared in usual.items() if set(shared) <= set(codes)}
    shared = {code for one in found.values() for code in one}
    for code in (code for code in codes if code not in shared):
        dose = code in doses
        said = f"{_kind(code)} (dose {doses.index(code) + 1})" if dose else words.do(code)
        yield f"{said.rstrip('.')}{STATES[words.advice(code).verification]}"
    yield from found


def _kind(code: str) -> str:
    """What a dose is, in a word or two: its text stands among the doses."""
    kinds = {"loading": "loading", "maintenance": "maintenance", "oral": "tablets"}
    return next((said for part, said in kinds.items() if part in code), "injections")
