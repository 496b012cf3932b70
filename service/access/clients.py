"""Who may call: a client, its doors, its profile, and the one credential that proves it."""

from enum import StrEnum, auto

from msgspec import Struct

from cobalamin.service.access.api_keys import KeyHash
from cobalamin.service.access.scopes import Door


class Kind(StrEnum):
    """What sort of system a client is, where its way of calling differs."""

    generic = auto()
    sandbox = auto()
    epic = auto()
    oracle = auto()


class Certificate(Struct, frozen=True, kw_only=True):
    """The subject of a client certificate, as a trusted proxy passes it on."""

    subject: str


class Algorithm(StrEnum):
    """Signatures that a client may use: never a shared secret, never none."""

    RS384 = "RS384"
    ES384 = "ES384"
    RS256 = "RS256"
    ES256 = "ES256"
    PS384 = "PS384"


class TokenIssuer(Struct, frozen=True, kw_only=True):
    """Who signs a client's tokens, with which algorithms, and where its keys are.

    The keys are at the pinned address `jku`, or here as the set that was exchanged. Where tenants
    or a subject are named, a token must name one of them.
    """

    iss: str
    jku: str | None
    key_set: object
    algorithms: tuple[str, ...]
    tenants: frozenset[str]
    subject: str | None


Credential = KeyHash | Certificate | TokenIssuer


class Client(Struct, frozen=True, kw_only=True):
    """Who may call: through which doors, with which profile, and what proves it.

    `fhir_servers` are the only ones that are read on its behalf; `rate_limit` is how many requests
    it may send in a minute, None what the settings say of all.
    """

    id: str
    doors: frozenset[Door]
    profile: str
    kind: Kind
    fhir_servers: tuple[str, ...] = ()
    rate_limit: int | None = None
    credential: Credential
