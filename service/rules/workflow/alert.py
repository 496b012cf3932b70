"""What is said about one thing that is being written, and what to order instead or beside it."""

from enum import Enum, auto

from msgspec import Struct

from cobalamin.service.rules.model.codes import AlertCode, Codes
from cobalamin.service.rules.model.facts import DraftOrder, DraftProblem
from cobalamin.service.rules.workflow.maintenance import Due


class OrderAction(Enum):
    """What becomes of the order itself: kept, kept or put off, taken back, or replaced."""

    keep = auto()
    put_off = auto()
    remove = auto()
    replace = auto()


class Alert(Struct, frozen=True, kw_only=True):
    """What is said, about one order or problem if about any; `suggestions` are what to order.

    `due` is between which days the next injection falls, where that is what is said. `variant`
    names other words than the usual ones of the code.
    """

    code: AlertCode
    about: DraftOrder | DraftProblem | None = None
    order_action: OrderAction = OrderAction.keep
    suggestions: Codes = ()
    due: Due | None = None
    variant: str | None = None
