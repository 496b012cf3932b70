"""Who counts as what, for reading and signing: the groups with their words and sources."""

from collections.abc import Iterator, Mapping

import msgspec

from cobalamin.service.knowledge.errors import KnowledgeError
from cobalamin.service.knowledge.loader import load_citations
from cobalamin.service.knowledge.toml_files import check_source, load_entries
from cobalamin.service.rules.evidence.groups import load_group
from cobalamin.service.rules.model.parameter import Verification
from cobalamin.service.rules.model.vocabulary import Feature, History

FILE = "groups.toml"
FACTS = frozenset(str(fact) for fact in (*Feature, *History))


class Group(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Facts that rules look up together.

    `counts_as` says what membership does; `includes` names groups whose members count too;
    `named_singly` says that rules ask for the members one by one.
    """

    title: str
    counts_as: str
    source: str
    locator: str
    verification: Verification
    members: tuple[str, ...] = ()
    includes: tuple[str, ...] = ()
    named_singly: bool = False


def load_groups() -> Mapping[str, Group]:
    """Every group by its name, as the file lists them.

    Raises:
        KnowledgeError: a group has another shape, is empty or uncited, names an unknown fact or
            group, or includes itself.
    """
    groups, citations = load_entries(FILE, Group), load_citations()
    for name, group in groups.items():
        check_source(FILE, name, group.source, citations)
        for problem in _problems(name, group, groups):
            raise KnowledgeError(FILE, name, problem)
    return groups


def check_groups() -> None:
    """The groups are well formed, and are those that the rules use.

    Raises:
        KnowledgeError: a group is wrong, or the module of the rules was not written anew.
    """
    groups = load_groups()
    for name in groups:
        if tuple(map(str, load_group(name).order)) != all_members(groups, name):
            raise KnowledgeError(FILE, name, "differs from the rules: run `make docs`")


def all_members(groups: Mapping[str, Group], name: str) -> tuple[str, ...]:
    """The members of a group, those of the groups that it includes first, each once."""
    group = groups[name]
    included = [code for other in group.includes for code in all_members(groups, other)]
    return tuple(dict.fromkeys((*included, *group.members)))


def _problems(name: str, group: Group, groups: Mapping[str, Group]) -> Iterator[str]:
    for text in (group.title, group.counts_as, group.locator):
        if not text.strip():
            yield "title, counts_as and locator must not be empty"
    if not (group.members or group.includes):
        yield "has no members"
    if len(set(group.members)) < len(group.members):
        yield "names a member twice"
    yield from (
        f'"{code}" is no condition, symptom or sign' for code in group.members if code not in FACTS
    )
    earlier = list(groups)[: list(groups).index(name)]
    for other in group.includes:
        if other not in earlier:
            yield f'includes "{other}", which does not stand before it'
