"""The pathway as a picture: the steps in the order that counts, and where each one leads."""

from collections.abc import Iterator
from html import escape

from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.rules.model.assessment import Route
from cobalamin.service.rules.plan.pathway import PATHWAY
from cobalamin.service.rules.plan.pathway_step import PathwayStep

WIDTH, ROW, TOP = 760, 44, 70
COLOURS = {"card": "#fff4d6", "soon": "#ffdcd2", "none": "#eeeeee"}
TEXT = 'font-family="sans-serif" fill="#222222"'


def draw(profile: Profile) -> str:
    """The picture as SVG, the same for the same knowledge."""
    height = TOP + ROW * len(PATHWAY) + 50
    lines = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
            f'aria-label="The pathway of {profile.knowledge.profile}">'
        ),
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        *_legend(),
    ]
    for number, step in enumerate(PATHWAY):
        lines += _row(profile, number, step)
    lines += _label(
        20,
        height - 20,
        "R1 comes over all: an allergy to vitamin B12 turns treatment into referral.",
    )
    return "\n".join((*lines, "</svg>")) + "\n"


def _legend() -> Iterator[str]:
    words = (
        ("soon", "card, this week at least"),
        ("card", "card"),
        ("none", "exit without a card"),
    )
    for number, (kind, text) in enumerate(words):
        x = 20 + 230 * number
        yield _box(x, 14, (16, 16), kind)
        yield from _label(x + 24, 27, text)
    yield from _label(
        20,
        54,
        "The first step that fits decides. Whatever the step, what is for today is said today.",
    )


def _row(profile: Profile, number: int, step: PathwayStep) -> Iterator[str]:
    y, kind = TOP + ROW * number, _kind(step)
    title = profile.wording.rungs[step.id].title
    yield _box(20, y, (470, 30), kind)
    yield from _label(30, y + 20, f"{number + 1}. {title} ({step.id})")
    yield f'<path d="M490 {y + 15} H530" stroke="#555555"/>'
    yield f'<path d="M524 {y + 10} L532 {y + 15} L524 {y + 20} Z" fill="#555555"/>'
    yield from _label(540, y + 20, _leads_to(step))
    if number + 1 < len(PATHWAY):
        yield f'<path d="M40 {y + 30} V{y + ROW}" stroke="#555555"/>'
        yield from _label(48, y + 41, "no", size=9)


def _kind(step: PathwayStep) -> str:
    if step.silent:
        return "none"
    return "soon" if step.urgency.name == "soon" else "card"


def _leads_to(step: PathwayStep) -> str:
    if step.silent:
        return "no card"
    names = {
        Route.parenteral: "injections",
        Route.test_first: "test first",
        Route.none: "no treatment",
        Route.refer: "refer",
    }
    return names[step.route] if isinstance(step.route, Route) else "route by the patient"


def _box(x: int, y: int, size: tuple[int, int], kind: str) -> str:
    place = f'x="{x}" y="{y}" width="{size[0]}" height="{size[1]}" rx="4"'
    return f'<rect {place} fill="{COLOURS[kind]}" stroke="#555555"/>'


def _label(x: int, y: int, text: str, size: int = 13) -> Iterator[str]:
    yield f'<text x="{x}" y="{y}" font-size="{size}" {TEXT}>{escape(text)}</text>'
