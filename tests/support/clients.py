"""A client registry as tests meet it: one client for each credential and scope."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from flask import Flask

from app import app_with
from cobalamin.service.access.api_keys import hash_key, make_key
from cobalamin.service.environment_reader import IPNetwork

PROXY = "10.1.2.3"
SUBJECT = "CN=gateway,O=Hospital"


@cache
def key_of(client_id: str) -> tuple[str, str]:
    """A key and its hash, the same for the whole run."""
    key = make_key(client_id)
    return key, str(hash_key(key))


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """What a client sends: its headers, and the address that it seems to come from."""

    headers: dict[str, str] = field(default_factory=dict)
    peer: str = "192.0.2.7"


def with_key(client_id: str) -> Caller:
    """The client with its right API key."""
    return Caller(headers={"Authorization": f"Bearer {key_of(client_id)[0]}"})


def with_certificate(subject: str = SUBJECT, peer: str = PROXY) -> Caller:
    """What the proxy passes on of a client certificate."""
    headers = {"X-SSL-Client-S-DN": subject, "X-SSL-Client-Verify": "SUCCESS"}
    return Caller(headers=headers, peer=peer)


def entry(client_id: str, doors: str, credential: str, profile: str = "uk-nice") -> str:
    """A table of the registry; `doors` as in "cds lab"."""
    names = ", ".join(f'"{door}"' for door in doors.split())
    return f'[clients.{client_id}]\ndoors = [{names}]\nprofile = "{profile}"\n{credential}\n'


def key_entry(client_id: str, doors: str, profile: str = "uk-nice") -> str:
    """A table with the hash of the client's API key."""
    return entry(client_id, doors, f'api_key = "{key_of(client_id)[1]}"', profile)


def write_registry(folder: Path, *entries: str) -> Path:
    """The registry file with these tables."""
    file = folder / "clients.toml"
    file.write_text("\n".join(entries), "utf-8")
    return file


def guarded(folder: Path, *entries: str, proxies: tuple[IPNetwork, ...] = ()) -> Flask:
    """An application with these tables as its registry."""
    return app_with(clients=write_registry(folder, *entries), trusted_proxies=proxies)
