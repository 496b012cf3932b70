"""The groups of conditions, medicines, symptoms and signs, as `knowledge/groups.toml` lists them.

Rules name a group, never its members: who counts as what is knowledge, which a clinician reads and
signs. Rules import nothing from the knowledge package, so the one file is read here, once.
"""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from cobalamin.service.rules.evidence.case import FactSet
from cobalamin.service.rules.evidence.record import Fact
from cobalamin.service.rules.model.vocabulary import Feature, History

FILE = Path(__file__).resolve().parents[2] / "knowledge" / "groups.toml"
_FACTS: Mapping[str, Fact] = {str(fact): fact for fact in (*Feature, *History)}


def load_group(name: str) -> FactSet:
    """The members of a group in their order, those of the groups that it includes first.

    Raises:
        KeyError: there is no such group, or no fact of a member's name.
    """
    return FactSet(*dict.fromkeys(_FACTS[code] for code in _members(_table(), name)))


def _members(table: Mapping[str, Any], name: str) -> Iterator[str]:
    for other in table[name].get("includes", ()):
        yield from _members(table, other)
    yield from table[name].get("members", ())


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads(FILE.read_text("utf-8"))
