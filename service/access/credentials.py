"""Parses a client's entry of the registry file and its credential."""

from ipaddress import ip_network
from typing import Annotated

import msgspec

from cobalamin.service.access.api_keys import parse_hash
from cobalamin.service.access.clients import (
    Algorithm,
    ApiKeys,
    Certificate,
    ClientKind,
    Credential,
    NoCredential,
    TokenIssuer,
)
from cobalamin.service.access.fhir_server_allow_list import parse_fhir_server
from cobalamin.service.access.scopes import Scope
from cobalamin.service.environment_reader import IPNetwork
from cobalamin.service.message_form import MessageForm
from cobalamin.service.outgoing.addresses import is_safe
from cobalamin.service.settings import Settings

MAX_KEYS = 2
CREDENTIAL_KEYS = ("api_key", "certificate", "jwt")
# The size of the column in the table of used tokens.
MAX_ISSUER_LENGTH = 512
KEY_SET_KEYS = ("jku", "jwks_file", "keys")


class EntryError(Exception):
    """A problem with an entry."""


class JwtEntry(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Issuer and keys of a client that signs its tokens, as the registry has them."""

    iss: str
    jku: str | None = None
    jwks_file: str | None = None
    keys: list[dict[str, str]] | None = None
    algorithms: list[Algorithm] = msgspec.field(
        default_factory=lambda: [Algorithm.RS384, Algorithm.ES384]
    )
    tenants: list[str] = []
    subject: str | None = None


class ClientEntry(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A client as the registry has it."""

    scopes: list[Scope] = msgspec.field(name="doors")
    profile: str
    kind: ClientKind = ClientKind.generic
    fhir_servers: list[str] = []
    rate_limit: Annotated[int, msgspec.Meta(ge=1)] | None = None
    action_selection: bool = False
    addresses: list[str] = []
    hl7v2: MessageForm | None = None
    api_key: str | list[str] | None = None
    certificate: str | None = None
    jwt: JwtEntry | None = None


def parse_credential(entry: ClientEntry, settings: Settings) -> Credential:
    """Parse the one credential of a client.

    Raises:
        EntryError: there is none, more than one, or it is not valid.
    """
    given = [name for name in CREDENTIAL_KEYS if getattr(entry, name) is not None]
    if not given and entry.addresses:
        return NoCredential()
    if len(given) != 1:
        raise EntryError(f"give exactly one of {', '.join(CREDENTIAL_KEYS)}")
    if entry.api_key is not None:
        return _api_keys(entry.api_key)
    if entry.jwt is not None:
        return _issuer(entry.jwt, settings)
    return _certificate(entry, settings)


def parse_addresses(entry: ClientEntry) -> tuple[IPNetwork, ...]:
    """Parse the addresses from which a client sends messages by MLLP."""
    if entry.addresses and Scope.lab not in entry.scopes:
        raise EntryError("addresses: are of those who send messages by MLLP; add `lab` to doors")
    try:
        return tuple(ip_network(address) for address in entry.addresses)
    except ValueError:
        raise EntryError("addresses: each must be an IP address or a network") from None


def parse_fhir_servers(entry: ClientEntry) -> tuple[str, ...]:
    """Parse the FHIR servers that may be read for this client."""
    if entry.fhir_servers and Scope.cds not in entry.scopes:
        raise EntryError("fhir_servers: are read for CDS Hooks calls only; add `cds` to doors")
    try:
        return tuple(parse_fhir_server(server) for server in entry.fhir_servers)
    except ValueError:
        raise EntryError(
            "fhir_servers: each must be an https address (http on loopback) of host and path alone"
        ) from None


def _api_keys(given: str | list[str]) -> ApiKeys:
    hashes = [given] if isinstance(given, str) else given
    if not 1 <= len(hashes) <= MAX_KEYS:
        raise EntryError("api_key: give one hash, or a list of two while a key is replaced")
    try:
        return ApiKeys(hashes=tuple(parse_hash(text) for text in hashes))
    except ValueError:
        raise EntryError(
            "api_key: must be the hash that `cobalamin auth hash-key` prints, never the key"
        ) from None


def _certificate(entry: ClientEntry, settings: Settings) -> Certificate:
    subject = entry.certificate or ""
    if not subject.strip():
        raise EntryError("certificate: must be the subject of the client's certificate")
    if not settings.trusted_proxies and not entry.addresses:
        raise EntryError(
            "certificate: needs COBALAMIN_TRUSTED_PROXIES, which may forward a certificate "
            "subject, or `addresses` from which the client sends messages by MLLP"
        )
    return Certificate(subject=subject)


def _issuer(entry: JwtEntry, settings: Settings) -> TokenIssuer:
    if settings.public_url is None:
        raise EntryError("jwt: needs COBALAMIN_PUBLIC_URL, which a token's aud begins with")
    if sum(getattr(entry, name) is not None for name in KEY_SET_KEYS) != 1:
        raise EntryError(f"jwt: give exactly one of {', '.join(KEY_SET_KEYS)}")
    if entry.jku is not None and not is_safe(entry.jku):
        raise EntryError("jwt.jku: must be an https address, or http on loopback")
    if not entry.iss or not entry.algorithms:
        raise EntryError("jwt: iss and algorithms must not be empty")
    if len(entry.iss) > MAX_ISSUER_LENGTH:
        raise EntryError(f"jwt.iss: must have at most {MAX_ISSUER_LENGTH} characters")
    return TokenIssuer(
        iss=entry.iss,
        jku=entry.jku,
        key_set=_key_set(entry, settings),
        algorithms=tuple(algorithm.value for algorithm in entry.algorithms),
        tenants=frozenset(entry.tenants),
        subject=entry.subject,
    )


def _key_set(entry: JwtEntry, settings: Settings) -> object:
    """Return the exchanged key set; a file name is relative to the registry file."""
    if entry.keys is not None:
        return {"keys": entry.keys}
    if entry.jwks_file is None or settings.clients is None:
        return None
    try:
        return msgspec.json.decode((settings.clients.parent / entry.jwks_file).read_bytes())
    except (OSError, msgspec.DecodeError):
        raise EntryError("jwt.jwks_file: cannot be read as JSON") from None
