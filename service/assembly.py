"""Builds what depends on the client registry and the site file, at start and after each change."""

import logging
import time
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from cobalamin.fhir.client.read_back import FhirFetcher
from cobalamin.service.access.authentication import Authenticator, TokenVerifier
from cobalamin.service.access.clients import TokenIssuer
from cobalamin.service.access.rate_limit import InProcessCounter, RateLimiter, RequestCounter
from cobalamin.service.access.scopes import Scope
from cobalamin.service.http.app_context import AppContext, Configuration
from cobalamin.service.knowledge.profile import Profiles
from cobalamin.service.knowledge.profile_list import profile_ids
from cobalamin.service.knowledge.site import Site, load_site
from cobalamin.service.records.audit.keys import AuditKeys
from cobalamin.service.records.comment_history import CommentHistory
from cobalamin.service.records.errors import StoreError
from cobalamin.service.settings import (
    DEFAULT_DATABASE_URL,
    Environment,
    Settings,
    SettingsError,
)

if TYPE_CHECKING:
    from cobalamin.service.access.registry import Registry
    from cobalamin.service.access.tokens import KeySetCaches
    from cobalamin.service.outgoing.http_client import HttpClient
    from cobalamin.service.records.store import Store

LOG = logging.getLogger("cobalamin.access")
RecordUse = Callable[[str, str, int], bool]


class RegistryAssembly:
    """Builds authenticators and FHIR fetchers, one after another as the client registry changes.

    The database, cached key sets, and the fetcher while its addresses stay the same are kept.
    """

    def __init__(self, settings: Settings, now: Callable[[], float] = time.time) -> None:
        self._settings, self._now = settings, now
        self._fetcher: tuple[frozenset[str], FhirFetcher] | None = None

    def build_authenticator(self, registry: "Registry") -> Authenticator:
        """Build the authenticator for the clients of the registry.

        A database is opened only if clients sign tokens or have a rate limit.

        Raises:
            SettingsError: a key set or the database is not usable, or in production its address is
                missing or relative.
        """
        settings = self._settings
        check_database_url(registry, settings)
        tokens, rate_limiter = None, None
        if _has_signed_tokens(registry):
            tokens = self.build_token_verifier(registry, _token_memory(self._store))
        if _has_rate_limits(registry, settings):
            rate_limiter = RateLimiter(
                settings.rate_limit, _request_counter(self._store), self._now
            )
        return Authenticator(registry, settings.trusted_proxies, tokens, rate_limiter)

    def build_token_verifier(self, registry: "Registry", record_use: RecordUse) -> TokenVerifier:
        """Build the verifier of signed tokens.

        Raises:
            SettingsError: a key set is not usable.
        """
        # Imported here because it takes a third of a second and only signed tokens need it.
        from cobalamin.service.access.tokens import SignedTokenVerifier  # noqa: PLC0415

        return SignedTokenVerifier(
            registry.clients, self._settings.public_url or "", record_use, self._key_sets
        )

    def build_fhir_fetcher(self, registry: "Registry | None") -> FhirFetcher | None:
        """Build the client for the FHIR servers of the registry; None if it lists none."""
        clients = registry.clients if registry is not None else ()
        addresses = frozenset(server for client in clients for server in client.fhir_servers)
        if not addresses:
            return None
        if self._fetcher is not None and self._fetcher[0] == addresses:
            return self._fetcher[1]  # with what it knows of servers that are down
        # Imported here because requests is slow to import and most services do not read back.
        from cobalamin.fhir.client.fetch import FhirClient  # noqa: PLC0415

        self._fetcher = addresses, FhirClient(self._http, addresses)
        return self._fetcher[1]

    def build_comment_history(self, site: Site | None) -> CommentHistory | None:
        """Build the history of report comments; None where the site file does not ask for it.

        Raises:
            SettingsError: there is no key for its hashes, or no usable database.
        """
        if site is None or site.comments.earlier is None:
            return None
        if problems := tuple(_history_problems(self._settings)):
            raise SettingsError(problems)
        return self._history

    @cached_property
    def _history(self) -> CommentHistory:
        return CommentHistory(self._store, AuditKeys(self._settings.audit_key))

    @cached_property
    def _http(self) -> "HttpClient":
        from cobalamin.service.outgoing.http_client import HttpClient  # noqa: PLC0415

        return HttpClient(self._settings)

    @cached_property
    def _key_sets(self) -> "KeySetCaches":
        from cobalamin.service.access.tokens import KeySetCaches  # noqa: PLC0415

        return KeySetCaches(self._http)

    @cached_property
    def _store(self) -> "Store":
        # Imported here because SQLAlchemy is slow to import and not every service needs it.
        from cobalamin.service.records.schema_version import open_checked_store  # noqa: PLC0415

        return open_checked_store(self._settings.database_url)


def build_authenticator(registry: "Registry", settings: Settings) -> Authenticator:
    """Build the authenticator of a command, as that of the service.

    Raises:
        SettingsError: a key set or the database is not usable.
    """
    return RegistryAssembly(settings).build_authenticator(registry)


def build_authenticator_without_memory(registry: "Registry", settings: Settings) -> Authenticator:
    """Build an authenticator that verifies tokens without marking them as used.

    Raises:
        SettingsError: a key set is not usable.
    """
    tokens = RegistryAssembly(settings).build_token_verifier(registry, lambda *_: True)
    return Authenticator(registry, settings.trusted_proxies, tokens)


class ConfigurationLoader:
    """Loads the configuration from the files of the settings, at start and whenever they change.

    `context` makes the context of profiles and FHIR fetcher. Profiles are loaded again only if the
    site file, or the set of profiles in use, has changed.
    """

    def __init__(
        self, settings: Settings, context: Callable[..., AppContext], now: Callable[[], float]
    ) -> None:
        self._settings, self._context = settings, context
        self._assembly = RegistryAssembly(settings, now)
        self._profiles: Profiles | None = None

    def __call__(self) -> Configuration:
        """Load the configuration.

        Raises:
            KnowledgeError: the site file is invalid.
            SettingsError: the client registry or the database is not usable.
        """
        settings = self._settings
        registry = load_registry_of(settings)
        profiles = load_profiles(settings, registry, self._profiles)
        comments = self._assembly.build_comment_history(profiles.site)
        configuration = Configuration(
            context=self._context(
                settings=settings,
                profiles=profiles,
                fhir_fetcher=self._assembly.build_fhir_fetcher(registry),
                comments=comments,
            ),
            registry=registry,
            stores_records=stores_records(registry, settings) or comments is not None,
            authenticator=self._assembly.build_authenticator(registry) if registry else None,
            files=(
                *(registry.files if registry else ()),
                *((settings.site,) if settings.site else ()),
            ),
        )
        self._profiles = profiles
        return configuration


def load_registry_of(settings: Settings) -> "Registry | None":
    """Load the client registry; None if none is set.

    Raises:
        SettingsError: it is invalid.
    """
    if settings.clients is None:
        return None
    # Imported here because it is slow, and not every service has clients.
    from cobalamin.service.access.registry import load_registry  # noqa: PLC0415

    return load_registry(settings)


def load_profiles(
    settings: Settings, registry: "Registry | None", before: Profiles | None = None
) -> Profiles:
    """Load the profiles in use; those of `before` if they and the site file are the same.

    Raises:
        KnowledgeError: a knowledge file, or the site file, is invalid.
    """
    clients = () if registry is None else registry.clients
    in_use = {settings.profile, *(client.profile for client in clients)}
    site = load_site(settings.site) if settings.site else None
    if before is not None and before.is_of(site) and in_use <= set(before.in_use):
        return before
    return Profiles(profile_ids(), in_use, site)


def stores_records(registry: "Registry | None", settings: Settings) -> bool:
    """Whether anything is stored for the clients: feedback, used tokens or request counts."""
    return registry is not None and (
        settings.keeps_audit
        or any(Scope.cds in client.scopes for client in registry.clients)
        or _has_signed_tokens(registry)
        or _has_rate_limits(registry, settings)
    )


def check_database_url(registry: "Registry", settings: Settings) -> None:
    """Check that in production nothing is stored in a file whose place nobody chose.

    Raises:
        SettingsError: the address is missing or relative, though something is stored.
    """
    is_chosen = settings.environment is not Environment.production or settings.has_fixed_database
    if is_chosen or not stores_records(registry, settings):
        return
    fault = "is relative" if settings.database_url != DEFAULT_DATABASE_URL else "is not set"
    problem = (
        f"COBALAMIN_DATABASE_URL: {fault}; production keeps feedback, used tokens and request "
        "counts, so name the database: postgresql://… or sqlite:////… with an absolute path"
    )
    raise SettingsError((problem,))


def _history_problems(settings: Settings) -> Iterator[str]:
    if not settings.audit_key:
        yield (
            "COBALAMIN_AUDIT_KEY: the site file has comments remembered ([comments.earlier]), and "
            "patients are known by keyed hashes alone; make one with `openssl rand -hex 32`"
        )
    if settings.environment is Environment.production and not settings.has_fixed_database:
        yield "COBALAMIN_DATABASE_URL: earlier comments are stored, so name the database"


def _has_signed_tokens(registry: "Registry") -> bool:
    return any(isinstance(client.credential, TokenIssuer) for client in registry.clients)


def _has_rate_limits(registry: "Registry", settings: Settings) -> bool:
    limits = (settings.rate_limit, *(client.rate_limit for client in registry.clients))
    return any(limit is not None for limit in limits)


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
