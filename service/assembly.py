"""Builds what depends on the client registry: authenticator, token verifier and FHIR fetcher."""

import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from cobalamin.fhir.client.read_back import FhirFetcher
from cobalamin.service.access.authentication import Authenticator, TokenVerifier
from cobalamin.service.access.clients import TokenIssuer
from cobalamin.service.access.rate_limit import InProcessCounter, RateLimiter, RequestCounter
from cobalamin.service.records.errors import StoreError
from cobalamin.service.settings import Settings, SettingsError

if TYPE_CHECKING:
    from cobalamin.service.access.registry import Registry
    from cobalamin.service.records.store import Store

LOG = logging.getLogger("cobalamin.access")
RecordUse = Callable[[str, str, int], bool]


def build_authenticator(
    registry: "Registry", settings: Settings, now: Callable[[], float] = time.time
) -> Authenticator:
    """Build the authenticator for the clients of the registry.

    A database is opened only if clients sign tokens or have a rate limit.

    Raises:
        SettingsError: a key set or the database is not usable.
    """
    signs, limited = _has_signed_tokens(registry), _has_rate_limits(registry, settings)
    store = _open_store(settings) if signs or limited else None
    tokens = (
        build_token_verifier(registry, settings, _token_memory(store)) if signs and store else None
    )
    rate_limiter = (
        RateLimiter(settings.rate_limit, _request_counter(store), now)
        if limited and store
        else None
    )
    return Authenticator(registry, settings.trusted_proxies, tokens, rate_limiter)


def build_authenticator_without_memory(registry: "Registry", settings: Settings) -> Authenticator:
    """Build an authenticator that verifies tokens without marking them as used.

    Raises:
        SettingsError: a key set is not usable.
    """
    tokens = build_token_verifier(registry, settings, lambda *_: True)
    return Authenticator(registry, settings.trusted_proxies, tokens)


def build_token_verifier(
    registry: "Registry", settings: Settings, record_use: RecordUse
) -> TokenVerifier:
    """Build the verifier of signed tokens.

    Raises:
        SettingsError: a key set is not usable.
    """
    # Imported here because they take a third of a second and only signed tokens need them.
    from cobalamin.service.access.tokens import SignedTokenVerifier  # noqa: PLC0415
    from cobalamin.service.outgoing.http_client import HttpClient  # noqa: PLC0415

    return SignedTokenVerifier(
        registry.clients, settings.public_url or "", record_use, HttpClient(settings)
    )


def build_fhir_fetcher(registry: "Registry | None", settings: Settings) -> FhirFetcher | None:
    """Build the client for the FHIR servers of the registry; None if it lists none."""
    clients = registry.clients if registry is not None else ()
    addresses = {server for client in clients for server in client.fhir_servers}
    if not addresses:
        return None
    # Imported here because requests is slow to import and most services do not read back.
    from cobalamin.fhir.client.fetch import FhirClient  # noqa: PLC0415
    from cobalamin.service.outgoing.http_client import HttpClient  # noqa: PLC0415

    return FhirClient(HttpClient(settings), addresses)


def _has_signed_tokens(registry: "Registry") -> bool:
    return any(isinstance(client.credential, TokenIssuer) for client in registry.clients)


def _has_rate_limits(registry: "Registry", settings: Settings) -> bool:
    limits = (settings.rate_limit, *(client.rate_limit for client in registry.clients))
    return any(limit is not None for limit in limits)


def _open_store(settings: Settings) -> "Store":
    """Open the database and check its schema version."""
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


def _token_memory(store: "Store") -> RecordUse:
    from cobalamin.service.records.token_replay import record_use  # noqa: PLC0415

    return lambda iss, jti, exp: record_use(store, iss, jti, exp)


def _request_counter(store: "Store") -> RequestCounter:
    """Count in the database, or in this process for the rest of a minute in which it failed."""
    from cobalamin.service.records.rate_limit import count_request  # noqa: PLC0415

    in_process, failed_minute = InProcessCounter(), -1

    def count(client_id: str, minute: int) -> int:
        nonlocal failed_minute
        if failed_minute != minute:
            try:
                return count_request(store, client_id, minute)
            except StoreError as error:
                LOG.error("rate limit is counted by this process only: %s", error)  # noqa: TRY400
                failed_minute = minute
        return in_process(client_id, minute)

    return count
