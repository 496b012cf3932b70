"""The groups of conditions, medicines, symptoms and signs.

Rules name a group, never its members: who counts as what is knowledge, which a clinician reads and
signs in `knowledge/groups.toml`.
"""

from collections.abc import Iterator, Mapping

from cobalamin.service.rules.evidence.case import FactSet
from cobalamin.service.rules.evidence.group_members import INCLUDES, MEMBERS
from cobalamin.service.rules.evidence.record import Fact
from cobalamin.service.rules.model.vocabulary import Feature, History

_FACTS: Mapping[str, Fact] = {str(fact): fact for fact in (*Feature, *History)}


def load_group(name: str) -> FactSet:
    """The members of a group in their order, those of the groups that it includes first.

    Raises:
        KeyError: there is no such group, or no fact of a member's name.
    """
    return FactSet(*dict.fromkeys(_FACTS[code] for code in _members(name)))


def _members(name: str) -> Iterator[str]:
    for other in INCLUDES.get(name, ()):
        yield from _members(other)
    yield from MEMBERS[name] if name not in INCLUDES else MEMBERS.get(name, ())
