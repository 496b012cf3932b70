"""How each kind of client wants its cards, as far as the sources about it go (docs/integration)."""

from collections.abc import Mapping

from cobalamin.service.access.clients import Client, Kind
from cobalamin.service.answers.client_capabilities import EVERYTHING, Manner, SelectionBehavior

MANNERS: Mapping[Kind, Manner] = {
    Kind.generic: EVERYTHING,
    Kind.sandbox: EVERYTHING,
    Kind.epic: Manner(
        selection=SelectionBehavior.any,
        orders=frozenset({"MedicationRequest", "ServiceRequest"}),
    ),
    Kind.oracle: Manner(suggests=False, links=True),
}


def manner_of(client: Client | None) -> Manner:
    """How cards are made for this client; without a registry, as for any."""
    return EVERYTHING if client is None else MANNERS[client.kind]
