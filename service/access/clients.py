"""Clients of the registry: scopes, profile and credential of each."""

from enum import StrEnum, auto

from msgspec import Struct

from cobalamin.service.access.api_keys import StoredHash
from cobalamin.service.access.scopes import Scope
from cobalamin.service.environment_reader import IPNetwork
from cobalamin.service.message_form import MessageForm


class ClientKind(StrEnum):
    """The kind of system a client is, where its behaviour differs."""

    generic = auto()
    sandbox = auto()
    epic = auto()
    oracle = auto()


class ApiKeys(Struct, frozen=True, kw_only=True):
    """Hashes of a client's API keys: one, or two while one key replaces the other."""

    hashes: tuple[StoredHash, ...]


class Certificate(Struct, frozen=True, kw_only=True):
    """Subject of a client certificate, as forwarded by a trusted proxy."""

    subject: str


class NoCredential(Struct, frozen=True, kw_only=True):
    """None: the client sends messages by MLLP from its addresses and may not call otherwise."""


class Algorithm(StrEnum):
    """Signature algorithms that a client may use; never symmetric ones, never `none`."""

    RS384 = "RS384"
    ES384 = "ES384"
    RS256 = "RS256"
    ES256 = "ES256"
    PS384 = "PS384"


class TokenIssuer(Struct, frozen=True, kw_only=True):
    """Issuer of a client's signed tokens, with its algorithms and keys.

    The keys are at the pinned URL `jku`, or in `key_set` as exchanged at registration. If tenants
    or a subject are listed, a token must have one of them.
    """

    iss: str
    jku: str | None
    key_set: object
    algorithms: tuple[str, ...]
    tenants: frozenset[str]
    subject: str | None


Credential = ApiKeys | Certificate | TokenIssuer | NoCredential


class Client(Struct, frozen=True, kw_only=True):
    """A client with its scopes, profile and credential.

    `fhir_servers` are the only servers that are read on its behalf. `rate_limit` is the number of
    requests allowed per minute; None means the default of the settings. `action_selection`: the
    client supports `actionSelectionBehavior` of a suggestion. `addresses` are those from which it
    sends messages by MLLP; without any it may not. `hl7v2` is the form of the answers to these;
    None means that of the site file.
    """

    id: str
    scopes: frozenset[Scope]
    profile: str
    kind: ClientKind
    fhir_servers: tuple[str, ...] = ()
    rate_limit: int | None = None
    action_selection: bool = False
    addresses: tuple[IPNetwork, ...] = ()
    hl7v2: MessageForm | None = None
    credential: Credential
