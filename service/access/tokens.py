"""Signed tokens (CDS Hooks): whose they are, and whether they count for the address called.

The algorithms, the issuer and the place of the keys come from the registry, never from the token.
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
from cobalamin.service.access.errors import KeysAwayError, RefusedError
from cobalamin.service.access.jwks import KeySetError, read_key_set
from cobalamin.service.access.jwks_cache import KeyCache
from cobalamin.service.access.jwks_fetch import fetch_key_set
from cobalamin.service.outgoing.http_client import Web
from cobalamin.service.settings import SettingsError

LEEWAY = 30
LONGEST_LIFE = 60 * 60
LONGEST_ID = 255
FEEDBACK = "/feedback"
REQUIRED = ("iss", "aud", "exp", "iat", "jti")
OPTIONS: Any = {"require": list(REQUIRED), "enforce_minimum_key_length": True}
REASONS: tuple[tuple[type[Exception], str], ...] = (
    (jwt.ExpiredSignatureError, "it has expired"),
    (jwt.ImmatureSignatureError, "it is not valid yet"),
    (jwt.InvalidAudienceError, "its aud is not the address that was called"),
    (jwt.InvalidSignatureError, "its signature is not that of the key"),
    (jwt.InvalidAlgorithmError, "its algorithm is not one of this client's"),
    (jwt.InvalidKeyError, "its key is too short or of another kind"),
)
Remember = Callable[[str, str, int], bool]
"""Keeps (iss, jti) until exp, for every worker; False where it was there already."""


class Shown(msgspec.Struct):
    """What a token says of itself before anything is verified."""

    alg: str = ""
    kid: str = ""
    typ: str = ""
    jku: str | None = None


class _Claims(msgspec.Struct):
    iss: str = ""


class _Keys(Protocol):
    def key(self, kid: str, algorithm: str) -> PyJWK | None: ...


@dataclass(frozen=True, slots=True)
class _Known:
    client: Client
    issuer: TokenIssuer
    keys: _Keys


_headers, _payloads = msgspec.json.Decoder(Shown), msgspec.json.Decoder(_Claims)


class Tokens:
    """Knows every client that signs its tokens, by its issuer."""

    def __init__(
        self, clients: Iterable[Client], public_url: str, remember: Remember, web: Web
    ) -> None:
        self._public_url, self._remember = public_url, remember
        self._by_issuer = {
            client.credential.iss: _Known(client, client.credential, _keys(client, web))
            for client in clients
            if isinstance(client.credential, TokenIssuer)
        }

    def client_of(self, token: str, path: str) -> Client:
        """The client that signed this token for this address, and for this one time.

        Raises:
            RefusedError: the token does not count.
            KeysAwayError: nobody can say, as the client's keys cannot be had.
        """
        shown, issuer = _peek(token)
        known = self._by_issuer.get(issuer)
        if known is None:
            raise RefusedError("the token's issuer is no client's")
        try:
            claims = self._verified(token, shown, known, path)
            self._use(claims)
        except (RefusedError, KeysAwayError) as error:
            raise type(error)(f"a token of {known.client.id}: {error}") from None
        return known.client

    def _verified(self, token: str, shown: Shown, known: _Known, path: str) -> dict[str, Any]:
        key = _key(shown, known)
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=known.issuer.algorithms,
                audience=audiences(self._public_url, path),
                issuer=known.issuer.iss,
                subject=known.issuer.subject,
                leeway=LEEWAY,
                options=OPTIONS,
            )
        except jwt.PyJWTError as error:
            raise RefusedError(_reason(error)) from None
        _check_life(claims)
        _check_party(claims, known.issuer)
        return claims

    def _use(self, claims: dict[str, Any]) -> None:
        """Only now, so that nothing unsigned can fill the memory."""
        jti = claims["jti"]
        if not 0 < len(jti) <= LONGEST_ID or not jti.isprintable():
            raise RefusedError("its jti is empty, too long or no plain text")
        if not self._remember(claims["iss"], jti, int(claims["exp"])):
            raise RefusedError("it was used before")


def audiences(public_url: str, path: str) -> list[str]:
    """What `aud` may be: the address called; for feedback the service's own as well."""
    called = public_url + path
    return [called, called.removesuffix(FEEDBACK)] if called.endswith(FEEDBACK) else [called]


def _keys(client: Client, web: Web) -> _Keys:
    issuer = client.credential
    assert isinstance(issuer, TokenIssuer)  # noqa: S101 - chosen by the caller above
    if issuer.jku is not None:
        return KeyCache(issuer.jku, partial(fetch_key_set, web=web))
    try:
        return read_key_set(issuer.key_set)
    except KeySetError as error:
        raise SettingsError((f"clients.{client.id}.jwt: the key set: {error}",)) from None


def _peek(token: str) -> tuple[Shown, str]:
    """What the token says of itself, and its issuer: enough to know whose keys to ask for."""
    try:
        header, payload, _ = token.split(".")
        return _headers.decode(_decoded(header)), _payloads.decode(_decoded(payload)).iss
    except (ValueError, msgspec.MsgspecError, RecursionError):
        raise RefusedError("the token is malformed") from None


def _decoded(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _key(shown: Shown, known: _Known) -> PyJWK:
    if shown.typ.upper() != "JWT":
        raise RefusedError("its header typ is not JWT")
    if shown.alg not in known.issuer.algorithms:
        raise RefusedError("its algorithm is not one of this client's")
    if known.issuer.jku is not None and shown.jku not in (None, known.issuer.jku):
        raise RefusedError("its header jku is not the pinned one")
    if not shown.kid:
        raise RefusedError("its header has no kid")
    key = known.keys.key(shown.kid, shown.alg)
    if key is None:
        raise RefusedError("its kid is not in the client's key set")
    return key


def _reason(error: jwt.PyJWTError) -> str:
    """Words of our own: the library's may repeat what was sent."""
    if isinstance(error, jwt.MissingRequiredClaimError):
        return f"its claim {error.claim} is missing"
    return next((text for kind, text in REASONS if isinstance(error, kind)), "it is malformed")


def _check_life(claims: dict[str, Any]) -> None:
    if int(claims["exp"]) - int(claims["iat"]) > LONGEST_LIFE:
        raise RefusedError("it lives longer than an hour")


def _check_party(claims: dict[str, Any], issuer: TokenIssuer) -> None:
    tenant = claims.get("tenant")
    if issuer.tenants and not (isinstance(tenant, str) and tenant in issuer.tenants):
        raise RefusedError("its tenant is not one of this client's")
    if issuer.subject is not None and claims.get("sub") is None:
        raise RefusedError("its claim sub is missing")
