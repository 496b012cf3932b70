"""How each kind of client wants its cards, as far as the sources about it go (docs/integration)."""

from collections.abc import Mapping

from cobalamin.service.access.clients import Client, Kind
from cobalamin.service.answers.client_capabilities import (
    ALL_CAPABILITIES,
    CardCapabilities,
    SelectionBehavior,
)

CAPABILITIES: Mapping[Kind, CardCapabilities] = {
    Kind.generic: ALL_CAPABILITIES,
    Kind.sandbox: ALL_CAPABILITIES,
    Kind.epic: CardCapabilities(
        selection=SelectionBehavior.any,
        orders=frozenset({"MedicationRequest", "ServiceRequest"}),
    ),
    Kind.oracle: CardCapabilities(suggests=False, links=True),
}


def capabilities_of(client: Client | None) -> CardCapabilities:
    """How cards are made for this client; without a registry, as for any."""
    return ALL_CAPABILITIES if client is None else CAPABILITIES[client.kind]
