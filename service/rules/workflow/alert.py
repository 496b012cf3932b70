"""What is said about one thing that is being written, and what to order instead or beside it."""

from enum import Enum, auto

from msgspec import Struct

from cobalamin.service.rules.model.facts import Order, Problem
from cobalamin.service.rules.workflow.maintenance import Due

Codes = tuple[str, ...]


class Remedy(Enum):
    """What becomes of the order itself: kept, kept or put off, taken back, or replaced."""

    keep = auto()
    put_off = auto()
    remove = auto()
    replace = auto()


class Concern(Struct, frozen=True, kw_only=True):
    """What is said, about one order or problem if about any; `suggestions` are what to order.

    `due` is between which days the next injection falls, where that is what is said.
    """

    code: str
    about: Order | Problem | None = None
    remedy: Remedy = Remedy.keep
    suggestions: Codes = ()
    due: Due | None = None
