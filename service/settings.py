"""Settings from the environment: one frozen value; all problems are reported at once."""

import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from enum import StrEnum, auto
from pathlib import Path

from cobalamin.service.environment_reader import (
    MAX_PORT,
    EnvironmentReader,
    IPNetwork,
    is_loopback,
)
from cobalamin.service.knowledge.profile_list import profile_ids
from cobalamin.service.reading_options import ReadingOptions

SQLITE_PREFIX = "sqlite:///"
DATABASE_PREFIXES = (SQLITE_PREFIX, "postgresql://")
DEFAULT_DATABASE_URL = "sqlite:///var/cobalamin.sqlite3"
DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", 8000
BATCH_MAX_MIB = 256
BATCH_CONCURRENCY = 4
BUDGET_MS = 450
CLIENT_TIMEOUT_SECONDS = 10
DRAIN_SECONDS = 5
MAX_SECONDS = 600
MAX_WORKERS = 256
MIN_KEY_LENGTH = 32
EXIT_CODE = 78
ENVIRONMENT = "COBALAMIN_ENVIRONMENT"
CLIENT_SETTINGS = frozenset({ENVIRONMENT, "COBALAMIN_CLIENTS"})
SECRET = "is_secret"  # noqa: S105 - a name
"""Marks, in the metadata of a field, what no command prints."""


class Environment(StrEnum):
    """Where the service runs; only development may run without a client registry."""

    development = auto()
    production = auto()


class Mode(StrEnum):
    """`live` answers with cards, `silent` assesses but shows no cards, `off` does not assess."""

    live = auto()
    silent = auto()
    off = auto()


class LogFormat(StrEnum):
    """`console` writes lines for people, `json` one JSON object a line."""

    console = auto()
    json = auto()


class LogLevel(StrEnum):
    """From which level on own lines are logged."""

    debug = auto()
    info = auto()
    warning = auto()
    error = auto()


class AuditPolicy(StrEnum):
    """`off` keeps no audit trail; `required` refuses to answer what it cannot store, `best-effort`
    answers it and counts it.
    """

    off = "off"
    best_effort = "best-effort"
    required = "required"


class Service(StrEnum):
    """All CDS Services."""

    patient_view = "b12-patient-view"
    order_select = "b12-order-select"
    order_sign = "b12-order-sign"
    encounter_discharge = "b12-encounter-discharge"
    problem_list_item_create = "b12-problem-list-item-create"
    medication_refill = "b12-medication-refill"


DEFAULT_SERVICES = (Service.patient_view, Service.order_select, Service.order_sign)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings; the table in the README has a row for each field."""

    environment: Environment = Environment.production
    profile: str = "uk-nice"
    mode: Mode = Mode.live
    modes: Path | None = None
    services: tuple[Service, ...] = DEFAULT_SERVICES
    show_unavailable: bool = False
    signed_only: bool = False
    strict: bool = False
    pages: bool = False
    public_url: str | None = None
    site: Path | None = None
    clients: Path | None = None
    trusted_proxies: tuple[IPNetwork, ...] = ()
    rate_limit: int | None = None
    database_url: str = field(default=DEFAULT_DATABASE_URL, repr=False)
    audit: AuditPolicy = AuditPolicy.off
    audit_key: tuple[str, ...] = field(default=(), repr=False, metadata={SECRET: True})
    audit_plain_ids: bool = False
    audit_each_patient: bool = False
    hide_answered: bool = True
    batch_max_mib: int = BATCH_MAX_MIB
    batch_concurrency: int = BATCH_CONCURRENCY
    budget_ms: int = BUDGET_MS
    proxy: str | None = field(default=None, repr=False)
    no_proxy: tuple[str, ...] = ()
    ca_bundle: Path | None = None
    time_zone: tzinfo = UTC
    refuse_test_data: bool = False
    log_format: LogFormat = LogFormat.console
    log_level: LogLevel = LogLevel.info
    access_log: bool = True
    metrics_port: int | None = None
    metrics_host: str = DEFAULT_HOST
    mllp_metrics_port: int | None = None
    traces_endpoint: str | None = None
    traces_context: bool = False
    client_timeout: int = CLIENT_TIMEOUT_SECONDS
    drain_seconds: int = DRAIN_SECONDS
    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    workers: int = 1

    @property
    def reading(self) -> ReadingOptions:
        """What the readers need to know."""
        zone, refuse, keep = self.time_zone, self.refuse_test_data, self.keeps_audit
        return ReadingOptions(zone=zone, refuse_test_data=refuse, keep_versions=keep)

    @property
    def keeps_audit(self) -> bool:
        """Whether an audit trail is kept."""
        return self.audit is not AuditPolicy.off

    @property
    def has_fixed_database(self) -> bool:
        """Whether the database is the same from whatever folder the service is started."""
        path = self.database_url.removeprefix(SQLITE_PREFIX)
        return path == self.database_url or path.startswith("/")

    @property
    def shows_pages(self) -> bool:
        """Whether the reference page is served; always in development."""
        return self.pages or self.environment is Environment.development


class SettingsError(Exception):
    """The settings are not usable; `problems` has one sentence for each problem."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Load the settings from the environment; each can also be read from a file named by `…_FILE`.

    Raises:
        SettingsError: a name is unknown or a value invalid; all problems are listed.
    """
    reader = EnvironmentReader(environ)
    settings = _read(reader)
    problems = (
        *reader.unknown_names(),
        *reader.problems,
        *_unsafe_combinations(settings, reader.names_refused),
    )
    if problems:
        raise SettingsError(problems)
    return settings


def _read(reader: EnvironmentReader) -> Settings:
    environment = reader.choice(ENVIRONMENT, Environment, Environment.production)
    settings = Settings(
        environment=environment,
        profile=_read_profile(reader, environment),
        mode=reader.choice("COBALAMIN_MODE", Mode, Mode.live),
        modes=reader.path("COBALAMIN_MODES"),
        services=reader.members("COBALAMIN_SERVICES", Service, DEFAULT_SERVICES),
        show_unavailable=reader.boolean("COBALAMIN_SHOW_UNAVAILABLE"),
        signed_only=reader.boolean("COBALAMIN_SIGNED_ONLY"),
        strict=reader.boolean("COBALAMIN_STRICT"),
        pages=reader.boolean("COBALAMIN_PAGES"),
        public_url=reader.url("COBALAMIN_PUBLIC_URL"),
        site=reader.path("COBALAMIN_SITE"),
        clients=reader.path("COBALAMIN_CLIENTS"),
        trusted_proxies=reader.networks("COBALAMIN_TRUSTED_PROXIES"),
        rate_limit=reader.positive_or_none("COBALAMIN_RATE_LIMIT"),
        database_url=reader.starting_with(
            "COBALAMIN_DATABASE_URL", DATABASE_PREFIXES, DEFAULT_DATABASE_URL
        ),
        audit=reader.choice("COBALAMIN_AUDIT", AuditPolicy, AuditPolicy.off),
        audit_key=reader.secrets("COBALAMIN_AUDIT_KEY", MIN_KEY_LENGTH),
        audit_plain_ids=reader.boolean("COBALAMIN_AUDIT_PLAIN_IDS"),
        audit_each_patient=reader.boolean("COBALAMIN_AUDIT_EACH_PATIENT"),
        hide_answered=reader.boolean("COBALAMIN_HIDE_ANSWERED", default=True),
        batch_max_mib=reader.integer("COBALAMIN_BATCH_MAX_MIB", BATCH_MAX_MIB),
        batch_concurrency=reader.integer("COBALAMIN_BATCH_CONCURRENCY", BATCH_CONCURRENCY),
        budget_ms=reader.integer("COBALAMIN_BUDGET_MS", BUDGET_MS),
        proxy=reader.url("COBALAMIN_PROXY"),
        no_proxy=reader.host_names("COBALAMIN_NO_PROXY"),
        ca_bundle=reader.ca_bundle("COBALAMIN_CA_BUNDLE"),
        time_zone=reader.time_zone("COBALAMIN_TIME_ZONE"),
        refuse_test_data=reader.boolean("COBALAMIN_REFUSE_TEST_DATA"),
    )
    return _read_serving(reader, settings)


def _read_serving(reader: EnvironmentReader, settings: Settings) -> Settings:
    """The settings with those of the log and the server."""
    return replace(
        settings,
        log_format=reader.choice("COBALAMIN_LOG_FORMAT", LogFormat, LogFormat.console),
        log_level=reader.choice("COBALAMIN_LOG_LEVEL", LogLevel, LogLevel.info),
        access_log=reader.boolean("COBALAMIN_ACCESS_LOG", default=True),
        metrics_port=reader.integer("COBALAMIN_METRICS_PORT", 0, most=MAX_PORT) or None,
        metrics_host=reader.host("COBALAMIN_METRICS_HOST", DEFAULT_HOST),
        mllp_metrics_port=reader.integer("COBALAMIN_MLLP_METRICS_PORT", 0, most=MAX_PORT) or None,
        traces_endpoint=reader.url("COBALAMIN_TRACES_ENDPOINT"),
        traces_context=reader.boolean("COBALAMIN_TRACES_CONTEXT"),
        client_timeout=reader.integer(
            "COBALAMIN_CLIENT_TIMEOUT", CLIENT_TIMEOUT_SECONDS, most=MAX_SECONDS
        ),
        drain_seconds=_read_drain_seconds(reader, settings.environment),
        host=reader.host("HOST", DEFAULT_HOST),
        port=reader.integer("PORT", DEFAULT_PORT, most=MAX_PORT),
        workers=reader.integer("WEB_CONCURRENCY", _count_cores(), most=MAX_WORKERS),
    )


def _read_drain_seconds(reader: EnvironmentReader, environment: Environment) -> int:
    default = DRAIN_SECONDS if environment is Environment.production else 0
    return reader.integer("COBALAMIN_DRAIN_SECONDS", default, least=0, most=MAX_SECONDS)


def _read_profile(reader: EnvironmentReader, environment: Environment) -> str:
    """The profile; required in production."""
    name = "COBALAMIN_PROFILE"
    is_production = (
        environment is Environment.production and ENVIRONMENT not in reader.names_refused
    )
    if is_production and not reader.is_set(name):
        reader.refuse(name, name, f"must be set in production to {' or '.join(profile_ids())}")
    return reader.one_of(name, profile_ids(), profile_ids()[0])


def _count_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1


def warnings_of(settings: Settings) -> Iterator[str]:
    """What is allowed and most likely not meant."""
    if any(network.prefixlen == 0 for network in settings.trusted_proxies):
        yield (
            "COBALAMIN_TRUSTED_PROXIES: trusts every address, so that anybody can say which "
            "certificate it has; name the proxies"
        )


def _unsafe_combinations(settings: Settings, refused: Collection[str]) -> Iterator[str]:
    """What is not allowed though each value is: most of all, serving without authentication.

    Nothing is said that only follows from a setting that was `refused`.
    """
    yield from _useless_settings(settings, refused)
    needs_key = settings.keeps_audit and not settings.audit_key
    if needs_key and "COBALAMIN_AUDIT_KEY" not in refused:
        yield (
            "COBALAMIN_AUDIT_KEY: the audit trail needs a key; make one with "
            "`openssl rand -hex 32` and name its file in COBALAMIN_AUDIT_KEY_FILE"
        )
    if settings.clients is not None or not CLIENT_SETTINGS.isdisjoint(refused):
        return
    if settings.rate_limit is not None:
        yield (
            "COBALAMIN_RATE_LIMIT: applies per client; set the client registry (COBALAMIN_CLIENTS)"
        )
    if settings.environment is Environment.production:
        yield (
            "COBALAMIN_CLIENTS: production needs the client registry; set the path of its file "
            "(docs/security.md), or run on loopback with COBALAMIN_ENVIRONMENT=development"
        )
    elif not is_loopback(settings.host):
        yield "HOST: without client authentication it must be a loopback address"


def _useless_settings(settings: Settings, refused: Collection[str]) -> Iterator[str]:
    """What would listen where something listens already, or have no effect."""
    if settings.metrics_port == settings.port:
        yield "COBALAMIN_METRICS_PORT: must be another one than PORT"
    taken = {settings.port, settings.metrics_port} - {None}
    if settings.mllp_metrics_port in taken:
        others = "PORT and COBALAMIN_METRICS_PORT"
        yield f"COBALAMIN_MLLP_METRICS_PORT: must be another one than {others}"
    has_collector = settings.traces_endpoint is not None or "COBALAMIN_TRACES_ENDPOINT" in refused
    if settings.traces_context and not has_collector:
        yield "COBALAMIN_TRACES_CONTEXT: has no effect without COBALAMIN_TRACES_ENDPOINT"
