"""The published codes as rows: each system, and products by their exact code."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from cobalamin.service.knowledge.code_list import ListedCode, code_sources, list_codes
from cobalamin.service.knowledge.code_meanings import Meaning
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.knowledge.wording import Wording
from cobalamin.service.pages.knowledge.rows import has_words
from cobalamin.service.pages.texts import page_texts

RESULTS_PER_PAGE = 250


class CodeRow(Struct, frozen=True, kw_only=True):
    """One code: its system, what it becomes, and where it was read."""

    system: str
    code: str
    display: str
    becomes: str
    source: str
    state: str
    why: str = ""

    @property
    def text(self) -> str:
        """Everything that a filter looks at, in lower case."""
        parts = (self.system, self.code, self.display, self.becomes, self.source, self.state)
        return " ".join((*parts, self.why)).lower()


def code_rows(profile: Profile, system: str, words: Iterable[str], state: str) -> list[CodeRow]:
    """The codes of a system, or of all, that have every word and this state."""
    words = tuple(words)
    rows = [*_published(profile.wording), *_products(words, profile)]
    return [
        row
        for row in rows
        if system in ("", row.system) and state in ("", row.state) and has_words(row.text, words)
    ]


def _published(wording: Wording) -> Iterator[CodeRow]:
    titles = code_sources()
    for system, code, entry in list_codes():
        yield CodeRow(
            system=system,
            code=code,
            display=entry.display,
            becomes=_becomes(entry, wording),
            source="; ".join(titles[name] for name in entry.source),
            state=entry.verification.value,
            why=entry.why,
        )


def _becomes(entry: ListedCode, wording: Wording) -> str:
    words = page_texts().codes
    if entry.refused is not None:
        return words["refused"].format(reason=entry.refused)
    if entry.unread is not None:
        return words["unread"].format(reason=entry.unread)
    return ", ".join(_name(code, wording) for code in entry.becomes)


def _name(code: str, wording: Wording) -> str:
    return wording.facts.get(code, code.replace("_", " "))


def _products(words: Iterable[str], profile: Profile) -> Iterator[CodeRow]:
    """The product that a word is the code of, in any system that has products."""
    tables = [table for table in profile.codes.systems.values() if not table.aliased]
    for code in (code for word in words for code in dict.fromkeys((word, word.upper()))):
        for table in tables:
            if table.products is not None and code not in table.exact:
                meaning = table.products.find(code)
                if meaning is not None:
                    yield _product(table.url, code, meaning, profile.wording)


def _product(url: str, code: str, meaning: Meaning, wording: Wording) -> CodeRow:
    words = page_texts().codes
    return CodeRow(
        system=url,
        code=code,
        display=meaning.display,
        becomes=", ".join(_ingredients(meaning, wording)) or words["nothing"],
        source=words["products"],
        state="source",
    )


def _ingredients(meaning: Meaning, wording: Wording) -> Iterator[str]:
    for one in meaning.ingredients:
        if one.cobalamin is not None:
            yield page_texts().codes["cobalamin"].format(form=one.cobalamin)
        yield from (wording.fact(fact) for fact in one.history)
