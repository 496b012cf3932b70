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
# Stands before a heading that begins a leaf.
LEAF = "\f"
# The cells in which a row is agreed or objected to.
BOXES = ("☐", "☐")
ANALYTES = {
    "b12": "B12",
    "active b12": "active B12",
    "hb": "Hb",
    "hct": "haematocrit",
    "mcv": "MCV",
    "mma": "MMA",
    "ck": "creatine kinase",
}
UNITS = {
    "1": "times",
    "a": "years",
    "d": "days",
    "wk": "weeks",
    "mo": "months",
    "10*9/L": "×10⁹/L",
    "umol/L": "µmol/L",
    "ug/L": "µg/L",
    "ug/d": "µg/d",
    "mL/min/{1.73_m2}": "mL/min/1.73 m²",
}
# Words of a spec table that follow a symptom or sign.
SEEN = {"objective": "seen on examination", "stable": "not progressive"}
FLAGGED = "flagged"
COUNTRY = re.compile(r"([A-Z]{2}): ")


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

    def boxes(self, key: str) -> tuple[str, str, str]:
        """The cells in which an item is agreed or objected to, with the key that names it."""
        return (*BOXES, self.mark(key))

    def local(self, texts: Iterable[str]) -> Iterator[str]:
        """The texts for this profile: one that begins with `US:` is for US profiles alone."""
        country = self.profile.knowledge.profile.partition("-")[0].upper()
        for text in texts:
            found = COUNTRY.match(text)
            if found is None:
                yield text
            elif found[1] == country:
                yield text[found.end() :]


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


def cell_words(name: str, cell: str | None, facts: Mapping[str, str]) -> str:
    """A cell of a spec table in words: `vibration_loss objective` says what it means."""
    if name in ("features", "history"):
        entries = (cell or "").split(";")
        return "; ".join(_entry_words(one.split(), facts) for one in entries if one.strip()) or (
            "not recorded"
        )
    if name in ("pregnant", "breastfeeding"):
        return name if cell == "yes" else f"not {name}" if cell else f"not known to be {name}"
    said = ANALYTES.get(name, name.replace("_", " "))
    if cell is None:
        return f"{said} not measured"
    if cell == "?":
        return f"{said} unknown"
    if cell.partition(" ")[0] in ("low", "high", "normal", "abnormal"):
        return f"{said} {FLAGGED} {cell} without a number"
    return f"{said} {' '.join(UNITS.get(word, word) for word in cell.split())}"


def _entry_words(words: list[str], facts: Mapping[str, str]) -> str:
    first = "no " if words[0] == "no" else ""
    last = ", ended" if words[0] == "ended" else ""
    code, *more = words[1:] if first or last else words
    added = "".join(f", {SEEN.get(word, word)}" for word in more if word in (*SEEN, "progressive"))
    rest = " ".join(word for word in more if word not in (*SEEN, "progressive"))
    return f"{first}{_fact(code, facts)}{added}{f' {rest}' if rest else ''}{last}"


def _fact(code: str, facts: Mapping[str, str]) -> str:
    return facts.get(code, code.replace("_", " ")) if code in FACTS else code.replace("_", " ")


def _cell(cell: object) -> str:
    return str(cell).replace("|", "\\|").replace("\n", " ")
