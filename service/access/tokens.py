"""Verifies signed tokens (JWT) as CDS Hooks defines them.

Algorithms, issuer and key location come from the registry, never from the token.
"""

from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import jwt
import msgspec
from jwt import PyJWK

from cobalamin.service.access.clients import Client, TokenIssuer
from cobalamin.service.access.errors import AuthenticationError, KeysUnavailableError
from cobalamin.service.access.jwks import KeySetError, parse_key_set
from cobalamin.service.access.jwks_cache import JwksCache
from cobalamin.service.access.jwks_fetch import fetch_key_set
from cobalamin.service.outgoing.http_client import HttpClient
from cobalamin.service.settings import SettingsError

LEEWAY_SECONDS = 30
MAX_LIFETIME_SECONDS = 60 * 60
MAX_JTI_LENGTH = 255
NO_KEY = "it must hold an RSA or EC key with a `kid`, for signatures"
FEEDBACK_SUFFIX = "/feedback"
TIME_CLAIMS = ("exp", "iat", "nbf")
REQUIRED_CLAIMS = ("iss", "aud", "exp", "iat", "jti")
OPTIONS: Any = {"require": list(REQUIRED_CLAIMS), "enforce_minimum_key_length": True}
REASONS: tuple[tuple[type[Exception], str], ...] = (
    (jwt.ExpiredSignatureError, "it has expired"),
    (jwt.ImmatureSignatureError, "it is not valid yet"),
    (jwt.InvalidAudienceError, "its aud is not the address that was called"),
    (jwt.InvalidSignatureError, "its signature is not that of the key"),
    (jwt.InvalidAlgorithmError, "its algorithm is not one of this client's"),
    (jwt.InvalidKeyError, "its key is too short or of another kind"),
)
RecordUse = Callable[[str, str, int], bool]
"""Stores (iss, jti) until exp, for all workers; False if it was stored before."""


class TokenHeader(msgspec.Struct):
    """Header of a token, before verification."""

    alg: str = ""
    kid: str = ""
    typ: str = ""
    jku: str | None = None


class _Claims(msgspec.Struct):
    iss: str = ""


class _Keys(Protocol):
    def key(self, kid: str, algorithm: str) -> PyJWK | None: ...


@dataclass(frozen=True, slots=True)
class _Issuer:
    client: Client
    credential: TokenIssuer
    keys: _Keys


_headers, _payloads = msgspec.json.Decoder(TokenHeader), msgspec.json.Decoder(_Claims)


class KeySetCaches:
    """The cache of each pinned URL, kept when the client registry is read anew."""

    def __init__(self, http: HttpClient) -> None:
        self._fetch = partial(fetch_key_set, http=http)
        self._caches: dict[str, JwksCache] = {}

    def cache_of(self, url: str) -> JwksCache:
        """The cache of this URL."""
        if url not in self._caches:
            self._caches[url] = JwksCache(url, self._fetch)
        return self._caches[url]


class SignedTokenVerifier:
    """Verifies tokens of the clients that sign theirs."""

    def __init__(
        self,
        clients: Iterable[Client],
        public_url: str,
        record_use: RecordUse,
        key_sets: KeySetCaches,
    ) -> None:
        self._public_url, self._record_use = public_url, record_use
        self._by_issuer = {
            client.credential.iss: _Issuer(client, client.credential, _key_source(client, key_sets))
            for client in clients
            if isinstance(client.credential, TokenIssuer)
        }

    def verify(self, token: str, path: str) -> Client:
        """Verify a token for this path, mark it as used, and return its client.

        Raises:
            AuthenticationError: the token is not valid.
            KeysUnavailableError: the client's keys are unavailable.
        """
        header, issuer_id = _parse_unverified(token)
        issuer = self._by_issuer.get(issuer_id)
        if issuer is None:
            raise AuthenticationError("the token's issuer belongs to no client")
        try:
            claims = self._verified(token, header, issuer, path)
            self._mark_used(claims)
        except (AuthenticationError, KeysUnavailableError) as error:
            raise type(error)(f"a token of {issuer.client.id}: {error}") from None
        return issuer.client

    def _verified(
        self, token: str, header: TokenHeader, issuer: _Issuer, path: str
    ) -> dict[str, Any]:
        key = _find_key(header, issuer)
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=issuer.credential.algorithms,
                audience=audiences(self._public_url, path),
                issuer=issuer.credential.iss,
                subject=issuer.credential.subject,
                leeway=LEEWAY_SECONDS,
                options=OPTIONS,
            )
        except jwt.PyJWTError as error:
            raise AuthenticationError(_reason(error)) from None
        _check_times(claims)
        _check_party(claims, issuer.credential)
        return claims

    def _mark_used(self, claims: dict[str, Any]) -> None:
        """Called after verification, so that unsigned tokens cannot fill the database."""
        jti = claims["jti"]
        if not 0 < len(jti) <= MAX_JTI_LENGTH or not jti.isprintable():
            raise AuthenticationError("its jti is empty, too long or not printable")
        if not self._record_use(claims["iss"], jti, int(claims["exp"])):
            raise AuthenticationError("it was used before")


def audiences(public_url: str, path: str) -> list[str]:
    """Accepted values of `aud`: the URL called; for feedback that of the service as well."""
    url = public_url + path
    return [url, url.removesuffix(FEEDBACK_SUFFIX)] if url.endswith(FEEDBACK_SUFFIX) else [url]


def _key_source(client: Client, key_sets: KeySetCaches) -> _Keys:
    issuer = client.credential
    assert isinstance(issuer, TokenIssuer)  # noqa: S101 - chosen by the caller above
    if issuer.jku is not None:
        return key_sets.cache_of(issuer.jku)
    try:
        keys = parse_key_set(issuer.key_set)
    except KeySetError as error:
        raise SettingsError((f"clients.{client.id}.jwt: the key set: {error}",)) from None
    if not keys.members:
        raise SettingsError((f"clients.{client.id}.jwt: the key set: {NO_KEY}",))
    return keys


def _parse_unverified(token: str) -> tuple[TokenHeader, str]:
    """Parse header and issuer without verification, to find the keys."""
    try:
        header, payload, _ = token.split(".")
        return _headers.decode(_decode_part(header)), _payloads.decode(_decode_part(payload)).iss
    except (ValueError, msgspec.MsgspecError, RecursionError):
        raise AuthenticationError("the token is malformed") from None


def _decode_part(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _find_key(header: TokenHeader, issuer: _Issuer) -> PyJWK:
    if header.typ.upper() != "JWT":
        raise AuthenticationError("its header typ is not JWT")
    if header.alg not in issuer.credential.algorithms:
        raise AuthenticationError("its algorithm is not one of this client's")
    if issuer.credential.jku is not None and header.jku not in (None, issuer.credential.jku):
        raise AuthenticationError("its header jku is not the pinned one")
    if not header.kid:
        raise AuthenticationError("its header has no kid")
    key = issuer.keys.key(header.kid, header.alg)
    if key is None:
        raise AuthenticationError("its kid is not in the client's key set")
    return key


def _reason(error: jwt.PyJWTError) -> str:
    """Map the error to a fixed text: the library's message may repeat parts of the token."""
    if isinstance(error, jwt.MissingRequiredClaimError):
        return f"its claim {error.claim} is missing"
    return next((text for kind, text in REASONS if isinstance(error, kind)), "it is malformed")


def _check_times(claims: dict[str, Any]) -> None:
    """The library takes text and truth values for numbers; a NumericDate is a number."""
    for name in TIME_CLAIMS:
        if name in claims and type(claims[name]) not in (int, float):
            raise AuthenticationError(f"its claim {name} is not a number")
    if int(claims["exp"]) - int(claims["iat"]) > MAX_LIFETIME_SECONDS:
        raise AuthenticationError("it lives longer than an hour")


def _check_party(claims: dict[str, Any], issuer: TokenIssuer) -> None:
    tenant = claims.get("tenant")
    if issuer.tenants and not (isinstance(tenant, str) and tenant in issuer.tenants):
        raise AuthenticationError("its tenant is not one of this client's")
    if issuer.subject is not None and claims.get("sub") is None:
        raise AuthenticationError("its claim sub is missing")
