"""A signed token counts once, for one address, from one registered issuer; else it is refused."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
import requests_mock
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from cobalamin.service.access.errors import AuthenticationError
from cobalamin.service.access.registry import load_registry
from cobalamin.service.access.tokens import KeySetCaches, SignedTokenVerifier, audiences
from cobalamin.service.outgoing.http_client import HttpClient
from cobalamin.service.settings import Settings, SettingsError
from tokens import ISS, JKU, PUBLIC_URL, VIEW, a_token, jwk, jwt_entry, key_set, private_key

FILE = 'jwks_file = "keys.json"'


def tokens_for(
    folder: Path, *entries: str, keys: object = None, used: set[tuple[str, str]] | None = None
) -> SignedTokenVerifier:
    """A check for these clients with a memory of its own."""
    memory: set[tuple[str, str]] = set() if used is None else used
    found = key_set("ec-1", "rsa-1") if keys is None else keys
    (folder / "keys.json").write_text(json.dumps(found), "utf-8")
    (folder / "clients.toml").write_text("\n".join(entries), "utf-8")
    settings = Settings(clients=folder / "clients.toml", public_url=PUBLIC_URL)
    registry = load_registry(settings)
    assert registry is not None

    def remember(iss: str, jti: str, _exp: int) -> bool:
        first = (iss, jti) not in memory
        memory.add((iss, jti))
        return first

    return SignedTokenVerifier(
        registry.clients, PUBLIC_URL, remember, KeySetCaches(HttpClient(settings))
    )


@pytest.fixture
def tokens(tmp_path: Path) -> SignedTokenVerifier:
    return tokens_for(tmp_path, jwt_entry("ehr", keys=FILE))


def refusal(tokens: SignedTokenVerifier, token: str, path: str = VIEW) -> str:
    with pytest.raises(AuthenticationError) as caught:
        tokens.verify(token, path)
    return str(caught.value)


def with_claims(changes: dict[str, Any]) -> str:
    return a_token(**changes)


@pytest.mark.parametrize(("kid", "alg"), [("ec-1", "ES384"), ("rsa-1", "RS384")])
def test_a_good_token_is_its_clients(tokens: SignedTokenVerifier, kid: str, alg: str) -> None:
    assert tokens.verify(a_token(kid, alg), VIEW).id == "ehr"


@pytest.mark.parametrize("claim", ["iss", "aud", "exp", "iat", "jti"])
def test_every_required_claim_is_required(tokens: SignedTokenVerifier, claim: str) -> None:
    told = refusal(tokens, with_claims({claim: None}))
    assert told.endswith(("belongs to no client", f"its claim {claim} is missing"))


@pytest.mark.parametrize(
    ("claim", "seconds", "good"),
    [
        ("exp", -20, True),
        ("exp", -40, False),
        ("iat", 20, True),
        ("iat", 45, False),
        ("nbf", -300, True),
        ("nbf", 20, True),
        ("nbf", 45, False),
    ],
)
def test_times_have_a_leeway_of_half_a_minute(
    tokens: SignedTokenVerifier, claim: str, seconds: int, *, good: bool
) -> None:
    now = int(time.time())
    token = with_claims({"iat": now - 60, claim: now + seconds})
    if good:
        assert tokens.verify(token, VIEW).id == "ehr"
    else:
        assert refusal(tokens, token).endswith(("it has expired", "it is not valid yet"))


@pytest.mark.parametrize(("seconds", "good"), [(3600, True), (3601, False)])
def test_a_token_lives_an_hour_at_most(
    tokens: SignedTokenVerifier, seconds: int, *, good: bool
) -> None:
    now = int(time.time())
    token = a_token(iat=now, exp=now + seconds)
    if good:
        assert tokens.verify(token, VIEW).id == "ehr"
    else:
        assert "lives longer than an hour" in refusal(tokens, token)


@pytest.mark.parametrize(
    "aud",
    [
        PUBLIC_URL,
        PUBLIC_URL + "/cds-services",
        PUBLIC_URL + VIEW + "/",
        "http://b12.example.org" + VIEW,
        "https://other.example.org" + VIEW,
        [PUBLIC_URL + "/cds-services"],
        [],
        7,
    ],
)
def test_a_token_for_another_address_is_refused(tokens: SignedTokenVerifier, aud: object) -> None:
    assert refusal(tokens, a_token(aud=aud)).startswith("a token of ehr: its ")


def test_the_address_called_may_be_one_of_several(tokens: SignedTokenVerifier) -> None:
    token = a_token(aud=["https://other.example.org", PUBLIC_URL + VIEW])
    assert tokens.verify(token, VIEW).id == "ehr"


def test_feedback_may_be_addressed_to_the_service() -> None:
    assert audiences(PUBLIC_URL, VIEW + "/feedback") == [
        PUBLIC_URL + VIEW + "/feedback",
        PUBLIC_URL + VIEW,
    ]
    assert audiences(PUBLIC_URL, VIEW) == [PUBLIC_URL + VIEW]


def test_a_token_counts_once(tokens: SignedTokenVerifier) -> None:
    token = a_token()
    assert tokens.verify(token, VIEW).id == "ehr"
    assert refusal(tokens, token) == "a token of ehr: it was used before"


@pytest.mark.parametrize("jti", ["", "x" * 256, "a\x00b", "\ud800", "two\nlines", 7])
def test_a_jti_that_cannot_be_kept_is_refused(tokens: SignedTokenVerifier, jti: object) -> None:
    assert refusal(tokens, a_token(jti=jti)).endswith(("not printable", "is malformed"))


def test_nothing_that_is_not_verified_is_remembered(tmp_path: Path) -> None:
    used: set[tuple[str, str]] = set()
    tokens = tokens_for(tmp_path, jwt_entry("ehr", keys=FILE), used=used)
    for token in (a_token(key=private_key("ec-2")), a_token(aud="x"), a_token(iat=1, exp=2)):
        refusal(tokens, token)
    assert used == set()
    tokens.verify(a_token(jti="good"), VIEW)
    assert used == {(ISS, "good")}


@pytest.mark.parametrize(
    ("token", "told"),
    [
        (lambda: a_token(key=private_key("ec-2")), "its signature is not that of the key"),
        (lambda: a_token("ec-2"), "its kid is not in the client's key set"),
        (lambda: a_token(headers={"kid": None}), "its header has no kid"),
        (lambda: a_token(headers={"kid": ""}), "its header has no kid"),
        (lambda: a_token(headers={"typ": "at+jwt"}), "its header typ is not JWT"),
        (lambda: a_token(headers={"typ": None}), "its header typ is not JWT"),
        (lambda: a_token("rsa-1", "RS256"), "its algorithm is not one of this client's"),
        (lambda: a_token("rsa-1", "PS384"), "its algorithm is not one of this client's"),
        (lambda: a_token("ec-1", "RS384", key=private_key("rsa-2")), "its kid is not in"),
        (lambda: a_token(headers={"crit": ["exp"]}), "malformed"),
        (lambda: a_token(exp="soon"), "malformed"),
        (lambda: a_token(exp=float("inf")), "malformed"),
        (lambda: a_token(exp=str(int(time.time()) + 60)), "its claim exp is not a number"),
        (lambda: a_token(iat=str(int(time.time()))), "its claim iat is not a number"),
        (lambda: with_claims({"nbf": str(int(time.time()))}), "its claim nbf is not a number"),
        (lambda: with_claims({"nbf": True}), "its claim nbf is not a number"),
        (lambda: jwt.encode({"iss": ISS}, "", "none", {"kid": "ec-1"}), "its algorithm is not"),
    ],
)
def test_what_the_token_says_of_its_key_is_checked(
    tokens: SignedTokenVerifier, token: Callable[[], str], told: str
) -> None:
    assert told in refusal(tokens, token())


def test_the_public_key_is_never_a_shared_secret(tokens: SignedTokenVerifier) -> None:
    public = private_key("rsa-1").public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    forged = jwt.api_jws.PyJWS()
    header = jwt.utils.base64url_encode(b'{"alg":"HS256","typ":"JWT","kid":"rsa-1"}')
    payload = jwt.utils.base64url_encode(json.dumps({"iss": ISS}).encode())
    signature = forged.get_algorithm_by_name("HS256").sign(header + b"." + payload, pem)
    token = b".".join((header, payload, jwt.utils.base64url_encode(signature))).decode()
    assert "its algorithm is not one of this client's" in refusal(tokens, token)


@pytest.mark.parametrize(
    "token",
    [
        "..",
        "a.b.c",
        "e30.e30.",
        "W10.W10.",
        "é.é.é",
        "e30.e30.e30.e30",
        ".".join(["Ww" * 4000] * 3),
    ],
)
def test_what_is_no_token_is_refused(tokens: SignedTokenVerifier, token: str) -> None:
    assert refusal(tokens, token) in (
        "the token is malformed",
        "the token's issuer belongs to no client",
    )


def test_an_unknown_issuer_or_key_set_is_never_asked_for(tmp_path: Path) -> None:
    tokens = tokens_for(tmp_path, jwt_entry("ehr"))
    with requests_mock.Mocker() as network:
        assert "belongs to no client" in refusal(tokens, a_token(iss="https://evil.example.org"))
        evil = a_token(headers={"jku": "https://evil.example.org/jwks.json"})
        assert "jku is not the pinned one" in refusal(tokens, evil)
        assert network.call_count == 0


def test_the_keys_are_fetched_from_the_pinned_address_and_kept(tmp_path: Path) -> None:
    tokens = tokens_for(tmp_path, jwt_entry("ehr"))
    with requests_mock.Mocker() as network:
        network.get(JKU, json=key_set("ec-1"))
        for headers in ({}, {"jku": JKU}):
            assert tokens.verify(a_token(headers=headers), VIEW).id == "ehr"
        assert network.call_count == 1


def test_a_client_with_exchanged_keys_may_name_a_key_set_that_is_not_asked(
    tokens: SignedTokenVerifier,
) -> None:
    with requests_mock.Mocker() as network:
        token = a_token(headers={"jku": "https://sandbox.example.org/jwks.json"})
        assert tokens.verify(token, VIEW).id == "ehr"
        assert network.call_count == 0


@pytest.mark.parametrize(
    ("tenant", "good"),
    [("north", True), ("south", False), (None, False), (["north"], False), ({}, False)],
)
def test_a_tenant_is_one_of_those_listed(tmp_path: Path, tenant: object, *, good: bool) -> None:
    entry = jwt_entry("ehr", keys=FILE, tenants='["north", "west"]')
    tokens = tokens_for(tmp_path, entry)
    if good:
        assert tokens.verify(a_token(tenant=tenant), VIEW).id == "ehr"
    else:
        assert "its tenant is not one" in refusal(tokens, a_token(tenant=tenant))


@pytest.mark.parametrize(("sub", "good"), [("client-1", True), ("client-2", False), (None, False)])
def test_a_subject_is_the_one_that_is_pinned(tmp_path: Path, sub: str, *, good: bool) -> None:
    tokens = tokens_for(tmp_path, jwt_entry("ehr", keys=FILE, subject='"client-1"'))
    if good:
        assert tokens.verify(a_token(sub=sub), VIEW).id == "ehr"
    else:
        refusal(tokens, a_token(sub=sub))


def test_an_algorithm_may_be_allowed_for_one_client(tmp_path: Path) -> None:
    tokens = tokens_for(tmp_path, jwt_entry("ehr", keys=FILE, algorithms='["RS256"]'))
    assert tokens.verify(a_token("rsa-1", "RS256"), VIEW).id == "ehr"
    assert "its algorithm" in refusal(tokens, a_token("rsa-1", "RS384"))


def test_a_key_that_is_too_short_is_refused(tmp_path: Path) -> None:
    short = {"keys": [jwk("rsa-short")]}
    tokens = tokens_for(tmp_path, jwt_entry("ehr", keys=FILE), keys=short)
    with pytest.warns(jwt.warnings.InsecureKeyLengthWarning):
        token = a_token("rsa-short", "RS384")
    assert "its key is too short" in refusal(tokens, token)


def test_a_private_key_in_a_set_is_never_read(tmp_path: Path) -> None:
    shown = {**jwk("ec-1"), "d": "AAAA"}
    tokens = tokens_for(tmp_path, jwt_entry("ehr", keys=FILE), keys={"keys": [shown]})
    assert tokens.verify(a_token(), VIEW).id == "ehr"


def test_keys_may_stand_in_the_registry_itself(tmp_path: Path) -> None:
    members = ", ".join(f'{name} = "{value}"' for name, value in jwk("ec-1").items())
    tokens = tokens_for(tmp_path, jwt_entry("ehr", keys=f"keys = [{{ {members} }}]"))
    assert tokens.verify(a_token(), VIEW).id == "ehr"


@pytest.mark.parametrize(
    "keys",
    [
        [],
        {},
        {"keys": {}},
        {"keys": []},
        {"keys": [7, {}, {"kid": 7}]},
        {"keys": [{"kty": "oct", "kid": "a", "k": "AAAA"}]},
        {"keys": [{"kty": "EC", "kid": "a", "crv": "P-384", "x": "A", "y": "A"}]},
        {"keys": [{"kty": "RSA", "kid": "a"}]},
    ],
)
def test_a_key_set_without_a_usable_key_refuses_the_start(tmp_path: Path, keys: object) -> None:
    with pytest.raises(SettingsError) as caught:
        tokens_for(tmp_path, jwt_entry("ehr", keys=FILE), keys=keys)
    assert str(caught.value).startswith("clients.ehr.jwt: the key set: it must")


def test_an_encryption_key_signs_nothing(tmp_path: Path) -> None:
    keys = {"keys": [jwk("ec-1", use="enc"), jwk("rsa-1")]}
    tokens = tokens_for(tmp_path, jwt_entry("ehr", keys=FILE), keys=keys)
    assert "its kid is not in" in refusal(tokens, a_token())


def test_a_key_for_another_algorithm_is_not_used(tmp_path: Path) -> None:
    keys = {"keys": [jwk("rsa-1", alg="RS256")]}
    tokens = tokens_for(tmp_path, jwt_entry("ehr", keys=FILE), keys=keys)
    assert "its kid is not in" in refusal(tokens, a_token("rsa-1", "RS384"))


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ({"keys": ""}, "jwt: give exactly one of jku, jwks_file, keys"),
        ({"keys": f'jku = "{JKU}"\n{FILE}'}, "jwt: give exactly one of jku, jwks_file, keys"),
        ({"keys": 'jku = "http://ehr.example.org/jwks"'}, "jwt.jku: must be an https address"),
        ({"keys": 'jku = "ftp://127.0.0.1/jwks"'}, "jwt.jku: must be an https address"),
        ({"keys": 'jwks_file = "none.json"'}, "jwt.jwks_file: cannot be read"),
        ({"iss": '""'}, "jwt: iss and algorithms must not be empty"),
        ({"iss": f'"https://{"a" * 505}"'}, "jwt.iss: must have at most 512 characters"),
        ({"algorithms": "[]"}, "jwt: iss and algorithms must not be empty"),
        ({"algorithms": '["HS256"]'}, "Invalid enum value 'HS256'"),
        ({"algorithms": '["none"]'}, "Invalid enum value 'none'"),
        ({"colour": "1"}, "unknown field `colour`"),
    ],
)
def test_a_wrong_entry_refuses_the_start(tmp_path: Path, lines: dict[str, Any], told: str) -> None:
    with pytest.raises(SettingsError) as caught:
        tokens_for(tmp_path, jwt_entry("ehr", **lines))
    (problem,) = caught.value.problems
    assert told in problem


def test_two_clients_never_share_an_issuer(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"clients.b: a has the same jwt\.iss"):
        tokens_for(tmp_path, jwt_entry("a"), jwt_entry("b"))


def test_signed_tokens_need_the_public_address(tmp_path: Path) -> None:
    file = tmp_path / "clients.toml"
    file.write_text(jwt_entry("ehr"), "utf-8")
    with pytest.raises(SettingsError, match="needs COBALAMIN_PUBLIC_URL"):
        load_registry(Settings(clients=file))
