"""API keys, prefixed with the client's name and stored as hashes.

A key is `CLIENT.SECRET`, and the name selects the hashes to compare with. The secret is 256 random
bits, always generated and never chosen by a person, so that a plain SHA-256 cannot be searched.
"""

import hashlib
import hmac
import re
import secrets
from base64 import b64decode, b64encode
from dataclasses import dataclass
from threading import Lock

SECRET_BYTES = 32
SCRYPT_BYTES = 64 * 1024 * 1024
_DIGEST = r"(?P<digest>[A-Za-z0-9+/]{43}=)"
SHAPE = re.compile(rf"\$sha256\${_DIGEST}\Z")
SCRYPT_SHAPE = re.compile(
    rf"\$scrypt\$ln=(?P<cost>1[0-5]),r=8,p=1\$(?P<salt>[A-Za-z0-9+/]{{22}}==)\${_DIGEST}\Z"
)


@dataclass(frozen=True, slots=True)
class KeyHash:
    """SHA-256 hash of an API key, as stored in the client registry."""

    digest: bytes

    def __str__(self) -> str:
        return f"$sha256${b64encode(self.digest).decode()}"


@dataclass(frozen=True, slots=True)
class ScryptKeyHash:
    """Salted hash of an API key as version 0.1 printed it; accepted for one release more."""

    cost: int
    salt: bytes
    digest: bytes


StoredHash = KeyHash | ScryptKeyHash


def make_key(client_id: str) -> str:
    """Generate a random API key for a client; it is not stored."""
    return f"{client_id}.{secrets.token_urlsafe(SECRET_BYTES)}"


def hash_key(key: str) -> KeyHash:
    """Hash a key."""
    return KeyHash(hashlib.sha256(key.encode()).digest())


def parse_hash(text: str) -> StoredHash:
    """Parse the text form of a hash, as `str(hash)` writes it, or an older one.

    Raises:
        ValueError: the text is not such a hash.
    """
    if (match := SHAPE.match(text)) is not None:
        return KeyHash(b64decode(match["digest"]))
    if (match := SCRYPT_SHAPE.match(text)) is not None:
        salt, digest = b64decode(match["salt"]), b64decode(match["digest"])
        return ScryptKeyHash(int(match["cost"]), salt, digest)
    raise ValueError("not the hash of an API key")


class ApiKeyVerifier:
    """Verifies API keys; of an older, slow hash the fast one is kept once a key has matched it."""

    def __init__(self) -> None:
        self._fast: dict[ScryptKeyHash, KeyHash] = {}
        self._lock = Lock()

    def verify(self, key: str, stored: tuple[StoredHash, ...]) -> bool:
        """Whether the key matches one of the hashes of its client."""
        hashed = hash_key(key)
        return any(self._matches(key, hashed, one) for one in stored)

    def _matches(self, key: str, hashed: KeyHash, stored: StoredHash) -> bool:
        fast = stored if isinstance(stored, KeyHash) else self._fast.get(stored)
        if fast is not None and hmac.compare_digest(hashed.digest, fast.digest):
            return True
        return isinstance(stored, ScryptKeyHash) and self._matches_scrypt(key, hashed, stored)

    def _matches_scrypt(self, key: str, hashed: KeyHash, stored: ScryptKeyHash) -> bool:
        # Serialised, so that a flood of wrong keys uses one thread and 16 MiB of memory at a time.
        with self._lock:
            digest = hashlib.scrypt(
                key.encode(),
                salt=stored.salt,
                n=1 << stored.cost,
                r=8,
                p=1,
                maxmem=SCRYPT_BYTES,
                dklen=len(stored.digest),
            )
        matches = hmac.compare_digest(digest, stored.digest)
        if matches:
            self._fast[stored] = hashed
        return matches
