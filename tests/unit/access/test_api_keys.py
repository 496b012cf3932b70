"""API keys and their hashes, those of older versions included."""

import hashlib
from base64 import b64encode

import pytest

from cobalamin.service.access.api_keys import ApiKeyVerifier, hash_key, make_key, parse_hash

SALT = b"0123456789abcdef"


def scrypt_hash(key: str, parameters: str = "ln=14,r=8,p=1") -> str:
    """A hash as version 0.1 printed it."""
    digest = hashlib.scrypt(key.encode(), salt=SALT, n=1 << 14, r=8, p=1, dklen=32)
    salt, text = b64encode(SALT).decode(), b64encode(digest).decode()
    return f"$scrypt${parameters}${salt}${text}"


@pytest.mark.parametrize("make_hash", [scrypt_hash, lambda key: str(hash_key(key))])
def test_only_the_key_itself_matches(make_hash: object) -> None:
    assert callable(make_hash)
    key, other = make_key("ehr"), make_key("ehr")
    stored = (parse_hash(make_hash(key)),)
    verifier = ApiKeyVerifier()
    for _ in range(2):
        assert verifier.verify(key, stored)
        assert not verifier.verify(other, stored)
        assert not verifier.verify(key[:-1], stored)
    assert not verifier.verify(key, ())


def test_two_keys_are_accepted_while_one_replaces_the_other() -> None:
    old, new = make_key("ehr"), make_key("ehr")
    stored = (parse_hash(scrypt_hash(old)), hash_key(new))
    verifier = ApiKeyVerifier()
    assert verifier.verify(old, stored)
    assert verifier.verify(new, stored)
    assert not verifier.verify(make_key("ehr"), stored)


def test_a_key_with_an_older_hash_is_hashed_slowly_once(monkeypatch: pytest.MonkeyPatch) -> None:
    key = make_key("ehr")
    stored = (parse_hash(scrypt_hash(key)),)
    verifier = ApiKeyVerifier()
    assert verifier.verify(key, stored)
    slow: list[int] = []

    def hash_wrongly(*_: object, n: int, **__: object) -> bytes:
        slow.append(n)
        return b""

    monkeypatch.setattr("hashlib.scrypt", hash_wrongly)
    assert verifier.verify(key, stored)
    assert slow == []
    assert not verifier.verify(key + "x", stored)
    assert slow == [1 << 14]


def test_a_wrong_key_costs_no_slow_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or a flood of them would hold up everybody."""
    monkeypatch.delattr("hashlib.scrypt")
    stored = (hash_key(make_key("ehr")), hash_key(make_key("ehr")))
    verifier = ApiKeyVerifier()
    assert not any(verifier.verify(make_key("ehr"), stored) for _ in range(100))


@pytest.mark.parametrize("parameters", ["ln=31,r=8,p=1", "ln=9,r=8,p=1", "ln=14,r=80,p=1"])
def test_an_older_hash_of_another_cost_is_refused(parameters: str) -> None:
    with pytest.raises(ValueError, match="not the hash of an API key"):
        parse_hash(scrypt_hash("ehr.x", parameters))
