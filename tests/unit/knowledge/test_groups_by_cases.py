"""Each member of each group is held by a case: taken out of its group, a case fails."""

import gc
import re
from collections.abc import Iterator
from functools import cache

import pytest

from assessments import get_profile
from cobalamin.service.knowledge.review.groups import all_members, load_groups
from cobalamin.service.rules.evidence.case import FactSet
from spec_tables import misses, spec_rows

GROUPS = load_groups()
LOOKED_UP = [name for name, group in GROUPS.items() if not group.named_singly]
ROWS = [(row, frozenset(re.findall(r"[a-z0-9_]+", row.given))) for row in spec_rows()]
BY_ITSELF = "is a reason to measure, or for a later step, by itself"
AT_START = "is read into a tuple or a set of codes when the rules are loaded"
NOT_SEEN_IN_CASES = {
    ("replacement", "b12_replacement_parenteral"): AT_START,
    ("replacement", "b12_replacement_oral"): AT_START,
    ("replacement_oral", "b12_replacement_oral"): AT_START,
    ("replacement_oral", "b12_supplement"): AT_START,
    ("normal", "normal_vibration"): AT_START,
    ("normal", "normal_ankle_reflexes"): AT_START,
    ("minor", "sexual_dysfunction"): AT_START,
    ("minor", "tremor"): AT_START,
    ("kidney_disease", "dialysis"): "is severe by its own name; the group only names the reason",
    ("explains_large_cells", "phenytoin"): "is a risk factor as well, so large cells are measured",
    ("ng239_symptoms", "visual_field_loss"): BY_ITSELF,
    ("ng239_symptoms", "central_scotoma"): BY_ITSELF,
    ("ng239_symptoms", "optic_atrophy"): BY_ITSELF,
    ("ng239_symptoms", "optic_neuropathy"): BY_ITSELF,
    ("ng239_symptoms", "proprioception_loss"): BY_ITSELF,
    ("ng239_symptoms", "paraesthesia"): BY_ITSELF,
    ("ng239_symptoms", "numbness"): BY_ITSELF,
}


def orders(name: str) -> set[tuple[str, ...]]:
    """The members of a group and of each group that includes it, as rules hold them."""
    names = {name} | {other for other, group in GROUPS.items() if name in group.includes}
    return {all_members(GROUPS, one) for one in names}


@cache
def every_set() -> tuple[FactSet, ...]:
    """What the loaded rules hold; the set of every complaint is no group."""
    found = (one for one in gc.get_objects() if isinstance(one, FactSet))
    return tuple(one for one in found if len(one.order) < 60)


def sets_of(name: str) -> Iterator[FactSet]:
    """What rules made of a group: the group, groups that include it, and groups joined with it."""
    wanted, groups = orders(name), {all_members(GROUPS, one) for one in GROUPS}
    members = set(all_members(GROUPS, name))
    for one in every_set():
        order = tuple(map(str, one.order))
        joined = order not in groups and members <= set(order)
        if order in wanted or joined:
            yield one


def is_held(member: str) -> bool:
    """Whether a case that names the member fails."""
    return any(
        misses(row, get_profile(profile).knowledge)
        for row, codes in ROWS
        if member in codes
        for profile in row.profiles
    )


@pytest.mark.parametrize("name", LOOKED_UP)
def test_a_case_fails_without_the_member(name: str) -> None:
    sets = tuple(sets_of(name))
    for member in GROUPS[name].members:
        with pytest.MonkeyPatch.context() as patch:
            for one in sets:
                order = tuple(fact for fact in one.order if str(fact) != member)
                patch.setattr(one, "order", order)
                patch.setattr(one, "members", frozenset(order))
            assert is_held(member) == ((name, member) not in NOT_SEEN_IN_CASES), member
