"""The doors of the service, and which of them an address lies behind."""

from collections.abc import Iterable
from enum import StrEnum, auto
from functools import lru_cache


class Door(StrEnum):
    """What a client may be let through: EHR calls, laboratory calls, operation."""

    cds = auto()
    lab = auto()
    ops = auto()


BEHIND = {
    "/cds-services": Door.cds,
    "/v1": Door.lab,
    "/fhir": Door.lab,
    "/hl7v2": Door.lab,
    "/ops": Door.ops,
}
OPEN = ("/livez", "/readyz", "/why", "/openapi.json", "/docs")


@lru_cache(maxsize=256)
def door_of(address: str) -> Door | None:
    """The door before an address; None where anybody may ask."""
    for prefix, door in BEHIND.items():
        if _is_below(address, prefix):
            return door
    return None


def unguarded(addresses: Iterable[str]) -> list[str]:
    """The addresses that lie behind no door and are not open to anybody either."""
    return [
        address
        for address in addresses
        if door_of(address) is None and not any(_is_below(address, prefix) for prefix in OPEN)
    ]


def _is_below(address: str, prefix: str) -> bool:
    return address.startswith(prefix) and address[len(prefix) :][:1] in ("", "/")
