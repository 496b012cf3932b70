"""Keyed hashes: of what identifies a patient, and of the rows of the audit trail themselves.

HMAC-SHA256 (RFC 2104). Each purpose has a key of its own, derived from the one of the settings, so
that the hash of a row says nothing about that of a patient.
"""

import hmac
import re
from collections.abc import Sequence

SHORT = 32
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")


class AuditKey:
    """One secret, and the keys derived from it."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self._chain = self._derive("chain")
        self._values = self._derive("value")
        self.id = self._derive("id").hex()[:SHORT]

    def _derive(self, purpose: str) -> bytes:
        return hmac.digest(self._secret, f"cobalamin audit {purpose}".encode(), "sha256")

    def hash_value(self, kind: str, *parts: str | bytes) -> str:
        """The keyed hash of a value as 32 hexadecimal digits; `kind` keeps like values apart."""
        texts = [part if isinstance(part, bytes) else _encode(part) for part in parts]
        message = b"".join(b"%d:%s" % (len(text), text) for text in (_encode(kind), *texts))
        return hmac.digest(self._values, message, "sha256").hex()[:SHORT]

    def hash_unless_uuid(self, kind: str, text: str) -> str:
        """A UUID as it is, as it names nobody; anything else as its keyed hash."""
        return text if _UUID.match(text) else self.hash_value(kind, text)

    def seal(self, *parts: str | bytes) -> str:
        """The code that only a holder of the key can make for these parts."""
        texts = [part if isinstance(part, bytes) else _encode(part) for part in parts]
        message = b"".join(b"%d:%s" % (len(text), text) for text in texts)
        return hmac.digest(self._chain, message, "sha256").hex()


class AuditKeys:
    """The keys of the settings, one a line: the first one writes, all of them verify."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self.current = AuditKey(secrets[0])
        self._by_id = {key.id: key for key in map(AuditKey, secrets)}

    def hash_by_each(self, kind: str, *parts: str | bytes) -> tuple[str, ...]:
        """The keyed hash of a value by every key, that of the current one first."""
        return tuple(key.hash_value(kind, *parts) for key in self._by_id.values())

    def find(self, key_id: str) -> AuditKey | None:
        """The key with this identifier; None if it is not among the settings."""
        return self._by_id.get(key_id)


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
