"""Settings from the environment: one frozen value; all problems are reported at once."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum, auto
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import NoReturn, TypeVar

from cobalamin.service.knowledge.profile_list import profile_ids

PREFIX = "COBALAMIN_"
FILE_SUFFIX = "_FILE"
DATABASE_PREFIXES = ("sqlite:///", "postgresql://")
DEFAULT_DATABASE_URL = "sqlite:///var/cobalamin.sqlite3"
BATCH_MAX_MIB = 256
BUDGET_MS = 450
EXIT_CODE = 78
HOST_NAME = re.compile(r"[a-z0-9][a-z0-9.-]*\Z|[0-9a-f:]+\Z")
Value = TypeVar("Value")
IPNetwork = IPv4Network | IPv6Network


class Environment(StrEnum):
    """Where the service runs; only development may run without a client registry."""

    development = auto()
    production = auto()


class Mode(StrEnum):
    """`live` answers with cards, `silent` assesses but shows no cards, `off` does not assess."""

    live = auto()
    silent = auto()
    off = auto()


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
    services: tuple[Service, ...] = DEFAULT_SERVICES
    show_unavailable: bool = False
    strict: bool = False
    pages: bool = False
    public_url: str | None = None
    site: Path | None = None
    clients: Path | None = None
    trusted_proxies: tuple[IPNetwork, ...] = ()
    rate_limit: int | None = None
    database_url: str = field(default=DEFAULT_DATABASE_URL, repr=False)
    batch_max_mib: int = BATCH_MAX_MIB
    budget_ms: int = BUDGET_MS
    proxy: str | None = field(default=None, repr=False)
    no_proxy: tuple[str, ...] = ()
    ca_bundle: Path | None = None
    host: str = "127.0.0.1"

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
    reader = _EnvironmentReader(environ)
    environment = reader.choice("ENVIRONMENT", Environment, Environment.production)
    settings = Settings(
        environment=environment,
        profile=reader.profile(environment),
        mode=reader.choice("MODE", Mode, Mode.live),
        services=reader.services("SERVICES"),
        show_unavailable=reader.boolean("SHOW_UNAVAILABLE"),
        strict=reader.boolean("STRICT"),
        pages=reader.boolean("PAGES"),
        public_url=reader.url("PUBLIC_URL"),
        site=reader.path("SITE"),
        clients=reader.path("CLIENTS"),
        trusted_proxies=reader.networks("TRUSTED_PROXIES"),
        rate_limit=reader.positive_or_none("RATE_LIMIT"),
        database_url=reader.database(),
        batch_max_mib=reader.positive("BATCH_MAX_MIB", BATCH_MAX_MIB),
        budget_ms=reader.positive("BUDGET_MS", BUDGET_MS),
        proxy=reader.url("PROXY"),
        no_proxy=reader.host_names("NO_PROXY"),
        ca_bundle=reader.ca_bundle("CA_BUNDLE"),
        host=environ.get("HOST", "127.0.0.1"),
    )
    problems = (*reader.unknown_names(), *reader.problems, *_unsafe_combinations(settings))
    if problems:
        raise SettingsError(problems)
    return settings


@dataclass(slots=True)
class _EnvironmentReader:
    """Parses values one by one and collects the problems; a message never repeats a value."""

    environ: Mapping[str, str]
    problems: list[str] = field(default_factory=list)
    names_read: set[str] = field(default_factory=set)

    def text(self, name: str) -> str | None:
        """The text of a setting, from the environment or its file; None if not set."""
        self.names_read |= {name, name + FILE_SUFFIX}
        value = self.environ.get(PREFIX + name)
        file = self.environ.get(PREFIX + name + FILE_SUFFIX)
        if file is None:
            return value
        if value is not None:
            self.problems.append(
                f"{PREFIX}{name}: set together with {PREFIX}{name}{FILE_SUFFIX}; keep one"
            )
            return value
        try:
            return Path(file).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError):
            self.problems.append(f"{PREFIX}{name}{FILE_SUFFIX}: the file cannot be read")
            return None

    def parse(
        self, name: str, expected: str, parse: Callable[[str], Value], default: Value
    ) -> Value:
        """A value that `parse` accepts, else the default and a problem with what is expected."""
        text = self.text(name)
        if text is None:
            return default
        try:
            return parse(text)
        except ValueError:
            self.problems.append(f"{PREFIX}{name}: must be {expected}")
            return default

    def choice(self, name: str, kind: type[Value], default: Value) -> Value:
        """A member of an enumeration."""
        expected = " or ".join(str(member) for member in kind)  # type: ignore[attr-defined]
        return self.parse(name, expected, kind, default)

    def boolean(self, name: str) -> bool:
        """`true` or `false`."""
        return self.parse(name, "true or false", _parse_boolean, default=False)

    def positive(self, name: str, default: int) -> int:
        """A positive whole number."""
        return self.parse(name, "a whole number of at least 1", _parse_positive, default)

    def positive_or_none(self, name: str) -> int | None:
        """A positive whole number, or None."""
        return self.parse(name, "a whole number of at least 1", _parse_positive, None)

    def url(self, name: str) -> str | None:
        """A URL without a trailing slash."""
        return self.parse(name, "an http or https address", _parse_url, None)

    def path(self, name: str) -> Path | None:
        """An existing file."""
        return self.parse(name, "the path of a file that can be read", _parse_file, None)

    def networks(self, name: str) -> tuple[IPNetwork, ...]:
        """Comma-separated addresses or networks."""
        return self.parse(name, "comma-separated addresses or networks", _parse_networks, ())

    def host_names(self, name: str) -> tuple[str, ...]:
        """Comma-separated host names."""
        return self.parse(name, "comma-separated host or domain names", _parse_host_names, ())

    def services(self, name: str) -> tuple[Service, ...]:
        """Comma-separated CDS Services, in the order of discovery."""
        expected = f"comma-separated, from {', '.join(Service)}"
        return self.parse(name, expected, _parse_services, DEFAULT_SERVICES)

    def ca_bundle(self, name: str) -> Path | None:
        """A file of PEM certificates."""
        return self.parse(name, "the path of a PEM file with certificates", _parse_ca_bundle, None)

    def database(self) -> str:
        """The URL of the database."""
        expected = " or ".join(f"{start}…" for start in DATABASE_PREFIXES)
        return self.parse("DATABASE_URL", expected, _parse_database, DEFAULT_DATABASE_URL)

    def profile(self, environment: Environment) -> str:
        """The profile; required in production."""
        expected = " or ".join(profile_ids())
        if environment is Environment.production and not self.is_set("PROFILE"):
            self.problems.append(f"{PREFIX}PROFILE: must be set in production to {expected}")
        return self.parse("PROFILE", expected, _parse_profile, None) or profile_ids()[0]

    def is_set(self, name: str) -> bool:
        """Whether a setting is set, directly or by its file."""
        return not self.environ.keys().isdisjoint({PREFIX + name, PREFIX + name + FILE_SUFFIX})

    def unknown_names(self) -> Iterator[str]:
        """Problems with unknown names."""
        for name in sorted(self.environ):
            if not name.startswith(PREFIX):
                continue
            short = name.removeprefix(PREFIX)
            if short not in self.names_read:
                yield f"{name}: unknown setting; see the table in the README"


def _unsafe_combinations(settings: Settings) -> Iterator[str]:
    """Without client authentication the service runs in development and on loopback only."""
    if settings.clients is not None:
        return
    if settings.rate_limit is not None:
        yield f"{PREFIX}RATE_LIMIT: applies per client; set the client registry ({PREFIX}CLIENTS)"
    if settings.environment is Environment.production:
        yield (
            f"{PREFIX}CLIENTS: production needs the client registry; set the path of its file "
            f"(docs/security.md), or run on loopback with {PREFIX}ENVIRONMENT=development"
        )
    elif not is_loopback(settings.host):
        yield "HOST: without client authentication it must be a loopback address"


def is_loopback(host: str) -> bool:
    """Whether the address is a loopback address; an empty one means all addresses."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _parse_boolean(text: str) -> bool:
    return (
        {"true": True, "false": False}[text] if text in ("true", "false") else _raise_value_error()
    )


def _parse_positive(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and int(text) else _raise_value_error()


def _parse_url(text: str) -> str | None:
    return text.rstrip("/") if text.startswith(("http://", "https://")) else _raise_value_error()


def _parse_file(text: str) -> Path | None:
    return Path(text) if Path(text).is_file() else _raise_value_error()


def _parse_database(text: str) -> str:
    return text if text.startswith(DATABASE_PREFIXES) else _raise_value_error()


def _parse_networks(text: str) -> tuple[IPNetwork, ...]:
    return tuple(ip_network(part.strip()) for part in text.split(","))


def _parse_host_names(text: str) -> tuple[str, ...]:
    names = tuple(part.strip().lower().lstrip(".") for part in text.split(","))
    return names if all(HOST_NAME.match(name) for name in names) else _raise_value_error()


def _parse_services(text: str) -> tuple[Service, ...]:
    named = {Service(part.strip()) for part in text.split(",")}
    return tuple(service for service in Service if service in named)


def _parse_ca_bundle(text: str) -> Path | None:
    import ssl  # noqa: PLC0415 - slow to import, and few sites have a CA of their own

    file = _parse_file(text)
    try:
        ssl.create_default_context(cafile=file)
    except OSError:
        _raise_value_error()
    return file


def _parse_profile(text: str) -> str | None:
    return text if text in profile_ids() else _raise_value_error()


def _raise_value_error() -> NoReturn:
    raise ValueError
