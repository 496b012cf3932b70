"""The card capabilities of each kind of client, as far as its documentation tells."""

from collections.abc import Mapping

from msgspec.structs import replace

from cobalamin.service.access.clients import Client, ClientKind
from cobalamin.service.answers.client_capabilities import ALL_CAPABILITIES, CardCapabilities

CAPABILITIES: Mapping[ClientKind, CardCapabilities] = {
    ClientKind.generic: ALL_CAPABILITIES,
    ClientKind.sandbox: ALL_CAPABILITIES,
    # Both strip links to hosts that were not registered, as those of guidelines are not.
    ClientKind.epic: CardCapabilities(
        one_action=True, orders=frozenset({"MedicationRequest", "ServiceRequest"})
    ),
    ClientKind.oracle: CardCapabilities(suggests=False),
}


def capabilities_of(client: Client | None) -> CardCapabilities:
    """The capabilities of a client; without a client registry, all of them."""
    if client is None:
        return ALL_CAPABILITIES
    return replace(CAPABILITIES[client.kind], action_selection=client.action_selection)
