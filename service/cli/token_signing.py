"""Signs tokens as a client of CDS Hooks does, to try a registration before the client is there."""

import json
import time
from base64 import urlsafe_b64encode
from hashlib import sha256

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP384R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from jwt.algorithms import ECAlgorithm

from cobalamin.service.access.clients import TokenIssuer
from cobalamin.service.identifiers import new_id

ALGORITHM = "ES384"
LIFETIME_SECONDS = 300
THUMBPRINT_MEMBERS = ("crv", "kty", "x", "y")


def make_private_key() -> bytes:
    """Make a private key on the curve P-384, as PEM."""
    key = generate_private_key(SECP384R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def load_private_key(pem: bytes) -> EllipticCurvePrivateKey:
    """Load a private key that `make_private_key` made.

    Raises:
        ValueError: it is not one.
    """
    try:
        key = load_pem_private_key(pem, None)
    except TypeError:
        raise ValueError("it needs a password") from None
    if isinstance(key, EllipticCurvePrivateKey) and isinstance(key.curve, SECP384R1):
        return key
    raise ValueError("not a key on the curve P-384")


def public_jwk(key: EllipticCurvePrivateKey) -> dict[str, str]:
    """The public key as a JWK; its `kid` is the thumbprint of RFC 7638."""
    made = json.loads(ECAlgorithm.to_jwk(key.public_key()))
    members = {name: made[name] for name in THUMBPRINT_MEMBERS}
    digest = sha256(json.dumps(members, sort_keys=True, separators=(",", ":")).encode()).digest()
    kid = urlsafe_b64encode(digest).rstrip(b"=").decode()
    return {**members, "kid": kid, "use": "sig", "alg": ALGORITHM}


def sign_token(key: EllipticCurvePrivateKey, issuer: TokenIssuer, audience: str) -> str:
    """Sign a token of this client for one call of an address; it lives five minutes."""
    now = int(time.time())
    claims: dict[str, object] = {
        "iss": issuer.iss,
        "aud": audience,
        "iat": now,
        "exp": now + LIFETIME_SECONDS,
        "jti": new_id(),
    }
    if issuer.tenants:
        claims["tenant"] = min(issuer.tenants)
    if issuer.subject is not None:
        claims["sub"] = issuer.subject
    header = {"kid": public_jwk(key)["kid"], "typ": "JWT"}
    if issuer.jku is not None:
        header["jku"] = issuer.jku
    return jwt.encode(claims, key, ALGORITHM, header)
