"""A client's entry in the registry file, and the one credential that it gives."""

from typing import Annotated

import msgspec

from cobalamin.service.access.api_keys import KeyHash, read_hash
from cobalamin.service.access.clients import Algorithm, Certificate, Credential, Kind, TokenIssuer
from cobalamin.service.access.fhir_server_allow_list import read_server
from cobalamin.service.access.scopes import Door
from cobalamin.service.outgoing.addresses import is_safe
from cobalamin.service.settings import Settings

CREDENTIALS = ("api_key", "certificate", "jwt")
# As many as the memory of used tokens keeps.
LONGEST_ISSUER = 512
KEYS = ("jku", "jwks_file", "keys")


class EntryError(Exception):
    """One thing that is wrong with an entry."""


class Jwt(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    iss: str
    jku: str | None = None
    jwks_file: str | None = None
    keys: list[dict[str, str]] | None = None
    algorithms: list[Algorithm] = msgspec.field(
        default_factory=lambda: [Algorithm.RS384, Algorithm.ES384]
    )
    tenants: list[str] = []
    subject: str | None = None


class Entry(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    doors: list[Door]
    profile: str
    kind: Kind = Kind.generic
    fhir_servers: list[str] = []
    rate_limit: Annotated[int, msgspec.Meta(ge=1)] | None = None
    api_key: str | None = None
    certificate: str | None = None
    jwt: Jwt | None = None


def read_credential(entry: Entry, settings: Settings) -> Credential:
    given = [name for name in CREDENTIALS if getattr(entry, name) is not None]
    if len(given) != 1:
        raise EntryError(f"give exactly one of {', '.join(CREDENTIALS)}")
    if entry.api_key is not None:
        return _key_hash(entry.api_key)
    if entry.jwt is not None:
        return _issuer(entry.jwt, settings)
    return _certificate(entry.certificate or "", settings)


def read_servers(entry: Entry) -> tuple[str, ...]:
    """The FHIR servers that may be read for this client."""
    if entry.fhir_servers and Door.cds not in entry.doors:
        raise EntryError("fhir_servers: are read for CDS Hooks calls only; add the door cds")
    try:
        return tuple(read_server(server) for server in entry.fhir_servers)
    except ValueError:
        raise EntryError(
            "fhir_servers: each must be an https address (http on loopback) of host and path alone"
        ) from None


def _key_hash(text: str) -> KeyHash:
    try:
        return read_hash(text)
    except ValueError:
        raise EntryError(
            "api_key: must be the hash that `cobalamin auth hash-key` prints, never the key"
        ) from None


def _certificate(subject: str, settings: Settings) -> Certificate:
    if not subject.strip():
        raise EntryError("certificate: must be the subject of the client's certificate")
    if not settings.trusted_proxies:
        raise EntryError(
            "certificate: needs COBALAMIN_TRUSTED_PROXIES, which says whose word counts"
        )
    return Certificate(subject=subject)


def _issuer(entry: Jwt, settings: Settings) -> TokenIssuer:
    if settings.public_url is None:
        raise EntryError("jwt: needs COBALAMIN_PUBLIC_URL, which a token's aud begins with")
    if sum(getattr(entry, name) is not None for name in KEYS) != 1:
        raise EntryError(f"jwt: give exactly one of {', '.join(KEYS)}")
    if entry.jku is not None and not is_safe(entry.jku):
        raise EntryError("jwt.jku: must be an https address, or http on loopback")
    if not entry.iss or not entry.algorithms:
        raise EntryError("jwt: iss and algorithms must not be empty")
    if len(entry.iss) > LONGEST_ISSUER:
        raise EntryError(f"jwt.iss: must have at most {LONGEST_ISSUER} characters")
    return TokenIssuer(
        iss=entry.iss,
        jku=entry.jku,
        key_set=_key_set(entry, settings),
        algorithms=tuple(algorithm.value for algorithm in entry.algorithms),
        tenants=frozenset(entry.tenants),
        subject=entry.subject,
    )


def _key_set(entry: Jwt, settings: Settings) -> object:
    """The exchanged set; a file is looked for beside the registry."""
    if entry.keys is not None:
        return {"keys": entry.keys}
    if entry.jwks_file is None or settings.clients is None:
        return None
    try:
        return msgspec.json.decode((settings.clients.parent / entry.jwks_file).read_bytes())
    except (OSError, msgspec.DecodeError):
        raise EntryError("jwt.jwks_file: cannot be read as JSON") from None
