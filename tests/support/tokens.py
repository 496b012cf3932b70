"""Signed tokens as EHRs make them: keys made once a run, and a token with what a test changes."""

import json
import time
from collections.abc import Mapping
from functools import cache
from itertools import count
from threading import Lock
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from clients import entry

PUBLIC_URL = "https://b12.example.org"
ISS = "https://ehr.example.org/fhir"
JKU = "https://ehr.example.org/jwks.json"
VIEW = "/cds-services/b12-patient-view"
_numbers = count(1)
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


_making_a_key = Lock()


def private_key(kid: str) -> PrivateKey:
    """The private key of this name: RSA where it begins with `rsa`, else on the curve P-384."""
    with _making_a_key:  # one key a name, also for threads that ask at once
        return _make_private_key(kid)


@cache
def _make_private_key(kid: str) -> PrivateKey:
    if kid.startswith("rsa"):
        bits = 1024 if "short" in kid else 2048
        return rsa.generate_private_key(public_exponent=65537, key_size=bits)
    return ec.generate_private_key(ec.SECP384R1())


def jwk(kid: str, **changes: str) -> dict[str, str]:
    """The public key of this name as a JWK."""
    public = private_key(kid).public_key()
    if isinstance(public, rsa.RSAPublicKey):
        made = json.loads(RSAAlgorithm.to_jwk(public))
    else:
        made = json.loads(ECAlgorithm.to_jwk(public))
    made.pop("key_ops", None)
    return {**made, "kid": kid, "use": "sig", **changes}


def key_set(*kids: str) -> dict[str, object]:
    """A JWK Set of these keys."""
    return {"keys": [jwk(kid) for kid in kids]}


def claims_with(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The claims of a good token for patient-view; None leaves the claim out."""
    now = int(time.time())
    good = {
        "iss": ISS,
        "aud": PUBLIC_URL + VIEW,
        "iat": now,
        "exp": now + 300,
        "jti": f"jti-{next(_numbers)}-{now}",
    }
    return {name: value for name, value in {**good, **changes}.items() if value is not None}


def a_token(
    kid: str = "ec-1",
    alg: str = "ES384",
    headers: dict[str, Any] | None = None,
    key: Any = None,  # noqa: ANN401
    **claims: Any,  # noqa: ANN401
) -> str:
    """A token signed with the key of this name, or with another one."""
    header = {"kid": kid, **(headers or {})}
    if header["kid"] is None:
        del header["kid"]
    signed_with = private_key(kid) if key is None else key
    return jwt.encode(claims_with(claims), signed_with, alg, header)


def jwt_entry(client_id: str, doors: str = "cds", keys: str = f'jku = "{JKU}"', **more: str) -> str:
    """A registry table for a client that signs; `keys` is its line about where they are."""
    lines = "".join(f"{name} = {value}\n" for name, value in more.items())
    iss = "" if "iss" in more else f'iss = "{ISS}"\n'
    return entry(client_id, doors, f"[clients.{client_id}.jwt]\n{iss}{keys}\n{lines}")
