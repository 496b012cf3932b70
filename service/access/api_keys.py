"""API keys, prefixed with the client's name and stored as salted hashes.

A key is `CLIENT.SECRET`. The name selects the one hash to compare with, so a wrong key costs one
hash and not one for each client. The secret is always generated, never chosen by a person.
"""

import hashlib
import hmac
import re
import secrets
from base64 import b64decode, b64encode
from dataclasses import dataclass
from threading import Lock

COST, BLOCK, PARALLEL = 14, 8, 1
SALT_BYTES, SECRET_BYTES, DIGEST_BYTES = 16, 32, 32
MEMORY = 64 * 1024 * 1024
SHAPE = re.compile(
    r"\$scrypt\$ln=(?P<cost>1[0-5]),r=8,p=1"
    r"\$(?P<salt>[A-Za-z0-9+/]{22}==)\$(?P<digest>[A-Za-z0-9+/]{43}=)\Z"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyHash:
    """Salted hash of an API key, as stored in the client registry."""

    cost: int
    salt: bytes
    digest: bytes

    def __str__(self) -> str:
        salt, digest = b64encode(self.salt).decode(), b64encode(self.digest).decode()
        return f"$scrypt$ln={self.cost},r={BLOCK},p={PARALLEL}${salt}${digest}"


def make_key(client_id: str) -> str:
    """Generate a random API key for a client; it is not stored."""
    return f"{client_id}.{secrets.token_urlsafe(SECRET_BYTES)}"


def hash_key(key: str) -> KeyHash:
    """Hash a key with a new salt."""
    salt = secrets.token_bytes(SALT_BYTES)
    return KeyHash(cost=COST, salt=salt, digest=_digest(key, salt, COST))


def parse_hash(text: str) -> KeyHash:
    """Parse the text form of a hash, as `str(hash)` writes it.

    Raises:
        ValueError: the text is not such a hash.
    """
    found = SHAPE.match(text)
    if found is None:
        raise ValueError("not the hash of an API key")
    return KeyHash(
        cost=int(found["cost"]), salt=b64decode(found["salt"]), digest=b64decode(found["digest"])
    )


def _digest(key: str, salt: bytes, cost: int) -> bytes:
    return hashlib.scrypt(
        key.encode(), salt=salt, n=1 << cost, r=BLOCK, p=PARALLEL, maxmem=MEMORY, dklen=DIGEST_BYTES
    )


class ApiKeyVerifier:
    """Verifies API keys; the slow hash runs once per process for each correct key."""

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)
        self._verified_marks: dict[str, bytes] = {}
        self._lock = Lock()

    def verify(self, client_id: str, key: str, stored: KeyHash) -> bool:
        """Whether the key matches the stored hash of the client."""
        fingerprint = hashlib.blake2b(key.encode(), key=self._secret).digest()
        if hmac.compare_digest(self._verified_marks.get(client_id, b""), fingerprint):
            return True
        # Serialised, so that a flood of wrong keys uses one thread and 16 MiB of memory at a time.
        with self._lock:
            matches = hmac.compare_digest(_digest(key, stored.salt, stored.cost), stored.digest)
        if matches:
            self._verified_marks[client_id] = fingerprint
        return matches
