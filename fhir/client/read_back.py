"""What a call did not bring, where it may be read back, and what came of that."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import msgspec
from msgspec import Struct

from cobalamin.fhir.decode.bundles import next_page
from cobalamin.fhir.decode.issues import Remark
from cobalamin.fhir.decode.resources import FAULTS, NONE

NEXT = b'"next"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """A server that the registry names, and the token of this one call, which is never shown."""

    server: str
    token: str = field(repr=False)


class Missing(Struct, frozen=True, kw_only=True):
    """What to ask for each list: its query below the server, or the address of its next page."""

    queries: Mapping[str, str]
    next_pages: Mapping[str, str]


class ReadBack(Struct, frozen=True, kw_only=True):
    """The pages that were had of each list, and why one or the rest of it is missing."""

    pages: Mapping[str, tuple[bytes, ...]]
    missed: Mapping[str, Remark]


class Reader(Protocol):
    """Whoever can ask a FHIR server."""

    def read(self, missing: Missing, access: Access, until: float) -> ReadBack:
        """What the server gives of it until then, on the monotonic clock."""


class Page(msgspec.Struct):
    """What is asked of a page before it is read."""

    resourceType: str
    link: msgspec.Raw = NONE


PAGE = msgspec.json.Decoder(Page)


def next_pages(lists: Mapping[str, msgspec.Raw]) -> dict[str, str]:
    """The address of the next page of every list that has one."""
    found = {key: _after(raw) for key, raw in lists.items() if NEXT in bytes(raw)}
    return {key: url for key, url in found.items() if url is not None}


def _after(raw: msgspec.Raw) -> str | None:
    try:
        return next_page(PAGE.decode(raw).link)
    except FAULTS:
        return None
