"""Parses JWK Sets (RFC 7517); entries that are not signature keys are ignored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from jwt import PyJWK
from jwt.exceptions import PyJWTError

KEY_TYPE_BY_ALGORITHM = {
    "RS256": "RSA",
    "RS384": "RSA",
    "PS384": "RSA",
    "ES256": "EC",
    "ES384": "EC",
}
PUBLIC_MEMBERS = ("kty", "kid", "use", "alg", "n", "e", "crv", "x", "y")


class KeySetError(Exception):
    """The document is not a JWK Set."""


@dataclass(frozen=True, slots=True)
class KeySet:
    """Usable keys of a JWK Set by `kid`, which keys of different types may share.

    A key is built once for each algorithm.
    """

    members: Mapping[str, Sequence[Mapping[str, str]]]
    _built: dict[tuple[str, str], PyJWK | None] = field(default_factory=dict)

    def key(self, kid: str, algorithm: str) -> PyJWK | None:
        """Return the key with this `kid` if it supports the algorithm, else None."""
        cache_key = (kid, algorithm)
        if cache_key not in self._built:
            if kid not in self.members:
                return None
            built = (_build(key, algorithm) for key in self.members[kid])
            self._built[cache_key] = next(filter(None, built), None)
        return self._built[cache_key]


def parse_key_set(document: object) -> KeySet:
    """Parse a JWK Set; one without usable keys is believed: its keys were withdrawn.

    Raises:
        KeySetError: it is not a JWK Set.
    """
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list) or not all(isinstance(key, dict) for key in listed):
        raise KeySetError("it must be an object with the list `keys` of objects")
    members: dict[str, list[dict[str, str]]] = {}
    for key in filter(_is_usable, listed):
        members.setdefault(key["kid"], []).append(_public(key))
    return KeySet(members)


def _is_usable(key: object) -> bool:
    if not isinstance(key, dict) or not isinstance(key.get("kid"), str):
        return False
    if key.get("kty") not in KEY_TYPE_BY_ALGORITHM.values() or key.get("use", "sig") != "sig":
        return False
    algorithms = [name for name, family in KEY_TYPE_BY_ALGORITHM.items() if family == key["kty"]]
    return any(_build(_public(key), algorithm) for algorithm in algorithms)


def _public(key: dict[str, object]) -> dict[str, str]:
    """Keep only public members, so that a private key in the set is never loaded."""
    return {name: value for name in PUBLIC_MEMBERS if isinstance(value := key.get(name), str)}


def _build(key: Mapping[str, str], algorithm: str) -> PyJWK | None:
    if key["kty"] != KEY_TYPE_BY_ALGORITHM[algorithm] or key.get("alg", algorithm) != algorithm:
        return None
    try:
        return PyJWK(dict(key), algorithm)
    except (PyJWTError, ValueError, TypeError):
        return None
