"""The choices between two published practices that a site file may make."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from cobalamin.service.knowledge.toml_files import UNSAFE
from cobalamin.service.rules.model.knowledge import Care


class SiteSwitch(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The value of one choice, with who made it, why and when."""

    value: str
    author: str
    why: str
    reviewed: date


class Choice(NamedTuple):
    """The field of the preferences that a choice sets, its usual value and the other one."""

    field: str
    usual: str
    other: str
    label: str


CHOICES: Mapping[str, Choice] = {
    # BNSSG 2025: avoid testing in pregnancy, a short course, and reassess after it.
    "pregnancy_low_total": Choice(
        "treats_low_in_pregnancy",
        "active-b12",
        "treat-and-reassess",
        "A low total B12 in pregnancy and nothing else",
    ),
    # NHS GGC, 17/08/2021: no need to treat a low level through metformin, PPI, H2 or colchicine.
    "medicine_low_without_findings": Choice(
        "leaves_low_by_medicine",
        "treat",
        "leave",
        "A low level through a medicine without findings",
    ),
}


def switch_faults(switches: Mapping[str, SiteSwitch]) -> Iterator[str]:
    """What is wrong with the choices of a file."""
    for name, switch in switches.items():
        choice = CHOICES.get(name)
        if choice is None:
            yield f"switches.{name}: is none of {', '.join(CHOICES)}"
        elif switch.value not in (choice.usual, choice.other):
            yield f"switches.{name}: is neither {choice.usual} nor {choice.other}"
        for text in (switch.author, switch.why):
            if not text.strip() or UNSAFE & set(text):
                yield f"switches.{name}: author and why must be plain text without markup"


def with_switches(care: Care, switches: Mapping[str, SiteSwitch]) -> Care:
    """The preferences as the site's choices change them."""
    fields = {
        CHOICES[name].field: switch.value == CHOICES[name].other
        for name, switch in switches.items()
    }
    return replace(care, **fields) if fields else care


def switch_changes(before: Care, after: Care) -> Iterator[str]:
    """A sentence for each choice that differs."""
    for choice in CHOICES.values():
        old, new = getattr(before, choice.field), getattr(after, choice.field)
        if old != new:
            texts = [choice.other if is_set else choice.usual for is_set in (old, new)]
            yield f"{choice.label}: {texts[0]} becomes {texts[1]}"
