"""What a kind of client can show of a card and act on."""

from msgspec import Struct
from msgspec.structs import replace


class CardCapabilities(Struct, frozen=True, kw_only=True):
    """How cards are made for one kind of client.

    With `one_action` each suggestion has one action and may be taken beside the others. `orders`
    are the types of resource that the client makes drafts of, None where it takes them all; what
    it cannot take is in the words of the detail. A client without `suggests` gets text alone.
    `links` shows the address of the explanation, `guideline_links` those of sources in the detail.
    Without `warns` every card is information. `action_selection`: the client knows that a user may
    take some actions of a suggestion.
    """

    one_action: bool = False
    suggests: bool = True
    orders: frozenset[str] | None = None
    links: bool = True
    guideline_links: bool = False
    warns: bool = True
    action_selection: bool = False

    def takes(self, kind: str) -> bool:
        """Whether a suggestion may hold a draft of this type."""
        return self.suggests and (self.orders is None or kind in self.orders)


ALL_CAPABILITIES = CardCapabilities(guideline_links=True)


def information_only(capabilities: CardCapabilities) -> CardCapabilities:
    """The capabilities for a request that no user waits for: no suggestions, no warnings."""
    return replace(capabilities, suggests=False, warns=False)
