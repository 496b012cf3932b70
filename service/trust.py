"""What follows from the client registry: the gate with its memory, and whose servers are read."""

from collections.abc import Callable

from cobalamin.fhir.missing import Reader
from cobalamin.service.access.clients import TokenIssuer
from cobalamin.service.access.gate import Gate, SignedTokens
from cobalamin.service.access.registry import Registry
from cobalamin.service.records.errors import StoreError
from cobalamin.service.settings import Settings, SettingsError

Remember = Callable[[str, str, int], bool]


def open_gate(registry: Registry, settings: Settings) -> Gate:
    """The gate for these clients; a database is opened only where tokens must be remembered.

    Raises:
        SettingsError: a key set or the database must not be used.
    """
    tokens = open_tokens(registry, settings, _memory(settings)) if _signs(registry) else None
    return Gate(registry, settings.trusted_proxies, tokens)


def open_gate_without_memory(registry: Registry, settings: Settings) -> Gate:
    """A gate that looks at a token without using it up.

    Raises:
        SettingsError: a key set must not be used.
    """
    tokens = open_tokens(registry, settings, lambda *_: True)
    return Gate(registry, settings.trusted_proxies, tokens)


def open_tokens(registry: Registry, settings: Settings, remember: Remember) -> SignedTokens:
    """Whoever can tell which client signed a token.

    Raises:
        SettingsError: a key set must not be used.
    """
    # Here, because these imports take a third of a second that only signed tokens need.
    from cobalamin.service.access.tokens import Tokens  # noqa: PLC0415
    from cobalamin.service.outgoing.web import Web  # noqa: PLC0415

    return Tokens(registry.clients, settings.public_url or "", remember, Web(settings))


def open_servers(registry: Registry | None, settings: Settings) -> Reader | None:
    """Whoever reads back from the FHIR servers of the registry; None where it names none."""
    clients = registry.clients if registry is not None else ()
    addresses = {server for client in clients for server in client.fhir_servers}
    if not addresses:
        return None
    # Here, because requests is slow to import and most services are sent all they need.
    from cobalamin.fhir.servers import Servers  # noqa: PLC0415
    from cobalamin.service.outgoing.web import Web  # noqa: PLC0415

    return Servers(Web(settings), addresses)


def _signs(registry: Registry) -> bool:
    return any(isinstance(client.credential, TokenIssuer) for client in registry.clients)


def _memory(settings: Settings) -> Remember:
    from cobalamin.service.records.replay import remember  # noqa: PLC0415
    from cobalamin.service.records.schema import check_schema  # noqa: PLC0415
    from cobalamin.service.records.store import Store  # noqa: PLC0415

    store = Store(settings.database_url)
    try:
        check_schema(store)
    except StoreError as error:
        raise SettingsError((f"COBALAMIN_DATABASE_URL: {error}",)) from None
    finally:
        store.close()
    return lambda iss, jti, exp: remember(store, iss, jti, exp)
