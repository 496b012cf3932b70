"""Request and result of fetching the lists that a CDS Hooks request did not prefetch."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import msgspec
from msgspec import Struct

from cobalamin.fhir.decode.bundles import next_page
from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.resources import DECODE_ERRORS, NONE

NEXT = b'"next"'


@dataclass(frozen=True, slots=True, kw_only=True)
class FhirServerAccess:
    """FHIR server of the client registry and the access token of this request; never logged."""

    server: str
    token: str = field(repr=False)


class FetchRequest(Struct, frozen=True, kw_only=True):
    """Per list: the query relative to the server, or the address of its next page."""

    queries: Mapping[str, str]
    next_pages: Mapping[str, str]


class FetchResult(Struct, frozen=True, kw_only=True):
    """Pages per list, and why a list, or the rest of it, could not be fetched."""

    pages: Mapping[str, tuple[bytes, ...]]
    failures: Mapping[str, Issue]


class FhirFetcher(Protocol):
    """Fetches lists from the client's FHIR server."""

    def fetch(
        self, request: FetchRequest, access: FhirServerAccess, deadline: float
    ) -> FetchResult:
        """Fetch what the server returns before the deadline on the monotonic clock."""


class Page(msgspec.Struct):
    """Type and links of a page."""

    resourceType: str
    link: msgspec.Raw = NONE


PAGE = msgspec.json.Decoder(Page)


def next_pages(lists: Mapping[str, msgspec.Raw]) -> dict[str, str]:
    """The address of the next page of each prefetched list that has one."""
    addresses = {key: _next_page(raw) for key, raw in lists.items() if NEXT in bytes(raw)}
    return {key: url for key, url in addresses.items() if url is not None}


def _next_page(raw: msgspec.Raw) -> str | None:
    try:
        return next_page(PAGE.decode(raw).link)
    except DECODE_ERRORS:
        return None
