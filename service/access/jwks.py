"""Public keys as a JWK Set has them; what is not a key for signatures is passed over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from jwt import PyJWK
from jwt.exceptions import PyJWTError

FAMILIES = {
    "RS256": "RSA",
    "RS384": "RSA",
    "PS384": "RSA",
    "ES256": "EC",
    "ES384": "EC",
}
PUBLIC = ("kty", "kid", "use", "alg", "n", "e", "crv", "x", "y")


class KeySetError(Exception):
    """A document is no key set, or holds no key that can be used."""


@dataclass(frozen=True, slots=True)
class KeySet:
    """The usable keys of a set by their `kid`, which keys of two families may share.

    Each is built once for each algorithm.
    """

    members: Mapping[str, Sequence[Mapping[str, str]]]
    _built: dict[tuple[str, str], PyJWK | None] = field(default_factory=dict)

    def key(self, kid: str, algorithm: str) -> PyJWK | None:
        """The key of this name, if it is one for the algorithm."""
        wanted = (kid, algorithm)
        if wanted not in self._built:
            if kid not in self.members:
                return None
            built = (_build(key, algorithm) for key in self.members[kid])
            self._built[wanted] = next(filter(None, built), None)
        return self._built[wanted]


def read_key_set(document: object) -> KeySet:
    """The keys of a JWK Set.

    Raises:
        KeySetError: it is no set, or none of its keys can be used.
    """
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise KeySetError("it must be an object with the list `keys`")
    members: dict[str, list[dict[str, str]]] = {}
    for key in filter(_is_usable, listed):
        members.setdefault(key["kid"], []).append(_public(key))
    if not members:
        raise KeySetError("it must hold an RSA or EC key with a `kid`, for signatures")
    return KeySet(members)


def _is_usable(key: object) -> bool:
    if not isinstance(key, dict) or not isinstance(key.get("kid"), str):
        return False
    if key.get("kty") not in FAMILIES.values() or key.get("use", "sig") != "sig":
        return False
    algorithms = [name for name, family in FAMILIES.items() if family == key["kty"]]
    return any(_build(_public(key), algorithm) for algorithm in algorithms)


def _public(key: dict[str, object]) -> dict[str, str]:
    """The public members alone: a set that shows a private key must not bring it in here."""
    return {name: value for name in PUBLIC if isinstance(value := key.get(name), str)}


def _build(key: Mapping[str, str], algorithm: str) -> PyJWK | None:
    if key["kty"] != FAMILIES[algorithm] or key.get("alg", algorithm) != algorithm:
        return None
    try:
        return PyJWK(dict(key), algorithm)
    except (PyJWTError, ValueError, TypeError):
        return None
