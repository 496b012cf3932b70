"""What the parts of a review packet share: tables, states, and the words of a spec table's cells.

States are small letters: A read in the source, B in a summary, C verified by nobody, D computed.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.knowledge.review.groups import FACTS
from cobalamin.service.knowledge.review.lines import ReviewItem
from cobalamin.service.rules.model.parameter import Verification

STATES: Mapping[Verification, str] = {
    Verification.unverified: "ᶜ",
    Verification.secondary: "ᴮ",
    Verification.source: "ᴬ",
    Verification.computed: "ᴰ",
}
SHORT = 12
SHORT_ANALYTES = {"b12": "B12", "hb": "Hb", "mcv": "MCV", "mma": "MMA", "antibody": "antibody"}


@dataclass(frozen=True)
class Packet:
    """A profile with its items, and its signatures as they stand."""

    profile: Profile
    items: Mapping[str, ReviewItem]
    signed: Mapping[str, str]

    def source(self, code: str, locator: str = "") -> str:
        """A source as it is printed, linked where it has an address."""
        citation = self.profile.wording.sources[code]
        name = f"[{citation.short}]({citation.url})" if citation.url else citation.short
        return f"{name}, {locator}" if locator else name

    def mark(self, key: str) -> str:
        """The digest of an item, and who signed it."""
        signed = self.signed.get(key)
        name = f"`{key}:{self.items[key].digest[:SHORT]}`"
        return name if signed is None else f"{name}, {signed}"


def anchor(heading: str) -> str:
    """The address of a heading, as readers of Markdown make it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """A Markdown table; nothing where there are no rows."""
    lines = ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows]
    if lines:
        head = tuple(head)
        yield ""
        yield "| " + " | ".join(head) + " |"
        yield "|" + "---|" * len(head)
        yield from lines


def bullets(title: str, texts: Iterable[str]) -> Iterator[str]:
    """Texts in one paragraph after a title; nothing where there are none."""
    texts = tuple(texts)
    if texts:
        yield f"\n**{title}** " + " · ".join(texts)


def cell_words(name: str, cell: str, facts: Mapping[str, str]) -> str:
    """A cell of a spec table in words: `vibration_loss progressive` says what it means."""
    said = re.sub(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*", lambda m: _fact(m[0], facts), cell)
    return said if name in ("features", "history") else f"{SHORT_ANALYTES.get(name, name)} {said}"


def _fact(code: str, facts: Mapping[str, str]) -> str:
    return facts.get(code, code.replace("_", " ")) if code in FACTS else code.replace("_", " ")


def _cell(cell: object) -> str:
    return str(cell).replace("|", "\\|").replace("\n", " ")
