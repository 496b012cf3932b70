"""The client registry is read strictly, and every entry's fault is named."""

import json
from ipaddress import ip_network
from pathlib import Path

import pytest

from clients import SUBJECT, entry, key_entry
from cobalamin.service.access.api_keys import hash_key, make_key, parse_hash
from cobalamin.service.access.clients import ApiKeys, Certificate, ClientKind
from cobalamin.service.access.registry import Registry, load_registry
from cobalamin.service.access.scopes import Scope, scope_of, undecided
from cobalamin.service.knowledge.profile_list import profile_ids
from cobalamin.service.settings import Environment, Settings, SettingsError

PROXIES = (ip_network("10.0.0.0/8"),)


def registry_of(folder: Path, *entries: str, proxied: bool = True) -> Registry:
    file = folder / "clients.toml"
    file.write_text("\n".join(entries), "utf-8")
    found = load_registry(
        Settings(
            environment=Environment.production,
            clients=file,
            trusted_proxies=PROXIES if proxied else (),
        )
    )
    assert found is not None
    return found


def problems_of(folder: Path, *entries: str, proxied: bool = True) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        registry_of(folder, *entries, proxied=proxied)
    return caught.value.problems


def test_an_entry_says_doors_profile_kind_and_credential(tmp_path: Path) -> None:
    registry = registry_of(
        tmp_path,
        '[cors]\norigins = ["https://ehr.example.org"]',
        key_entry("ehr", "cds lab", "us-aafp") + 'kind = "epic"',
        entry("gateway", "lab", f'certificate = "{SUBJECT}"'),
    )
    ehr, gateway = registry.clients
    assert (ehr.id, ehr.profile, ehr.kind) == ("ehr", "us-aafp", ClientKind.epic)
    assert ehr.scopes == {Scope.cds, Scope.lab}
    assert isinstance(ehr.credential, ApiKeys)
    assert gateway.kind is ClientKind.generic
    assert gateway.credential == Certificate(subject=SUBJECT)
    assert registry.origins == {"https://ehr.example.org"}


def test_an_entry_names_the_fhir_servers_of_its_client(tmp_path: Path) -> None:
    named = 'fhir_servers = ["https://ehr.example.org/fhir/", "http://127.0.0.1:8080/fhir"]'
    ehr, other = registry_of(
        tmp_path, key_entry("ehr", "cds") + named, key_entry("other", "cds")
    ).clients
    assert ehr.fhir_servers == ("https://ehr.example.org/fhir", "http://127.0.0.1:8080/fhir")
    assert other.fhir_servers == ()


def test_an_entry_may_have_a_limit_of_its_own(tmp_path: Path) -> None:
    own, other = registry_of(
        tmp_path, key_entry("own", "cds") + "rate_limit = 120", key_entry("other", "cds")
    ).clients
    assert (own.rate_limit, other.rate_limit) == (120, None)


@pytest.mark.parametrize("limit", ["0", "-1", "1.5", '"60"', "true", "[60]"])
def test_a_limit_of_an_entry_is_a_whole_number_of_at_least_one(tmp_path: Path, limit: str) -> None:
    (problem,) = problems_of(tmp_path, key_entry("a", "cds") + f"rate_limit = {limit}")
    assert problem.startswith("clients.toml: clients.a:")
    assert "rate_limit" in problem


@pytest.mark.parametrize(
    "server",
    [
        "http://ehr.example.org/fhir",
        "ehr.example.org/fhir",
        "https://",
        "https:///fhir",
        "https://user:secret@ehr.example.org/fhir",
        "https://ehr.example.org/fhir?tenant=1",
        "https://ehr.example.org/fhir#x",
        "https://ehr.example.org:port/fhir",
        "https://[/fhir",
        "file:///etc/passwd",
        "",
    ],
)
def test_a_fhir_server_is_a_safe_address_and_no_more(tmp_path: Path, server: str) -> None:
    (problem,) = problems_of(tmp_path, key_entry("a", "cds") + f'fhir_servers = ["{server}"]')
    assert "clients.a: fhir_servers: each must be an https address" in problem
    assert "secret" not in problem


def test_no_registry_is_none() -> None:
    assert load_registry(Settings(environment=Environment.development)) is None


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (entry("a", "cds", ""), "clients.a: give exactly one of"),
        (key_entry("a", "cds") + f'certificate = "{SUBJECT}"', "clients.a: give exactly one of"),
        (entry("a", "cds", 'api_key = "plain-4711"'), "clients.a: api_key: must be the hash"),
        (entry("a", "cds", 'certificate = " "'), "clients.a: certificate: must be the subject"),
        (key_entry("a", ""), "clients.a: doors: name at least one"),
        (key_entry("a", "kitchen"), "clients.a: Invalid enum value 'kitchen'"),
        (
            key_entry("a", "cds", "mars"),
            f"clients.a: profile: must be {' or '.join(profile_ids())}",
        ),
        (key_entry("a", "cds") + 'kind = "alien"', "clients.a: Invalid enum value 'alien'"),
        (key_entry("a", "cds") + "colour = 1", "clients.a: Object contains unknown field `colour`"),
        (key_entry("A_b", "cds"), "clients.A_b: use lower-case letters"),
        (
            key_entry("a", "lab") + 'fhir_servers = ["https://a"]',
            "clients.a: fhir_servers: are read",
        ),
        (key_entry("a", "cds") + 'fhir_servers = "https://a"', "clients.a: Expected `array`"),
        ("[clients.a]", "clients.a: Object missing required field `doors`"),
        ("[clients]", "clients: is empty"),
        ("", "Object missing required field `clients`"),
        ("[clients", "at end of document"),
        ("other = 1", "Object contains unknown field `other`"),
        (key_entry("a", "cds") * 2, "clients"),
    ],
)
def test_an_entry_that_cannot_be_used_is_named(tmp_path: Path, wrong: str, told: str) -> None:
    (problem,) = problems_of(tmp_path, wrong)
    assert problem.startswith("clients.toml: ")
    assert told in problem
    assert "4711" not in problem


@pytest.mark.parametrize("origin", ["*", "ehr.example.org", "https://a.example/x", "https://*.a.b"])
def test_an_origin_is_scheme_and_host(tmp_path: Path, origin: str) -> None:
    cors = f'[cors]\norigins = ["{origin}"]'
    (problem,) = problems_of(tmp_path, key_entry("a", "cds"), cors)
    assert "cors.origins[0]: must be scheme and host" in problem


@pytest.mark.parametrize(
    "origin", ["https://EHR.example.org", "https://ehr.example.org:443", "http://localhost:80"]
)
def test_an_origin_is_spelt_as_browsers_send_it(tmp_path: Path, origin: str) -> None:
    cors = f'[cors]\norigins = ["{origin}"]'
    (problem,) = problems_of(tmp_path, key_entry("a", "cds"), cors)
    assert "cors.origins[0]: must be as browsers send it" in problem


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    wrong = (entry(name, "cds", "") for name in ("a", "b", "c"))
    assert len(problems_of(tmp_path, *wrong)) == 3


def test_a_certificate_needs_a_proxy_to_believe(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path, entry("a", "lab", 'certificate = "CN=a"'), proxied=False)
    assert "COBALAMIN_TRUSTED_PROXIES" in problem


def test_one_subject_is_one_client(tmp_path: Path) -> None:
    same = (entry(name, "lab", 'certificate = "CN=a"') for name in ("a", "b"))
    (problem,) = problems_of(tmp_path, *same)
    assert "clients.b: a has the same certificate" in problem


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_registry_that_cannot_be_read_is_told(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "clients.toml"
    if content:
        file.write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        load_registry(Settings(clients=file))
    assert caught.value.problems == ("COBALAMIN_CLIENTS: the file cannot be read",)


def test_a_hash_is_read_as_it_was_written_and_every_key_is_new() -> None:
    key = make_key("ehr")
    hashed = hash_key(key)
    assert parse_hash(str(hashed)) == hashed
    assert key not in str(hashed)
    assert hash_key(make_key("ehr")) != hashed


@pytest.mark.parametrize("hashes", [[], ["$sha256$x"], [str(hash_key("ehr.a"))] * 3])
def test_a_client_has_one_key_or_two(tmp_path: Path, hashes: list[str]) -> None:
    with pytest.raises(SettingsError, match=r"clients\.ehr: api_key: "):
        registry_of(tmp_path, entry("ehr", "cds", f"api_key = {json.dumps(hashes)}"))


@pytest.mark.parametrize(
    ("address", "scope"),
    [
        ("/cds-services", Scope.cds),
        ("/cds-services/", Scope.cds),
        ("/cds-services/<service_id>", Scope.cds),
        ("/v1/assessments", Scope.lab),
        ("/fhir/$b12-assess", Scope.lab),
        ("/hl7v2", Scope.lab),
        ("/ops/audit", Scope.ops),
        ("/livez", None),
        ("/v10", None),
        ("/", None),
    ],
)
def test_an_address_lies_behind_its_door(address: str, scope: Scope | None) -> None:
    assert scope_of(address) is scope


def test_an_address_that_nobody_decided_about_is_found() -> None:
    assert undecided(["/v1/x", "/livez", "/livezz", "/new", "/why/<topic>"]) == ["/livezz", "/new"]
