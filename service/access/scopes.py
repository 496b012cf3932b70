"""Scopes of the service, and the scope that each address requires."""

from collections.abc import Iterable
from enum import StrEnum, auto
from functools import lru_cache


class Scope(StrEnum):
    """What a client may call: CDS Hooks, laboratory addresses, operations."""

    cds = auto()
    lab = auto()
    ops = auto()


SCOPE_BY_PREFIX = {
    "/cds-services": Scope.cds,
    "/v1": Scope.lab,
    "/fhir": Scope.lab,
    "/hl7v2": Scope.lab,
    "/try": Scope.lab,
    "/ops": Scope.ops,
}
PUBLIC_PREFIXES = ("/livez", "/readyz", "/why", "/openapi.json", "/docs", "/knowledge", "/")


@lru_cache(maxsize=256)
def scope_of(address: str) -> Scope | None:
    """The scope that an address requires; None if it is public."""
    for prefix, scope in SCOPE_BY_PREFIX.items():
        if _is_below(address, prefix):
            return scope
    return None


def undecided(addresses: Iterable[str]) -> list[str]:
    """The addresses that have no scope and are not listed as public."""
    return [
        address
        for address in addresses
        if scope_of(address) is None
        and not any(_is_below(address, prefix) for prefix in PUBLIC_PREFIXES)
    ]


def _is_below(address: str, prefix: str) -> bool:
    return address.startswith(prefix) and address[len(prefix) :][:1] in ("", "/")
