"""One number of the knowledge, with where it comes from and how well it is known."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum, auto


class Bound(StrEnum):
    """Whether the boundary value itself counts."""

    exclusive = auto()
    inclusive = auto()


class Verification(StrEnum):
    """How a number was checked: in its source, in a summary, not yet, or computed from one."""

    source = auto()
    secondary = auto()
    unverified = auto()
    computed = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A published source, `short` on a card; year and `url` are absent where none was read."""

    id: str
    title: str
    short: str
    year: int | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Parameter:
    """A limit in every unit in which it was published."""

    id: str
    label: str
    value: Mapping[str, Decimal]
    bound: Bound
    source: str
    locator: str
    verification: Verification
    author: str
    checker: str | None
    reviewed: date
    why: str
    number: Decimal = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """`number` is the value in its first unit: the only one where there is one only."""
        object.__setattr__(self, "number", next(iter(self.value.values())))
