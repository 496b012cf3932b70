"""Which result a local code is for, by the name that its laboratory shows for it.

A name is never a fact. This is for proposals that a person reads before they count.
"""

import re
from functools import cache, lru_cache
from typing import NamedTuple

from cobalamin.service.knowledge.names import NameKind, load_names, normalise_name
from cobalamin.service.rules.model.vocabulary import Analyte

LONGEST_NAME, REMEMBERED = 60, 4096
# What may stand beside the name of a result without changing what it is.
NEUTRAL = frozenset(
    {
        "acid", "b", "conc", "concentration", "count", "i", "im", "in", "level", "levels", "p",
        "plasma", "result", "s", "serum", "test", "total", "value", "vit", "vitamin",
    }
)  # fmt: skip
# What `*` stands for, in a name that says nothing else.
BEGINNING, ENDING = "(?:s|p|vit|vitamin)?", "(?:[a-z]{0,3}|obalamin)"
# Their names alone do not tell which is meant: they are measured in red cells or urine too.
BY_SPECIMEN = frozenset({Analyte.folate_serum, Analyte.creatinine})
SPECIMENS = frozenset({"s", "p", "serum", "plasma"})


class Proposal(NamedTuple):
    """What a code is for by its name; `is_certain` where all its units are read for that."""

    analyte: Analyte
    is_certain: bool


@lru_cache(REMEMBERED)
def analyte_called(name: str) -> Analyte | None:
    """The analyte that a name is for; None where it says anything else beside it, or is unclear."""
    words = normalise_name(name) if len(name) <= LONGEST_NAME else ""
    for pattern in load_names()[NameKind.result] if words else ():
        if not pattern.matches(words):
            continue
        found, analyte = _strictly(pattern.names).search(words), pattern.thing.analyte
        if found is None:
            return None
        rest = [*words[: found.start()].split(), *words[found.end() :].split()]
        is_told = analyte not in BY_SPECIMEN or not SPECIMENS.isdisjoint(rest)
        return analyte if is_told and NEUTRAL.issuperset(rest) else None
    return None


@cache
def _strictly(names: tuple[str, ...]) -> re.Pattern[str]:
    """Any of the names, as whole words with little more than what is written."""
    phrases = (" ".join(map(_token, name.split())) for name in names)
    return re.compile(rf"(?:^|(?<= ))(?:{'|'.join(phrases)})(?= |$)")


def _token(token: str) -> str:
    begins, ends = token.startswith("*"), token.endswith("*")
    literal = normalise_name(token.strip("*"))
    return f"{BEGINNING if begins else ''}{re.escape(literal)}{ENDING if ends else ''}"
