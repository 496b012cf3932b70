"""The client registry: a TOML file of clients with their scopes and credentials.

Parsed strictly and once at start: an unknown key, or not exactly one credential, is an error.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from cobalamin.service.access.clients import (
    ApiKeys,
    Certificate,
    Client,
    Credential,
    NoCredential,
    TokenIssuer,
)
from cobalamin.service.access.credentials import (
    ClientEntry,
    EntryError,
    parse_addresses,
    parse_credential,
    parse_fhir_servers,
)
from cobalamin.service.conversion import convert
from cobalamin.service.knowledge.profile_list import profile_ids
from cobalamin.service.outgoing.addresses import PORTS
from cobalamin.service.settings import Settings, SettingsError

CLIENT_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}\Z")
ORIGIN = re.compile(r"https?://[^/\s?#*@]+\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """All clients, and the web origins that may call from a browser.

    `files` are the registry file itself and the key sets that it names.
    """

    clients: tuple[Client, ...]
    origins: frozenset[str]
    files: tuple[Path, ...] = ()


class _Cors(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    origins: list[str]


class _File(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    clients: dict[str, dict[str, object]]
    cors: _Cors = msgspec.field(default_factory=lambda: _Cors(origins=[]))


def load_registry(settings: Settings) -> Registry | None:
    """Load the registry file of the settings; None if none is set.

    Raises:
        SettingsError: the file or an entry is invalid; all problems are listed.
    """
    if settings.clients is None:
        return None
    file = _read(settings.clients)
    problems: list[str] = []
    clients = tuple(_clients(file.clients, settings, problems))
    problems += _invalid_origins(file.cors.origins)
    problems += _duplicate_credentials(clients)
    problems += _shared_addresses(clients)
    if not file.clients:
        problems.append("clients: is empty; add a client")
    if problems:
        name = settings.clients.name
        raise SettingsError(tuple(f"{name}: {problem}" for problem in problems))
    return Registry(
        clients=clients,
        origins=frozenset(file.cors.origins),
        files=(settings.clients, *_key_set_files(file.clients, settings.clients.parent)),
    )


def _read(path: Path) -> _File:
    try:
        return convert(tomllib.loads(path.read_text("utf-8-sig")), _File)
    except (OSError, UnicodeDecodeError):
        raise SettingsError(("COBALAMIN_CLIENTS: the file cannot be read",)) from None
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise SettingsError((f"{path.name}: {error}",)) from None


def _key_set_files(entries: Mapping[str, dict[str, object]], folder: Path) -> Iterator[Path]:
    for entry in entries.values():
        token_issuer = entry.get("jwt")
        if isinstance(token_issuer, dict) and "jwks_file" in token_issuer:
            yield folder / str(token_issuer["jwks_file"])


def _clients(
    entries: Mapping[str, dict[str, object]], settings: Settings, problems: list[str]
) -> Iterator[Client]:
    for client_id, entry in entries.items():
        try:
            yield _client(client_id, entry, settings)
        except (EntryError, msgspec.ValidationError) as error:
            problems.append(f"clients.{client_id}: {error}")


def _client(client_id: str, table: dict[str, object], settings: Settings) -> Client:
    if not CLIENT_ID.match(client_id):
        raise EntryError("use lower-case letters, digits and hyphens in the name, at most 63")
    entry = convert(table, ClientEntry)
    if not entry.scopes:
        raise EntryError("doors: name at least one")
    if entry.profile not in profile_ids():
        raise EntryError(f"profile: must be {' or '.join(profile_ids())}")
    return Client(
        id=client_id,
        scopes=frozenset(entry.scopes),
        profile=entry.profile,
        kind=entry.kind,
        fhir_servers=parse_fhir_servers(entry),
        rate_limit=entry.rate_limit,
        action_selection=entry.action_selection,
        addresses=parse_addresses(entry),
        hl7v2=entry.hl7v2,
        credential=parse_credential(entry, settings),
    )


def _invalid_origins(origins: list[str]) -> Iterator[str]:
    for index, origin in enumerate(origins):
        if not ORIGIN.match(origin):
            yield f"cors.origins[{index}]: must be scheme and host, such as https://ehr.example.org"
        elif origin != origin.lower() or origin.endswith(f":{PORTS[origin.partition(':')[0]]}"):
            yield f"cors.origins[{index}]: must be as browsers send it: lower case, no default port"


def _duplicate_credentials(clients: tuple[Client, ...]) -> Iterator[str]:
    seen: dict[tuple[str, str], str] = {}
    for client in clients:
        name = _identity(client.credential)
        if name is not None:
            other = seen.setdefault(name, client.id)
            if other != client.id:
                yield f"clients.{client.id}: {other} has the same {name[0]}"


def _shared_addresses(clients: tuple[Client, ...]) -> Iterator[str]:
    """Addresses of two clients that nothing else tells apart where messages come by MLLP."""
    by_address = [c for c in clients if not isinstance(c.credential, Certificate)]
    for index, client in enumerate(by_address):
        for other in by_address[:index]:
            if any(
                one.version == another.version and one.overlaps(another)
                for one in client.addresses
                for another in other.addresses
            ):
                yield f"clients.{client.id}: addresses: {other.id} has one of them too"


def _identity(credential: Credential) -> tuple[str, str] | None:
    """What identifies a client other than its name; None for an API key."""
    match credential:
        case Certificate(subject=subject):
            return "certificate", subject
        case TokenIssuer(iss=iss):
            return "jwt.iss", iss
        case ApiKeys() | NoCredential():
            return None
