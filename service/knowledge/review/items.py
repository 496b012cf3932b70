"""What can be signed, item by item: the lines of its content and their digest.

Every text and number that reaches a doctor or a laboratory's reader is in exactly one item, so that
a change lapses exactly the signatures that covered it. A line says a member and its value; where in
a file it stands does not count.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import chain
from pathlib import Path
from types import MappingProxyType

import msgspec

from cobalamin.service.knowledge.review.groups import load_groups
from cobalamin.service.knowledge.review.lines import ReviewItem, flatten, members
from cobalamin.service.knowledge.review.steps import READING, load_step_reviews
from cobalamin.service.knowledge.wording import Wording
from cobalamin.service.rules.model.assessment import Route
from cobalamin.service.rules.model.knowledge import Knowledge
from cobalamin.service.rules.plan.pathway import PATHWAY, STEPS_BY_ID
from cobalamin.service.rules.plan.pathway_step import PathwayStep

CASES = Path(__file__).parent / "cases.json"


# The key of an item, and what it holds.
Part = tuple[str, *tuple[object, ...]]


@cache
def load_cases(file: Path) -> Mapping[str, Mapping[str, list[str]]]:
    """The cases that hold each step with their profiles, and the others under `reading`."""
    return MappingProxyType(json.loads(file.read_text("utf-8")))


def get_items(knowledge: Knowledge, wording: Wording) -> Mapping[str, ReviewItem]:
    """Every item of a profile by its key, in the order in which a packet shows them."""
    sentences = _sentences(knowledge, wording)
    steps = _steps(knowledge.profile, wording)
    parts = chain(steps, _numbers(knowledge), _groups(), _words(wording), sentences)
    return {key: ReviewItem(key=key, lines=tuple(flatten(values))) for key, *values in parts}


def _steps(profile: str, wording: Wording) -> Iterator[Part]:
    reviews = load_step_reviews()
    yield "order", {"order": [step.id for step in PATHWAY]}
    yield READING, reviews[READING], _cases(READING, profile)
    for code, step in STEPS_BY_ID.items():
        said = {"headline": wording.rungs[code], "report": _report(wording, step)}
        page = {"page": wording.pages.comes_when[code]}
        yield f"step:{code}", reviews[code], _row(step), said, page, _cases(code, profile)


def _cases(code: str, profile: str) -> Mapping[str, list[str]]:
    cases = load_cases(CASES).get(code, {})
    return {"case": [case for case, profiles in cases.items() if profile in profiles]}


def _row(step: PathwayStep) -> Mapping[str, object]:
    """What a row of the pathway fixes, as far as data can say it."""
    route = step.route.value if isinstance(step.route, Route) else "by the patient"
    flags = ("silent", "samples_first", "others_first", "treats_nerves", "names_competing")
    return {
        "route": route,
        "urgency": step.urgency.name,
        "flags": [flag for flag in flags if getattr(step, flag)],
    }


def _report(wording: Wording, step: PathwayStep) -> Mapping[str, object]:
    sentences = wording.comments.steps.items()
    return {code: said for code, said in sentences if code.partition("-")[0] == step.id}


def _numbers(knowledge: Knowledge) -> Iterator[Part]:
    thresholds = knowledge.thresholds
    for name in thresholds.__struct_fields__:
        yield f"number:{name}", getattr(thresholds, name)
    yield "routes", knowledge.care


def _groups() -> Iterator[Part]:
    for name, group in load_groups().items():
        yield f"group:{name}", group


def _words(words: Wording) -> Iterator[Part]:
    for kind, table in (
        ("dose", words.regimens),
        ("suggestion", words.suggestions),
        ("caution", words.cautions),
        ("alert", words.alerts),
        ("diet", words.diet),
        ("recovery", words.recovery),
        ("reason", words.reasons),
        ("confounder", words.confounders),
    ):
        for code, entry in table.items():
            yield f"{kind}:{code}", entry if members(entry) is not None else {"text": entry}
    yield "foods", {"food": words.foods}
    for name in ("headlines", "terms", "card", "text", "facts", "muscle"):
        yield f"text:{name}", getattr(words, name)
    pages = msgspec.structs.asdict(words.pages)
    yield "text:pages", {name: text for name, text in pages.items() if name != "comes_when"}


def _sentences(knowledge: Knowledge, wording: Wording) -> Iterator[Part]:
    words = wording.comments
    for kind, table in (("meaning", words.meanings), ("addition", words.additions)):
        for code, sentence in table.items():
            yield f"{kind}:{code}", sentence
    for number, cell in enumerate(knowledge.muscle):
        yield f"muscle:{cell.table}.{cell.row}.{cell.column}.{number}", cell
    for entry in knowledge.look_alikes:
        yield f"look-alike:{entry.of}.{entry.code}", entry
