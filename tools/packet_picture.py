"""The pathway as a picture: the steps in the order that counts, and where each one leads."""

from collections.abc import Iterator
from html import escape

from cobalamin.service.knowledge.review.steps import load_step_reviews
from cobalamin.service.rules.plan.pathway import PATHWAY, STEPS_BY_ID
from cobalamin.service.rules.plan.pathway_step import PathwayStep
from packet_overview import how_soon, routes
from packet_steps import answers
from packet_text import Packet

WIDTH, ROW, TOP = 920, 50, 96
COLOURS = {"card": "#fff4d6", "soon": "#ffdcd2", "none": "#eeeeee"}
TEXT = 'font-family="sans-serif" fill="#222222"'
HEAD = (
    "The first step that fits decides: “yes” leads to the right, “no” down.",
    "Right: what is suggested, most often first, and how soon in most cases (in others).",
    "What is for today, by its list, is said today whatever the step.",
)
OVER_ALL = ("R1", "An allergy to vitamin B12 bars what a step would give")


def draw(packet: Packet) -> str:
    """The picture as SVG, the same for the same knowledge."""
    height = TOP + ROW * (len(PATHWAY) + 1) + 10
    lines = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
            f'aria-label="The pathway of {packet.profile.knowledge.profile}">'
        ),
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
    ]
    for number, text in enumerate(HEAD):
        lines += _label(20, 24 + 22 * number, text, size=14)
    for number, step in enumerate(PATHWAY):
        title = f"{number + 1}. {packet.profile.wording.rungs[step.id].title} ({step.id})"
        lines += _row(packet, number, step, title)
    code, text = OVER_ALL
    lines += _row(packet, len(PATHWAY), STEPS_BY_ID[code], f"Over all: {text} ({code})")
    return "\n".join((*lines, "</svg>")) + "\n"


def _row(packet: Packet, number: int, step: PathwayStep, title: str) -> Iterator[str]:
    y, found = TOP + ROW * number, tuple(answers(packet, step.id))
    yield _box(20, y, (480, 30), "none" if step.silent else _kind(how_soon(found)))
    yield from _label(30, y + 20, title)
    yield f'<path d="M500 {y + 15} H546" stroke="#555555"/>'
    yield f'<path d="M540 {y + 10} L548 {y + 15} L540 {y + 20} Z" fill="#555555"/>'
    yield from _label(508, y + 10, "yes", size=11)
    without = load_step_reviews()[step.id].no_card
    if step.silent:
        yield _box(554, y, (350, 30), "none")
        yield from _label(562, y + 20, "no card")
    else:
        leads = f"{' or '.join(routes(found))}; {how_soon(found)}"
        yield from _label(554, y + (12 if without else 20), leads)
    if without:
        yield _box(554, y + 18, (350, 24), "none")
        yield from _label(562, y + 34, f"no card: {_short(without)}", size=11)
    if number + 1 < len(PATHWAY):
        yield f'<path d="M40 {y + 30} V{y + ROW}" stroke="#555555"/>'
        yield from _label(48, y + 44, "no", size=11)


def _short(text: str) -> str:
    """The first part of a sentence: the whole stands in the table of all steps."""
    return text.partition(":")[0].rstrip(".").casefold()


def _kind(soon: str) -> str:
    return "soon" if "today" in soon or soon.startswith("this week") else "card"


def _box(x: int, y: int, size: tuple[int, int], kind: str) -> str:
    place = f'x="{x}" y="{y}" width="{size[0]}" height="{size[1]}" rx="4"'
    return f'<rect {place} fill="{COLOURS[kind]}" stroke="#555555"/>'


def _label(x: int, y: int, text: str, size: int = 13) -> Iterator[str]:
    yield f'<text x="{x}" y="{y}" font-size="{size}" {TEXT}>{escape(text)}</text>'
