"""The card capabilities of each kind of client, as far as its documentation tells."""

from collections.abc import Mapping

from cobalamin.service.access.clients import Client, ClientKind
from cobalamin.service.answers.client_capabilities import (
    ALL_CAPABILITIES,
    CardCapabilities,
    SelectionBehavior,
)

CAPABILITIES: Mapping[ClientKind, CardCapabilities] = {
    ClientKind.generic: ALL_CAPABILITIES,
    ClientKind.sandbox: ALL_CAPABILITIES,
    ClientKind.epic: CardCapabilities(
        selection=SelectionBehavior.any,
        orders=frozenset({"MedicationRequest", "ServiceRequest"}),
    ),
    ClientKind.oracle: CardCapabilities(suggests=False, links=True),
}


def capabilities_of(client: Client | None) -> CardCapabilities:
    """The capabilities of a client; without a client registry, all of them."""
    return ALL_CAPABILITIES if client is None else CAPABILITIES[client.kind]
