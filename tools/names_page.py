"""Prints docs/names.md: the names that the plain form and a site file use, in a line each."""

import sys
from collections.abc import Iterable, Iterator
from enum import StrEnum

from cobalamin.service.knowledge.codes import load_codes
from cobalamin.service.knowledge.profile import load_profile
from cobalamin.service.knowledge.profile_list import profile_ids
from cobalamin.service.knowledge.units import load_units
from cobalamin.service.rules.model.vocabulary import Analyte, BodySite, Feature, Form, History

LOINC = "http://loinc.org"
HEAD = """\
# Names

The names of results, symptoms and history in the [plain form](plain-form.md) and in the codes of a
[site file](site.md). This page is made from the knowledge; `make docs` writes it. Which published
codes mean them stands in [terminology.json](terminology.json).
"""


def table(title: str, head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """A Markdown table under its heading."""
    head = list(head)
    yield f"\n## {title}\n"
    yield f"| {' | '.join(head)} |"
    yield "|" + "---|" * len(head)
    yield from (f"| {' | '.join(row)} |" for row in rows)


def loinc_codes() -> dict[Analyte, list[str]]:
    """The LOINC codes of each analyte that are read."""
    found: dict[Analyte, list[str]] = {}
    for code, meaning in load_codes().systems[LOINC].exact.items():
        if meaning.analyte is not None and meaning.refused is None:
            found.setdefault(meaning.analyte, []).append(code)
    return found


def analytes(words: dict[str, str]) -> Iterator[str]:
    """Results, with the units that are read and the LOINC codes."""
    units, codes = load_units(), loinc_codes()
    rows = (
        (
            f"`{one}`",
            words[one],
            ", ".join(units[one].factors) if one in units else "none: positive or negative",
            ", ".join(sorted(codes.get(one, []))) or "none",
        )
        for one in Analyte
    )
    yield from table("Results", ("name", "what", "units, in UCUM", "LOINC"), rows)


def named(title: str, codes: type[StrEnum], words: dict[str, str]) -> Iterator[str]:
    """A list of names with what an answer calls them."""
    yield from table(title, ("name", "what"), ((f"`{one}`", words[one]) for one in codes))


def lines() -> Iterator[str]:
    """The whole page."""
    words = dict(load_profile(profile_ids()[0]).wording.facts)
    yield HEAD.rstrip("\n")
    yield from analytes(words)
    yield from named("Symptoms and signs", Feature, words)
    yield from named("History: conditions, medicines, procedures, habits", History, words)
    yield "\n## Other values\n"
    for member, codes in (("bodySite", BodySite), ("form", Form)):
        yield f"- `{member}`: {', '.join(f'`{one}`' for one in codes)}"


if __name__ == "__main__":
    sys.stdout.write("\n".join(lines()) + "\n")
