"""What follows from the client registry: the gate with its memory, and whose servers are read."""

import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from cobalamin.fhir.client.read_back import FhirFetcher
from cobalamin.service.access.authentication import Gate, SignedTokens
from cobalamin.service.access.clients import TokenIssuer
from cobalamin.service.access.rate_limit import Alone, Count, Pace
from cobalamin.service.records.errors import StoreError
from cobalamin.service.settings import Settings, SettingsError

if TYPE_CHECKING:
    from cobalamin.service.access.registry import Registry
    from cobalamin.service.records.store import Store

LOG = logging.getLogger("cobalamin.access")
Remember = Callable[[str, str, int], bool]


def open_gate(
    registry: "Registry", settings: Settings, now: Callable[[], float] = time.time
) -> Gate:
    """The gate for these clients.

    A database is opened only where tokens must be remembered or requests be counted.

    Raises:
        SettingsError: a key set or the database must not be used.
    """
    signs, limited = _signs(registry), _limits(registry, settings)
    store = _store(settings) if signs or limited else None
    tokens = open_tokens(registry, settings, _memory(store)) if signs and store else None
    pace = Pace(settings.rate_limit, _counting(store), now) if limited and store else None
    return Gate(registry, settings.trusted_proxies, tokens, pace)


def open_gate_without_memory(registry: "Registry", settings: Settings) -> Gate:
    """A gate that looks at a token without using it up.

    Raises:
        SettingsError: a key set must not be used.
    """
    tokens = open_tokens(registry, settings, lambda *_: True)
    return Gate(registry, settings.trusted_proxies, tokens)


def open_tokens(registry: "Registry", settings: Settings, remember: Remember) -> SignedTokens:
    """Whoever can tell which client signed a token.

    Raises:
        SettingsError: a key set must not be used.
    """
    # Here, because these imports take a third of a second that only signed tokens need.
    from cobalamin.service.access.tokens import Tokens  # noqa: PLC0415
    from cobalamin.service.outgoing.http_client import Web  # noqa: PLC0415

    return Tokens(registry.clients, settings.public_url or "", remember, Web(settings))


def open_servers(registry: "Registry | None", settings: Settings) -> FhirFetcher | None:
    """Whoever reads back from the FHIR servers of the registry; None where it names none."""
    clients = registry.clients if registry is not None else ()
    addresses = {server for client in clients for server in client.fhir_servers}
    if not addresses:
        return None
    # Here, because requests is slow to import and most services are sent all they need.
    from cobalamin.fhir.client.fetch import FhirClient  # noqa: PLC0415
    from cobalamin.service.outgoing.http_client import Web  # noqa: PLC0415

    return FhirClient(Web(settings), addresses)


def _signs(registry: "Registry") -> bool:
    return any(isinstance(client.credential, TokenIssuer) for client in registry.clients)


def _limits(registry: "Registry", settings: Settings) -> bool:
    limits = (settings.rate_limit, *(client.rate_limit for client in registry.clients))
    return any(limit is not None for limit in limits)


def _store(settings: Settings) -> "Store":
    """The database, with the tables of this version."""
    from cobalamin.service.records.schema_version import check_schema  # noqa: PLC0415
    from cobalamin.service.records.store import Store  # noqa: PLC0415

    store = Store(settings.database_url)
    try:
        check_schema(store)
    except StoreError as error:
        raise SettingsError((f"COBALAMIN_DATABASE_URL: {error}",)) from None
    finally:
        store.close()
    return store


def _memory(store: "Store") -> Remember:
    from cobalamin.service.records.used_tokens import remember  # noqa: PLC0415

    return lambda iss, jti, exp: remember(store, iss, jti, exp)


def _counting(store: "Store") -> Count:
    """Counts in the database, and for the rest of a minute in which it was away alone."""
    from cobalamin.service.records.rate_limit import count_request  # noqa: PLC0415

    alone, away = Alone(), -1

    def count(client_id: str, minute: int) -> int:
        nonlocal away
        if away != minute:
            try:
                return count_request(store, client_id, minute)
            except StoreError as error:
                LOG.error("requests are counted by this process alone: %s", error)  # noqa: TRY400
                away = minute
        return alone(client_id, minute)

    return count
