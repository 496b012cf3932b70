"""Prints docs/rules.md: every limit with its source, and every case that the rules are held to."""

import sys
from collections.abc import Iterator
from pathlib import Path

from cobalamin.service.knowledge.loader import load_knowledge
from cobalamin.service.knowledge.profile_list import profile_ids
from cobalamin.service.rules.model.knowledge import Knowledge
from cobalamin.service.rules.model.parameter import Bound, Citation, Parameter
from cobalamin.service.rules.model.thresholds import Thresholds

TABLES = Path(__file__).resolve().parent.parent / "tests" / "spec" / "tables"

HEAD = """\
# The rules, line by line

This page is made from the knowledge files and from the tables that the tests run, so it can only
say what the service does. `make docs` writes it, `make check` refuses a stale one. Who is asked to
sign the rules reads [a packet](review/README.md) instead: the pathway in order, one page a step.

How well a number is known stands beside it: **source**, read in the source itself; **secondary**,
read in a summary that quotes the source; **unverified**, in general use or chosen by the project
and not yet checked. No clinician has signed these files yet.
"""


def limits(knowledge: dict[str, Knowledge]) -> Iterator[str]:
    """One row a limit; profiles that agree share it."""
    yield "\n## Limits\n"
    yield "| limit | profile | value | the boundary itself | source | locator | known by |"
    yield "|---|---|---|---|---|---|---|"
    for field in Thresholds.__struct_fields__:
        rows = {name: getattr(one.thresholds, field) for name, one in knowledge.items()}
        if len(set(map(_shown, rows.values()))) == 1:
            rows = {"all": next(iter(rows.values()))}
        for profile, parameter in rows.items():
            yield f"| {parameter.label} | {profile} | {_shown(parameter)} |"


def _shown(parameter: Parameter) -> str:
    values = ", ".join(f"{value} {unit}" for unit, value in parameter.value.items())
    counts = "counts" if parameter.bound is Bound.inclusive else "does not count"
    return (
        f"{values} | {counts} | {parameter.source} | {parameter.locator} | {parameter.verification}"
    )


def routes(knowledge: dict[str, Knowledge]) -> Iterator[str]:
    """Which way of giving each mechanism calls for."""
    yield "\n## Route by mechanism of the cause\n"
    yield "| mechanism | " + " | ".join(knowledge) + " |"
    yield "|---|" + "---|" * len(knowledge)
    first = next(iter(knowledge.values()))
    for mechanism in first.care.route_by_mechanism:
        cells = []
        for one in knowledge.values():
            offered = ", oral offered" if mechanism in one.care.oral_offered else ""
            cells.append(f"{one.care.route_by_mechanism[mechanism]}{offered}")
        yield f"| {mechanism.replace('_', ' ')} | " + " | ".join(cells) + " |"


def sources(citations: dict[str, Citation]) -> Iterator[str]:
    """Every source by its id."""
    yield "\n## Sources\n"
    for citation in citations.values():
        year = f", {citation.year}" if citation.year else ""
        where = f" <{citation.url}>" if citation.url else ""
        yield f"- `{citation.id}`: {citation.title}{year}.{where}"


def cases() -> Iterator[str]:
    """The spec tables as they stand, one heading level down."""
    yield "\n## Cases\n"
    yield (
        "Columns that begin with `=` are what must come out; blank means not measured. Unless a "
        "row says otherwise the patient is a woman of 50, results are of this week, the day is "
        "2026-11-20 and every profile gives the same answer. `!code` must not be there."
    )
    for path in sorted(TABLES.glob("*.md")):
        text = path.read_text(encoding="utf-8").rstrip()
        yield "\n" + "\n".join(
            f"##{line}" if line.startswith("#") else line for line in text.splitlines()
        )


def page() -> str:
    """The whole page."""
    knowledge = {profile: load_knowledge(profile) for profile in profile_ids()}
    citations = dict(next(iter(knowledge.values())).citations)
    parts = [HEAD, *limits(knowledge), *routes(knowledge), *sources(citations), *cases()]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())
