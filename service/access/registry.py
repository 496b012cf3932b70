"""The client registry: a TOML file that says who may call, through which door, and with what.

Read strictly and once at start: an unknown name, a missing credential or two of them refuse it.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum, auto
from pathlib import Path

import msgspec

from cobalamin.service.access.doors import Door
from cobalamin.service.access.keys import KeyHash, read_hash
from cobalamin.service.settings import PROFILES, Settings, SettingsError

CLIENT_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}\Z")
ORIGIN = re.compile(r"https?://[^/\s?#*@]+\Z")
CREDENTIALS = ("api_key", "certificate")


class Kind(StrEnum):
    """What sort of system a client is, where its way of calling differs."""

    generic = auto()
    sandbox = auto()
    epic = auto()
    oracle = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """The subject of a client certificate, as a trusted proxy passes it on."""

    subject: str


Credential = KeyHash | Certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Who may call: through which doors, with which profile, and what proves it."""

    id: str
    doors: frozenset[Door]
    profile: str
    kind: Kind
    credential: Credential


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """Every client, and the web origins whose pages may call."""

    clients: tuple[Client, ...]
    origins: frozenset[str]


class _Entry(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    doors: list[Door]
    profile: str
    kind: Kind = Kind.generic
    api_key: str | None = None
    certificate: str | None = None


class _Cors(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    origins: list[str]


class _File(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    clients: dict[str, dict[str, object]]
    cors: _Cors = msgspec.field(default_factory=lambda: _Cors(origins=[]))


class _RefusedError(Exception):
    """One thing that is wrong with an entry."""


def load_registry(settings: Settings) -> Registry | None:
    """The registry that the settings name; None where they name none.

    Raises:
        SettingsError: the file or an entry must not be used; every entry's fault is listed.
    """
    if settings.clients is None:
        return None
    file = _read(settings.clients)
    problems: list[str] = []
    clients = tuple(_clients(file.clients, settings, problems))
    problems += _wrong_origins(file.cors.origins)
    problems += _shared_subjects(clients)
    if not file.clients:
        problems.append("clients: no client may call; add one")
    if problems:
        name = settings.clients.name
        raise SettingsError(tuple(f"{name}: {problem}" for problem in problems))
    return Registry(clients=clients, origins=frozenset(file.cors.origins))


def _read(path: Path) -> _File:
    try:
        return msgspec.convert(tomllib.loads(path.read_text("utf-8")), _File)
    except (OSError, UnicodeDecodeError):
        raise SettingsError(("COBALAMIN_CLIENTS: the file cannot be read",)) from None
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise SettingsError((f"{path.name}: {error}",)) from None


def _clients(
    entries: Mapping[str, dict[str, object]], settings: Settings, problems: list[str]
) -> Iterator[Client]:
    for client_id, entry in entries.items():
        try:
            yield _client(client_id, entry, settings)
        except (_RefusedError, msgspec.ValidationError) as error:
            problems.append(f"clients.{client_id}: {error}")


def _client(client_id: str, table: dict[str, object], settings: Settings) -> Client:
    if not CLIENT_ID.match(client_id):
        raise _RefusedError("name it in small letters, digits and hyphens, at most 63")
    entry = msgspec.convert(table, _Entry)
    if not entry.doors:
        raise _RefusedError("doors: name at least one")
    if entry.profile not in PROFILES:
        raise _RefusedError(f"profile: must be {' or '.join(PROFILES)}")
    return Client(
        id=client_id,
        doors=frozenset(entry.doors),
        profile=entry.profile,
        kind=entry.kind,
        credential=_credential(entry, settings),
    )


def _credential(entry: _Entry, settings: Settings) -> Credential:
    given = [name for name in CREDENTIALS if getattr(entry, name) is not None]
    if len(given) != 1:
        raise _RefusedError(f"give exactly one of {', '.join(CREDENTIALS)}")
    if entry.api_key is not None:
        return _key_hash(entry.api_key)
    return _certificate(entry.certificate or "", settings)


def _key_hash(text: str) -> KeyHash:
    try:
        return read_hash(text)
    except ValueError:
        raise _RefusedError(
            "api_key: must be the hash that `cobalamin auth hash-key` prints, never the key"
        ) from None


def _certificate(subject: str, settings: Settings) -> Certificate:
    if not subject.strip():
        raise _RefusedError("certificate: must be the subject of the client's certificate")
    if not settings.trusted_proxies:
        raise _RefusedError(
            "certificate: needs COBALAMIN_TRUSTED_PROXIES, which says whose word counts"
        )
    return Certificate(subject=subject)


def _wrong_origins(origins: list[str]) -> Iterator[str]:
    for index, origin in enumerate(origins):
        if not ORIGIN.match(origin):
            yield f"cors.origins[{index}]: must be scheme and host, such as https://ehr.example.org"


def _shared_subjects(clients: tuple[Client, ...]) -> Iterator[str]:
    seen: dict[str, str] = {}
    for client in clients:
        if isinstance(client.credential, Certificate):
            other = seen.setdefault(client.credential.subject, client.id)
            if other != client.id:
                yield f"clients.{client.id}: certificate: {other} has the same subject"
