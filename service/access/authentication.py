"""Who sent a request: the one client whose credential it shows, or why there is none."""

from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from cobalamin.service.access.api_keys import KeyCheck, KeyHash
from cobalamin.service.access.clients import Certificate, Client
from cobalamin.service.access.errors import RefusedError
from cobalamin.service.access.rate_limit import Pace
from cobalamin.service.settings import Network

if TYPE_CHECKING:
    from cobalamin.service.access.registry import Registry

BEARER = "bearer"
PARTS_OF_A_TOKEN = 3


class Attempt(Struct, frozen=True, kw_only=True):
    """What a request shows of its sender; the subject counts only if a trusted proxy passed it."""

    path: str
    authorization: str | None
    subject: str | None
    verified: bool
    peer: str | None


class SignedTokens(Protocol):
    """Whoever can tell which client signed a token."""

    def client_of(self, token: str, path: str) -> Client:
        """The client that signed the token for this address."""


class Gate:
    """Knows every client by its credential, and its pace where there is a limit."""

    def __init__(
        self,
        registry: "Registry",
        proxies: Sequence[Network] = (),
        tokens: SignedTokens | None = None,
        pace: Pace | None = None,
    ) -> None:
        self.pace = pace
        self._proxies, self._tokens = tuple(proxies), tokens
        self._keys = KeyCheck()
        self._by_id = {client.id: client for client in registry.clients}
        self._by_subject = {
            client.credential.subject: client
            for client in registry.clients
            if isinstance(client.credential, Certificate)
        }

    def admit(self, attempt: Attempt) -> Client:
        """The client that sent this; a bearer token decides where there is one.

        Raises:
            RefusedError: no credential, or one that is not accepted.
            KeysAwayError: a token whose keys cannot be had.
        """
        if attempt.authorization is not None:
            return self.owner_of(_bearer(attempt.authorization), attempt.path)
        if attempt.subject is not None:
            return self._by_certificate(attempt)
        raise RefusedError("no credential was sent")

    def owner_of(self, token: str, path: str) -> Client:
        """The client whose signed token or API key this is.

        Raises:
            RefusedError: it is nobody's, or does not count for this address.
            KeysAwayError: a token whose keys cannot be had.
        """
        if token.count(".") == PARTS_OF_A_TOKEN - 1 and self._tokens is not None:
            return self._tokens.client_of(token, path)
        client_id, dot, _ = token.partition(".")
        client = self._by_id.get(client_id)
        if not dot or client is None or not isinstance(client.credential, KeyHash):
            raise RefusedError("the token is no client's API key")
        if not self._keys.is_right(client.id, token, client.credential):
            raise RefusedError(f"a wrong API key for {client.id}")
        return client

    def _by_certificate(self, attempt: Attempt) -> Client:
        if not _is_within(attempt.peer, self._proxies):
            raise RefusedError("a certificate's subject was sent by no trusted proxy")
        if not attempt.verified:
            raise RefusedError("the proxy did not verify the certificate")
        client = self._by_subject.get(attempt.subject or "")
        if client is None:
            raise RefusedError("the certificate's subject is no client's")
        return client


def _bearer(authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != BEARER or not token.strip():
        raise RefusedError("the header Authorization holds no bearer token")
    return token.strip()


def _is_within(peer: str | None, networks: Sequence[Network]) -> bool:
    try:
        address = ip_address(peer or "")
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in network for network in networks)
