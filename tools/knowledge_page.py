"""Prints docs/knowledge.md: treatments, cautions, foods, units and codes, each with its source."""

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator

from cobalamin.fhir.terminology import MEANS
from cobalamin.service.knowledge.code_meanings import CodeTable, Meaning
from cobalamin.service.knowledge.products import BETWEEN, MADE, load_products
from cobalamin.service.knowledge.profile import Profile, load_profile
from cobalamin.service.knowledge.profile_list import profile_ids
from cobalamin.service.rules.model.knowledge import MuscleRow

STRENGTH = re.compile(r" [0-9.]+ (mg|ug)(/[0-9.]+ mL)?$")
HEAD = """\
# The knowledge, for reading and printing

This page is made from the knowledge files; `make docs` writes it. The limits and every case of the
rules stand on [the rules page](rules.md). How well something is known stands beside it: source,
secondary (read in a summary), unverified, computed. Who is asked to sign the knowledge reads
[a packet](review/README.md) instead.
"""


def table(title: str, head: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """A Markdown table under its heading."""
    head = list(head)
    yield f"\n## {title}\n"
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |"


def treatments(profile: Profile) -> Iterator[str]:
    """What a profile drafts."""
    rows = [
        (
            f"`{code}`",
            regimen.label,
            regimen.product,
            "; ".join(step.text for step in regimen.steps),
            regimen.follow_up,
            "; ".join(other.text for other in regimen.alternatives),
            f"{regimen.source}, {regimen.locator}",
            regimen.verification,
        )
        for code, regimen in profile.wording.regimens.items()
    ]
    head = ("code", "label", "product", "dose", "then", "alternatives", "source", "known by")
    yield from table(f"Treatments of {profile.wording.profile}", head, rows)


def advice(profile: Profile) -> Iterator[str]:
    """Cautions, suggestions, foods, diet and recovery."""
    wording = profile.wording
    sourced = ("code", "text", "source", "known by")
    for title, rows in (
        ("Cautions", wording.cautions),
        ("Diet advice", wording.diet),
        ("Recovery and follow-up", wording.recovery),
    ):
        yield from table(
            title,
            sourced,
            ((f"`{c}`", one.text, one.source, one.verification) for c, one in rows.items()),
        )
    yield from table(
        "Suggestions",
        ("code", "kind", "label", "source", "known by"),
        (
            (f"`{code}`", one.kind, one.label, f"{one.source}, {one.locator}", one.verification)
            for code, one in wording.suggestions.items()
        ),
    )
    yield from table(
        "Foods",
        ("food", "serving", "vitamin B12, micrograms", "source", "known by"),
        ((f.name, f.serving, f.micrograms, f.source, f.verification) for f in wording.foods),
    )
    yield from table("Confounders", ("code", "text"), wording.confounders.items())


def comments(profile: Profile) -> Iterator[str]:
    """The sentences of report comments."""
    words = profile.wording.comments
    head = ("code", "text", "or", "source", "known by")
    rows = [
        (f"`{code}`", one.text, one.through or "", f"{one.source}, {one.locator}", one.verification)
        for code, one in words.meanings.items()
    ]
    yield from table("Report comments: what the results mean", head, rows)
    steps = [
        (f"`{code}`", one.text, one.tests or "", f"{one.source}, {one.locator}", one.verification)
        for code, one in words.steps.items()
    ]
    yield from table("Report comments: the next step, by pathway step", head, steps)
    added = [
        (f"`{code}`", one.text, f"{one.source}, {one.locator}", one.verification)
        for code, one in words.additions.items()
    ]
    yield from table("Report comments: additions", ("code", "text", "source", "known by"), added)


def comparisons(profile: Profile) -> Iterator[str]:
    """Muscle complaints and look-alikes."""
    yield from table(
        "Muscle complaints",
        ("table", "row", "column", "text", "for", "against", "known by"),
        (
            (
                c.table,
                c.row,
                c.column,
                c.text,
                _list(c.supporting),
                _list(c.opposing),
                c.verification,
            )
            for c in profile.knowledge.muscle
        ),
    )
    yield from table(
        "Other causes of large cells and nerve symptoms",
        ("of", "code", "text", "for", "tests", "known by"),
        (
            (e.of, e.code, e.text, _list(e.supporting), _list(e.tests), e.verification)
            for e in profile.knowledge.look_alikes
        ),
    )


def units(profile: Profile) -> Iterator[str]:
    """The closed table of units."""
    rows = [
        (analyte, ", ".join(f"`{unit}`" for unit in one.factors), "; ".join(one.refused))
        for analyte, one in profile.knowledge.units.items()
    ]
    yield from table("Units that are read", ("analyte", "units", "refused by name"), rows)


def codes(profile: Profile) -> Iterator[str]:
    """Every published code and what it becomes."""
    for url, one in profile.codes.systems.items():
        if one.aliased or one.url != url or "cobalamin.org" in url:
            continue
        yield from table(f"Codes of {url}", ("code", "display", "becomes"), _coded(one))


def products() -> Iterator[str]:
    """How many products of each code system hold an ingredient."""
    counted: dict[str, Counter[str]] = {}
    for system in MADE:
        for table_of_system in load_products()[system].tables:
            for _, product in table_of_system:
                for part in product.contents.split(BETWEEN):
                    name = STRENGTH.sub("", part)
                    counted.setdefault(name, Counter())[system] += 1
    rows = [
        (name, *(counted[name][system] for system in MADE))
        for name in sorted(counted, key=str.lower)
    ]
    yield from table("Products that hold an ingredient", ("ingredient", *MADE), rows)


def _coded(table: CodeTable) -> Iterator[tuple[str, str, str]]:
    for code, meaning in sorted(table.exact.items()):
        yield f"`{code}`", meaning.display, _becomes(meaning)


def _becomes(meaning: Meaning) -> str:
    if meaning.refused or meaning.unread:
        return f"nothing: {meaning.refused or meaning.unread}"
    parts = [meaning.analyte] if MEANS["analyte"](meaning) else []
    names = [*parts, *meaning.features, *meaning.history]
    also = (meaning.topic, meaning.cobalamin, meaning.family, meaning.allergy)
    return ", ".join(str(name) for name in (*names, *also) if name)


def _place(cell: MuscleRow) -> tuple[str, str, str]:
    return cell.table, cell.row, cell.column


def _list(items: Iterable[str]) -> str:
    return ", ".join(items)


def page() -> str:
    """The whole page."""
    profiles = [load_profile(profile) for profile in profile_ids()]
    first = profiles[0]
    parts = [HEAD]
    for profile in profiles:
        parts += treatments(profile)
    parts += [
        *advice(first),
        *comments(first),
        *comparisons(first),
        *units(first),
        *codes(first),
        *products(),
    ]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())
