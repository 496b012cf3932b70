"""API keys: made with a client's name in front, kept as a salted hash, checked in constant time.

A key is `CLIENT.SECRET`; the name finds the one hash to compare with, so that a wrong key costs one
hash and not one for each client. The secret is always made here, never chosen by a person.
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
    """The salted hash of an API key, as the client registry keeps it."""

    cost: int
    salt: bytes
    digest: bytes

    def __str__(self) -> str:
        salt, digest = b64encode(self.salt).decode(), b64encode(self.digest).decode()
        return f"$scrypt$ln={self.cost},r={BLOCK},p={PARALLEL}${salt}${digest}"


def make_key(client_id: str) -> str:
    """A new key for a client; nobody can guess it, and it is kept nowhere."""
    return f"{client_id}.{secrets.token_urlsafe(SECRET_BYTES)}"


def hash_key(key: str) -> KeyHash:
    """The hash of a key under a new salt."""
    salt = secrets.token_bytes(SALT_BYTES)
    return KeyHash(cost=COST, salt=salt, digest=_digest(key, salt, COST))


def read_hash(text: str) -> KeyHash:
    """The hash that a text made by `str(hash)` holds.

    Raises:
        ValueError: the text is no such hash.
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


class KeyCheck:
    """Whether a key is a client's own; the slow hash runs once a process for each right key."""

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)
        self._right: dict[str, bytes] = {}
        self._one_at_a_time = Lock()

    def is_right(self, client_id: str, key: str, kept: KeyHash) -> bool:
        """Whether the key has the hash that is kept for the client."""
        mark = hashlib.blake2b(key.encode(), key=self._secret).digest()
        if hmac.compare_digest(self._right.get(client_id, b""), mark):
            return True
        # One at a time: a flood of wrong keys costs one thread and 16 MiB, not all of them.
        with self._one_at_a_time:
            right = hmac.compare_digest(_digest(key, kept.salt, kept.cost), kept.digest)
        if right:
            self._right[client_id] = mark
        return right
