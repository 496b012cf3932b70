"""Which codes were sent, how often, and whether they are read: one count for every caller."""

from collections import Counter
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple

from cobalamin.service.knowledge.code_meanings import Codes


class CodeUse(StrEnum):
    """What becomes of a code: a fact, nothing as is known of it, or nothing for want of knowing."""

    read = "read"
    no_fact = "known, no fact"
    refused = "refused"
    code_not_known = "code not known"
    system_not_read = "system not read"


NOT_KNOWN = frozenset({CodeUse.code_not_known, CodeUse.system_not_read})


class SentCode(NamedTuple):
    """One coding as it was sent; what was not sent is empty."""

    system: str
    code: str
    display: str = ""


class CodeCount(NamedTuple):
    """How often a code stood in one kind of element, and how often nothing beside it was read."""

    kind: str
    system: str
    code: str
    display: str
    use: CodeUse
    times: int
    alone: int


class CodeCounts:
    """Counts the codes of what is added; concepts without a code count as text alone."""

    def __init__(self, codes: Codes) -> None:
        self._codes = codes
        self._times: Counter[tuple[str, str, str]] = Counter()
        self._alone: Counter[tuple[str, str, str]] = Counter()
        self._displays: dict[tuple[str, str, str], str] = {}
        self.concepts: Counter[str] = Counter()
        self.text_only: Counter[str] = Counter()

    def add(self, kind: str, codings: Iterable[SentCode]) -> None:
        """Counts one concept of a kind of element, such as "result" or "medicine"."""
        self.concepts[kind] += 1
        keys = {
            (kind, coding.system, coding.code): coding.display for coding in codings if coding.code
        }
        if not keys:
            self.text_only[kind] += 1
        is_read = any(self._use(key) not in NOT_KNOWN for key in keys)
        for key, display in keys.items():
            self._times[key] += 1
            self._alone[key] += not is_read
            self._displays.setdefault(key, display)

    def _use(self, key: tuple[str, str, str]) -> CodeUse:
        _, system, code = key
        meaning = self._codes.find(system, code)
        if meaning is None:
            is_read = self._codes.find_system(system) is not None
            return CodeUse.code_not_known if is_read else CodeUse.system_not_read
        if meaning.refused is not None:
            return CodeUse.refused
        is_fact = meaning.unread is None and not meaning.is_harmless
        return CodeUse.read if is_fact else CodeUse.no_fact

    def __iter__(self) -> Iterator[CodeCount]:
        """Every code, the most frequent first."""
        for key, times in sorted(self._times.items(), key=lambda pair: (-pair[1], pair[0])):
            yield CodeCount(*key, self._displays[key], self._use(key), times, self._alone[key])

    def totals(self) -> Counter[CodeUse]:
        """How many codings became of each use."""
        counted: Counter[CodeUse] = Counter()
        for count in self:
            counted[count.use] += count.times
        return counted
