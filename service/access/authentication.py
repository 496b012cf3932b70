"""Authenticates a request: finds the client that its credential belongs to."""

from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from cobalamin.service.access.api_keys import ApiKeyVerifier
from cobalamin.service.access.clients import ApiKeys, Certificate, Client
from cobalamin.service.access.errors import AuthenticationError
from cobalamin.service.access.rate_limit import RateLimiter
from cobalamin.service.environment_reader import IPNetwork

if TYPE_CHECKING:
    from cobalamin.service.access.registry import Registry

BEARER = "bearer"
JWT_PARTS = 3


class RequestCredentials(Struct, frozen=True, kw_only=True):
    """Credentials of a request; the certificate subject counts only from a trusted proxy."""

    path: str
    authorization: str | None
    subject: str | None
    verified: bool
    peer: str | None


class TokenVerifier(Protocol):
    """Verifies signed tokens."""

    def verify(self, token: str, path: str) -> Client:
        """Return the client that signed the token for this path."""


class Authenticator:
    """Finds clients by their credentials; holds the rate limiter if any client has a limit."""

    def __init__(
        self,
        registry: "Registry",
        proxies: Sequence[IPNetwork] = (),
        tokens: TokenVerifier | None = None,
        rate_limiter: RateLimiter | None = None,
    ) -> None:
        self.rate_limiter = rate_limiter
        self._proxies, self._tokens = tuple(proxies), tokens
        self._keys = ApiKeyVerifier()
        self._by_id = {client.id: client for client in registry.clients}
        self._by_subject = {
            client.credential.subject: client
            for client in registry.clients
            if isinstance(client.credential, Certificate)
        }

    def find_client(self, client_id: str) -> Client | None:
        """The client of this name; None if the registry has none."""
        return self._by_id.get(client_id)

    def authenticate(self, credentials: RequestCredentials) -> Client:
        """Return the client of a request; a bearer token takes precedence over a certificate.

        Raises:
            AuthenticationError: there is no credential, or it is not accepted.
            KeysUnavailableError: the keys that would verify the token are unavailable.
        """
        if credentials.authorization is not None:
            return self.authenticate_token(_bearer(credentials.authorization), credentials.path)
        if credentials.subject is not None:
            return self._by_certificate(credentials)
        raise AuthenticationError("no credential")

    def authenticate_token(self, token: str, path: str) -> Client:
        """Return the client of a signed token or API key.

        Raises:
            AuthenticationError: it belongs to no client, or is not valid for this path.
            KeysUnavailableError: the keys that would verify the token are unavailable.
        """
        if token.count(".") == JWT_PARTS - 1 and self._tokens is not None:
            return self._tokens.verify(token, path)
        client_id, dot, _ = token.partition(".")
        client = self._by_id.get(client_id)
        if not dot or client is None or not isinstance(client.credential, ApiKeys):
            raise AuthenticationError("the bearer token is not an API key of any client")
        if not self._keys.verify(token, client.credential.hashes):
            raise AuthenticationError(f"a wrong API key for {client.id}")
        return client

    def _by_certificate(self, credentials: RequestCredentials) -> Client:
        if not _is_within(credentials.peer, self._proxies):
            raise AuthenticationError("the certificate subject does not come from a trusted proxy")
        if not credentials.verified:
            raise AuthenticationError("the proxy did not verify the certificate")
        client = self._by_subject.get(credentials.subject or "")
        if client is None:
            raise AuthenticationError("the certificate subject belongs to no client")
        return client


def _bearer(authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != BEARER or not token.strip():
        raise AuthenticationError("the Authorization header has no bearer token")
    return token.strip()


def _is_within(peer: str | None, networks: Sequence[IPNetwork]) -> bool:
    try:
        address = ip_address(peer or "")
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in network for network in networks)
