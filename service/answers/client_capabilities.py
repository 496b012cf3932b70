"""What a kind of client can show of a card and act on."""

from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace


class SelectionBehavior(StrEnum):
    """How many suggestions of a card a client may take; some clients know only `any`."""

    at_most_one = "at-most-one"
    any = "any"


class CardCapabilities(Struct, frozen=True, kw_only=True):
    """How cards are made for one kind of client.

    Under `any` each suggestion has one action. `orders` are the types of resource that the client
    makes drafts of, None where it takes them all; what it cannot take stands in the detail as text.
    A client without `suggests` gets text and, with `links`, the address of the explanation;
    without `warns` every card is information.
    """

    selection: SelectionBehavior = SelectionBehavior.at_most_one
    suggests: bool = True
    orders: frozenset[str] | None = None
    links: bool = False
    warns: bool = True

    def takes(self, kind: str) -> bool:
        """Whether a suggestion may hold a draft of this type."""
        return self.suggests and (self.orders is None or kind in self.orders)


ALL_CAPABILITIES = CardCapabilities()


def information_only(capabilities: CardCapabilities) -> CardCapabilities:
    """The capabilities for a request that no user waits for: no suggestions, no warnings."""
    return replace(capabilities, suggests=False, warns=False)
