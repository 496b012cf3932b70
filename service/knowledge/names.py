"""Names by which people call what the rules read, for warnings about codes that are not read."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from enum import StrEnum, auto
from functools import cache, lru_cache

from msgspec import Struct

from cobalamin.service.knowledge.errors import KnowledgeError
from cobalamin.service.knowledge.toml_files import load_table
from cobalamin.service.rules.model.vocabulary import Analyte

FILE = "terminology/names.toml"
# A longer text is a report, not a name.
MAX_LENGTH = 200
MAX_COMMENT = 2048
REMEMBERED = 4096
_DENIED = re.compile(
    r"(?:no|not|never|denies|denied|without|negative for|family history|fh|fhx|rule out|ruled out"
    r"|r o|suspected|possible|query|exclude|excluded|kein|keine|ausschluss|verdacht|pas de|sin)\b"
)
_DENIED_BEHIND = re.compile(
    r"\b(?:ruled out|excluded|refuted|not confirmed|unlikely|declined|refused|denied"
    r"|not taking|not taken|not given|not done|never taken"
    r"|ausgeschlossen|nicht eingenommen|abgelehnt)$"
)
_SENTENCE = re.compile(rf"[^.!?;\r\n]{{1,{MAX_LENGTH}}}")
_NOT_WORD = re.compile(r"[\W_]+")


class NameKind(StrEnum):
    """In which kind of entry a name is looked for."""

    result = auto()
    medicine = auto()
    allergy = auto()
    condition = auto()
    comment = auto()


class _NameEntry(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The names of one thing; `analyte` is that of a result."""

    label: str
    words: tuple[str, ...]
    unless: tuple[str, ...] = ()
    analyte: Analyte | None = None


class _NameFile(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    result: tuple[_NameEntry, ...]
    medicine: tuple[_NameEntry, ...]
    allergy: tuple[_NameEntry, ...]
    condition: tuple[_NameEntry, ...]
    comment: tuple[_NameEntry, ...]


class NamedThing(Struct, frozen=True, kw_only=True):
    """Something that matters to the rules and that a text names."""

    label: str
    analyte: Analyte | None = None


class _Pattern(Struct, frozen=True):
    """`parts` are the longest literal part of each name: without any, no name can match."""

    thing: NamedThing
    names: tuple[str, ...]
    parts: tuple[str, ...]
    words: re.Pattern[str]
    unless: re.Pattern[str] | None

    def matches(self, words: str) -> bool:
        """Whether normalised words hold a name, and none that means something else."""
        if not any(part in words for part in self.parts) or self.words.search(words) is None:
            return False
        return self.unless is None or self.unless.search(words) is None


def find_name(kind: NameKind, text: str) -> NamedThing | None:
    """What that matters to the rules a text names; the text itself is never a fact."""
    return _find(kind, text) if 0 < len(text) <= MAX_LENGTH else None


def names_in_comment(text: str, kinds: Iterable[NameKind]) -> Iterator[str]:
    """Yield the labels of everything of these kinds that a comment names, sentence by sentence.

    Of a longer comment only the first part is looked at.
    """
    for sentence in _SENTENCE.findall(text[:MAX_COMMENT]):
        words = normalise_name(sentence)
        yield from (
            pattern.thing.label
            for kind in kinds
            for pattern in load_names()[kind]
            if pattern.matches(words)
        )


@lru_cache(REMEMBERED)
def _find(kind: NameKind, text: str) -> NamedThing | None:
    words = normalise_name(text)
    return next((p.thing for p in load_names()[kind] if p.matches(words)), None)


@lru_cache(REMEMBERED)
def labels_in(kind: NameKind, text: str) -> frozenset[str]:
    """The labels of everything that matters to the rules and that a text names."""
    if len(text) > MAX_LENGTH:
        return frozenset()
    words = normalise_name(text)
    return frozenset(one.thing.label for one in load_names()[kind] if one.matches(words))


def is_denied(text: str) -> bool:
    """Whether a text begins with words, or the mark, that deny or doubt it, or ends so."""
    if len(text) > MAX_LENGTH:
        return False
    words = normalise_name(text).strip()
    is_denied_before = text.lstrip().startswith("?") or _DENIED.match(words) is not None
    return is_denied_before or _DENIED_BEHIND.search(words) is not None


def names_another(text: str, analyte: Analyte) -> bool:
    """Whether a text names another result than this one, and not this one as well.

    So does what means something else, such as `B12 binding capacity`. Total vitamin B12 is no
    other name beside the active one: laboratories call that `vitamin B12` too.
    """
    return 0 < len(text) <= MAX_LENGTH and _names_another(text, analyte)


@lru_cache(REMEMBERED)
def _names_another(text: str, analyte: Analyte) -> bool:
    words = normalise_name(text)
    own = _patterns_of(analyte)
    named = _analyte_named(text)
    if any(pattern.matches(words) for pattern in own):
        return named is Analyte.b12_active is not analyte
    if any(pattern.words.search(words) for pattern in own):
        return True
    return named is not None and not _may_be_called(analyte, named)


def _patterns_of(analyte: Analyte) -> list[_Pattern]:
    patterns = load_names()[NameKind.result]
    return [pattern for pattern in patterns if pattern.thing.analyte is analyte]


def _analyte_named(text: str) -> Analyte | None:
    named = _find(NameKind.result, text)
    return None if named is None else named.analyte


def _may_be_called(analyte: Analyte, named: Analyte) -> bool:
    return analyte is Analyte.b12_active and named is Analyte.b12_total


def normalise_name(text: str) -> str:
    """Words in lower case without accents, with one space between them."""
    plain = text
    if not text.isascii():
        letters = unicodedata.normalize("NFKD", text)
        plain = "".join(one for one in letters if not unicodedata.combining(one))
    return _NOT_WORD.sub(" ", plain.casefold()).strip()


@cache
def load_names() -> dict[NameKind, tuple[_Pattern, ...]]:
    """The names of every kind.

    Raises:
        KnowledgeError: the file is wrong, or a result has no analyte or another entry has one.
    """
    file = load_table(FILE, _NameFile)
    return {
        NameKind.result: tuple(_patterns("result", file.result)),
        NameKind.medicine: tuple(_patterns("medicine", file.medicine)),
        NameKind.allergy: tuple(_patterns("allergy", file.allergy)),
        NameKind.condition: tuple(_patterns("condition", file.condition)),
        NameKind.comment: tuple(_patterns("comment", file.comment)),
    }


def _patterns(kind: str, entries: Iterable[_NameEntry]) -> Iterator[_Pattern]:
    for entry in entries:
        if (entry.analyte is not None) is not (kind == NameKind.result):
            raise KnowledgeError(FILE, f"{kind}: {entry.label}", "only results have an analyte")
        thing = NamedThing(label=entry.label, analyte=entry.analyte)
        unless = word_pattern(entry.unless) if entry.unless else None
        parts = tuple(_longest_part(word) for word in entry.words)
        yield _Pattern(thing, entry.words, parts, word_pattern(entry.words), unless)


def _longest_part(word: str) -> str:
    parts = (normalise_name(part) for token in word.split() for part in token.split("*"))
    return max(parts, key=len)


def _token(token: str) -> str:
    return r"\w*".join(normalise_name(part) for part in token.split("*"))


def word_pattern(words: Iterable[str]) -> re.Pattern[str]:
    """Any of the words or phrases as whole words; `*` stands for any letters and digits."""
    parts = (" ".join(_token(token) for token in word.split()) for word in words)
    return re.compile(rf"(?:^| )(?:{'|'.join(parts)})(?= |$)")
