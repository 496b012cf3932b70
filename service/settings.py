"""Settings from the environment: one frozen value, every fault reported at once."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum, auto
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import NoReturn, TypeVar

PREFIX = "COBALAMIN_"
FILE_SUFFIX = "_FILE"
PROFILES = ("uk-nice", "us-aafp")
DATABASES = ("sqlite:///", "postgresql://")
EMBEDDED = "sqlite:///var/cobalamin.sqlite3"
LARGEST_BATCH = 256
BUDGET_MS = 450
EXIT_CODE = 78
HOST_NAME = re.compile(r"[a-z0-9][a-z0-9.-]*\Z|[0-9a-f:]+\Z")
Value = TypeVar("Value")
Network = IPv4Network | IPv6Network


class Environment(StrEnum):
    """Where the service runs; only development may do without the client registry."""

    development = auto()
    production = auto()


class Mode(StrEnum):
    """Live answers with cards, silent assesses without showing any, off does not assess."""

    live = auto()
    silent = auto()
    off = auto()


class Service(StrEnum):
    """The CDS Services that there are."""

    patient_view = "b12-patient-view"
    order_select = "b12-order-select"
    order_sign = "b12-order-sign"
    encounter_discharge = "b12-encounter-discharge"
    problem_list_item_create = "b12-problem-list-item-create"
    medication_refill = "b12-medication-refill"


USUAL_SERVICES = (Service.patient_view, Service.order_select, Service.order_sign)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the service was told; the README's table has a row for each field."""

    environment: Environment = Environment.production
    profile: str = "uk-nice"
    mode: Mode = Mode.live
    services: tuple[Service, ...] = USUAL_SERVICES
    show_unavailable: bool = False
    strict: bool = False
    pages: bool = False
    public_url: str | None = None
    site: Path | None = None
    clients: Path | None = None
    trusted_proxies: tuple[Network, ...] = ()
    rate_limit: int | None = None
    database_url: str = field(default=EMBEDDED, repr=False)
    batch_max_mib: int = LARGEST_BATCH
    budget_ms: int = BUDGET_MS
    proxy: str | None = field(default=None, repr=False)
    no_proxy: tuple[str, ...] = ()
    ca_bundle: Path | None = None
    host: str = "127.0.0.1"

    @property
    def shows_pages(self) -> bool:
        """Whether pages for people are served: in development always."""
        return self.pages or self.environment is Environment.development


class SettingsError(Exception):
    """Settings that must not be used; `problems` has one sentence for each."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def read_settings(environ: Mapping[str, str]) -> Settings:
    """The settings that the environment holds, each also read from a file named `…_FILE`.

    Raises:
        SettingsError: any name is unknown or any value is wrong; all of them are listed.
    """
    reading = _Reading(environ)
    environment = reading.one_of("ENVIRONMENT", Environment, Environment.production)
    settings = Settings(
        environment=environment,
        profile=reading.profile(environment),
        mode=reading.one_of("MODE", Mode, Mode.live),
        services=reading.services("SERVICES"),
        show_unavailable=reading.boolean("SHOW_UNAVAILABLE"),
        strict=reading.boolean("STRICT"),
        pages=reading.boolean("PAGES"),
        public_url=reading.url("PUBLIC_URL"),
        site=reading.path("SITE"),
        clients=reading.path("CLIENTS"),
        trusted_proxies=reading.networks("TRUSTED_PROXIES"),
        rate_limit=reading.most("RATE_LIMIT"),
        database_url=reading.database(),
        batch_max_mib=reading.size("BATCH_MAX_MIB", LARGEST_BATCH),
        budget_ms=reading.size("BUDGET_MS", BUDGET_MS),
        proxy=reading.url("PROXY"),
        no_proxy=reading.names("NO_PROXY"),
        ca_bundle=reading.certificates("CA_BUNDLE"),
        host=environ.get("HOST", "127.0.0.1"),
    )
    problems = (*reading.unknown(), *reading.problems, *_unsafe(settings))
    if problems:
        raise SettingsError(problems)
    return settings


@dataclass(slots=True)
class _Reading:
    """Reads values one by one and keeps what is wrong with them; a value is never repeated."""

    environ: Mapping[str, str]
    problems: list[str] = field(default_factory=list)
    read: set[str] = field(default_factory=set)

    def text(self, name: str) -> str | None:
        """The value of a setting, from the environment or from its file; None if not set."""
        self.read |= {name, name + FILE_SUFFIX}
        value = self.environ.get(PREFIX + name)
        file = self.environ.get(PREFIX + name + FILE_SUFFIX)
        if file is None:
            return value
        if value is not None:
            self.problems.append(f"{PREFIX}{name}: set together with {FILE_SUFFIX}; keep one")
            return value
        try:
            return Path(file).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError):
            self.problems.append(f"{PREFIX}{name}{FILE_SUFFIX}: the file cannot be read")
            return None

    def parsed(
        self, name: str, wanted: str, parse: Callable[[str], Value], default: Value
    ) -> Value:
        """A value that `parse` accepts, or the default with a problem that says what is wanted."""
        text = self.text(name)
        if text is None:
            return default
        try:
            return parse(text)
        except ValueError:
            self.problems.append(f"{PREFIX}{name}: must be {wanted}")
            return default

    def one_of(self, name: str, kind: type[Value], default: Value) -> Value:
        """A member of a closed set."""
        wanted = " or ".join(str(member) for member in kind)  # type: ignore[attr-defined]
        return self.parsed(name, wanted, kind, default)

    def boolean(self, name: str) -> bool:
        """`true` or `false`."""
        return self.parsed(name, "true or false", _read_boolean, default=False)

    def size(self, name: str, default: int) -> int:
        """A whole number of at least one."""
        return self.parsed(name, "a whole number of at least 1", _read_size, default)

    def most(self, name: str) -> int | None:
        """A whole number of at least one, or no limit."""
        return self.parsed(name, "a whole number of at least 1", _read_size, None)

    def url(self, name: str) -> str | None:
        """An address without a slash at its end."""
        return self.parsed(name, "an http or https address", _read_url, None)

    def path(self, name: str) -> Path | None:
        """A file that is there."""
        return self.parsed(name, "the path of a file that can be read", _read_path, None)

    def networks(self, name: str) -> tuple[Network, ...]:
        """Addresses or networks, with commas between them."""
        return self.parsed(name, "addresses or networks with commas between", _read_networks, ())

    def names(self, name: str) -> tuple[str, ...]:
        """Names of hosts or domains, with commas between them."""
        return self.parsed(name, "hosts or domains with commas between", _read_names, ())

    def services(self, name: str) -> tuple[Service, ...]:
        """CDS Services, in the order in which discovery lists them."""
        wanted = f"of {', '.join(Service)}, with commas between"
        return self.parsed(name, wanted, _read_services, USUAL_SERVICES)

    def certificates(self, name: str) -> Path | None:
        """A file of certificates in PEM form."""
        return self.parsed(name, "the path of a PEM file with certificates", _read_ca, None)

    def database(self) -> str:
        """The address of the database, else that of the embedded one."""
        wanted = " or ".join(f"{start}…" for start in DATABASES)
        return self.parsed("DATABASE_URL", wanted, _read_database, EMBEDDED)

    def profile(self, environment: Environment) -> str:
        """The profile, which production must name."""
        wanted = " or ".join(PROFILES)
        if environment is Environment.production and not self.is_set("PROFILE"):
            self.problems.append(f"{PREFIX}PROFILE: must be set in production to {wanted}")
        return self.parsed("PROFILE", wanted, _read_profile, None) or PROFILES[0]

    def is_set(self, name: str) -> bool:
        """Whether a setting is given, by itself or by its file."""
        return not self.environ.keys().isdisjoint({PREFIX + name, PREFIX + name + FILE_SUFFIX})

    def unknown(self) -> Iterator[str]:
        """Names that no setting has."""
        for name in sorted(self.environ):
            if not name.startswith(PREFIX):
                continue
            short = name.removeprefix(PREFIX)
            if short not in self.read:
                yield f"{name}: is not a setting; see the table in the README"


def _unsafe(settings: Settings) -> Iterator[str]:
    """Without client authentication the service answers in development and on loopback only."""
    if settings.clients is not None:
        return
    if settings.rate_limit is not None:
        yield f"{PREFIX}RATE_LIMIT: counts by client; name the client registry ({PREFIX}CLIENTS)"
    if settings.environment is Environment.production:
        yield (
            f"{PREFIX}CLIENTS: production needs the client registry; name its file "
            "(docs/security.md), or run on loopback with ENVIRONMENT set to development"
        )
    elif not is_loopback(settings.host):
        yield "HOST: without client authentication only a loopback address may be served"


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the address; an empty one means every address."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _read_boolean(text: str) -> bool:
    return {"true": True, "false": False}[text] if text in ("true", "false") else _refuse()


def _read_size(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and int(text) else _refuse()


def _read_url(text: str) -> str | None:
    return text.rstrip("/") if text.startswith(("http://", "https://")) else _refuse()


def _read_path(text: str) -> Path | None:
    return Path(text) if Path(text).is_file() else _refuse()


def _read_database(text: str) -> str:
    return text if text.startswith(DATABASES) else _refuse()


def _read_networks(text: str) -> tuple[Network, ...]:
    return tuple(ip_network(part.strip()) for part in text.split(","))


def _read_names(text: str) -> tuple[str, ...]:
    names = tuple(part.strip().lower().lstrip(".") for part in text.split(","))
    return names if all(HOST_NAME.match(name) for name in names) else _refuse()


def _read_services(text: str) -> tuple[Service, ...]:
    named = {Service(part.strip()) for part in text.split(",")}
    return tuple(service for service in Service if service in named)


def _read_ca(text: str) -> Path | None:
    import ssl  # noqa: PLC0415 - slow to import, and few sites have a CA of their own

    file = _read_path(text)
    try:
        ssl.create_default_context(cafile=file)
    except OSError:
        _refuse()
    return file


def _read_profile(text: str) -> str | None:
    return text if text in PROFILES else _refuse()


def _refuse() -> NoReturn:
    raise ValueError
