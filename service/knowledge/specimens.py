"""Kinds of specimen by their codes and by the words of senders, and which one an analyte needs."""

import re
from collections.abc import Mapping
from enum import StrEnum, auto
from functools import cache, lru_cache

from msgspec import Struct

from cobalamin.service.knowledge.code_checks import SOURCES, check_sources
from cobalamin.service.knowledge.names import MAX_LENGTH, normalise_name, word_pattern
from cobalamin.service.knowledge.toml_files import load_table
from cobalamin.service.rules.model.parameter import Verification
from cobalamin.service.rules.model.vocabulary import Analyte

FILE = "terminology/specimens.toml"
REMEMBERED = 1024


class SpecimenKind(StrEnum):
    """What was taken from the patient."""

    blood = auto()
    urine = auto()
    csf = auto()
    other = auto()


class _KindEntry(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    name: SpecimenKind
    snomed: tuple[str, ...]
    hl7: tuple[str, ...]
    words: tuple[str, ...]
    source: tuple[str, ...]
    verification: Verification


class _SpecimenFile(Struct, frozen=True, forbid_unknown_fields=True):
    kind: tuple[_KindEntry, ...]


class SpecimenKinds(Struct, frozen=True, kw_only=True):
    """The kinds of specimen by code and by words."""

    codes: Mapping[str, SpecimenKind]
    words: tuple[tuple[re.Pattern[str], SpecimenKind], ...]


# Measured in something else than blood; of a test for bacteria the specimen does not matter here.
_NEEDED: Mapping[Analyte, SpecimenKind | None] = {
    Analyte.mma_urine: SpecimenKind.urine,
    Analyte.h_pylori: None,
}


@cache
def load_specimens() -> SpecimenKinds:
    """All kinds of specimen.

    Raises:
        KnowledgeError: the file is wrong, or names a source that is not listed.
    """
    entries = load_table(FILE, _SpecimenFile).kind
    sources = load_table(SOURCES, dict[str, str])
    for entry in entries:
        check_sources(FILE, entry.name, entry.source, sources)
    return SpecimenKinds(
        codes={code: entry.name for entry in entries for code in (*entry.snomed, *entry.hl7)},
        words=tuple((word_pattern(entry.words), entry.name) for entry in entries),
    )


def kind_by_code(code: str) -> SpecimenKind | None:
    """The kind that a code of SNOMED CT or HL7 stands for; their codes differ in form."""
    return load_specimens().codes.get(code.strip().upper())


@lru_cache(REMEMBERED)
def kind_by_words(text: str) -> SpecimenKind | None:
    """The kind that a text names; a longer text names none."""
    if len(text) > MAX_LENGTH:
        return None
    words = normalise_name(text)
    return next((kind for words_, kind in load_specimens().words if words_.search(words)), None)


def is_specimen_of(analyte: Analyte, kind: SpecimenKind) -> bool:
    """Whether results of an analyte are meant to be measured in such a specimen."""
    needed = _NEEDED.get(analyte, SpecimenKind.blood)
    return needed is None or needed is kind
