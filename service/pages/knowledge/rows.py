"""The knowledge as rows that a person can read, filter and print."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import Struct

from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.rules.model.parameter import Verification


class KnowledgeEntry(Struct, frozen=True, kw_only=True):
    """One entry as one profile has it; what an entry of its kind has not is empty."""

    text: str
    source: str
    state: Verification
    locator: str = ""
    url: str | None = None
    bound: str = ""
    reviewed: str = ""
    why: str = ""


class KnowledgeRow(Struct, frozen=True, kw_only=True):
    """One thing of the knowledge, with its entry in each profile that has it."""

    key: str
    name: str
    entries: tuple[tuple[str, KnowledgeEntry], ...]

    def cells(self, profiles: Sequence[str]) -> list[tuple[int, KnowledgeEntry | None]]:
        """The entry of each profile and how many columns it has: all, if it is the same in all."""
        entries = dict(self.entries)
        columns = [entries.get(profile) for profile in profiles]
        if columns and all(entry == columns[0] for entry in columns):
            return [(len(columns), columns[0])]
        return [(1, entry) for entry in columns]

    def matches(self, words: Iterable[str], state: str) -> bool:
        """Whether every word is somewhere in the row, and an entry is in this state if one is."""
        if state and all(entry.state != state for _, entry in self.entries):
            return False
        return has_words(self.text, words)

    @property
    def text(self) -> str:
        """Everything that a filter looks at, in lower case."""
        parts = [self.key, self.name]
        for profile, entry in self.entries:
            parts += [profile, entry.text, entry.source, entry.locator, entry.state, entry.why]
        return " ".join(parts).lower()


def has_words(text: str, words: Iterable[str]) -> bool:
    """Whether each of these begins some word of the text; both are in lower case."""
    return all(re.search(rf"(?<![a-z0-9]){re.escape(word)}", text) for word in words)


Reader = Callable[[Profile], Iterator[tuple[str, str, KnowledgeEntry]]]


def joined_rows(read: Reader, profiles: Iterable[Profile]) -> list[KnowledgeRow]:
    """The rows of every profile side by side, in the order in which they first come."""
    names: dict[str, str] = {}
    entries: dict[str, list[tuple[str, KnowledgeEntry]]] = {}
    for profile in profiles:
        for key, name, entry in read(profile):
            names.setdefault(key, name)
            entries.setdefault(key, []).append((profile.knowledge.profile, entry))
    return [
        KnowledgeRow(key=key, name=name, entries=tuple(entries[key])) for key, name in names.items()
    ]
