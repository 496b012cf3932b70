"""Reads from a client's FHIR server what a call did not bring: all lists at once, in one time.

Nothing here fails. What could not be had is named with the reason, and stays not known.
"""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from http import HTTPStatus
from threading import Lock
from time import monotonic
from urllib.parse import urljoin, urlsplit, urlunsplit

from cobalamin.fhir.client.circuit_breaker import Breaker
from cobalamin.fhir.client.read_back import PAGE, Access, Missing, ReadBack
from cobalamin.fhir.decode.bundles import next_page
from cobalamin.fhir.decode.issues import Remark
from cobalamin.fhir.decode.json_repair import readable
from cobalamin.fhir.decode.resources import FAULTS
from cobalamin.service.outgoing.abortable import Line
from cobalamin.service.outgoing.addresses import origin
from cobalamin.service.outgoing.http_client import Web, WebError, Why

THREADS = 20
MOST_PAGES = 5
LONGEST_ADDRESS = 16 * 1024
LARGEST_LIST, LARGEST_ALL = 4 * 1024 * 1024, 8 * 1024 * 1024
REMARKS = {
    Why.late: Remark.read_back_late,
    Why.unreachable: Remark.read_back_unreachable,
    Why.untrusted: Remark.read_back_untrusted,
    Why.denied: Remark.read_back_denied,
    Why.redirected: Remark.read_back_redirected,
    Why.failed: Remark.read_back_failed,
    Why.broken: Remark.read_back_broken,
    Why.too_large: Remark.read_back_too_large,
}
UNWELL = frozenset({Why.late, Why.unreachable, Why.untrusted, Why.broken})


class Servers:
    """Asks the FHIR servers of the registry, each with its own bounded number of threads.

    A name lookup cannot be ended: a server that is not found may keep its threads, but no other's.
    """

    def __init__(self, web: Web, addresses: Iterable[str]) -> None:
        self._web = web
        self._breakers = {address: Breaker() for address in addresses}
        self._threads = {one: ThreadPoolExecutor(THREADS, "read-back") for one in self._breakers}

    def read(self, missing: Missing, access: Access, until: float) -> ReadBack:
        """What the server gives of it until then, on the monotonic clock."""
        breaker = self._breakers[access.server]
        if not breaker.allows():
            keys = (*missing.queries, *missing.next_pages)
            return ReadBack(pages={}, missed=dict.fromkeys(keys, Remark.read_back_paused))
        call = _Call(self._web, access, until)
        lists = {
            key: _List(call, f"{access.server}/{query}", _kind(key), MOST_PAGES)
            for key, query in missing.queries.items()
        }
        for key, url in missing.next_pages.items():
            lists[key] = _List(call, url, _kind(key), MOST_PAGES - 1)
        _run(self._threads[access.server], lists.values(), until)
        heard = [one for one in lists.values() if one.asked or one.unwell]
        if heard:
            breaker.told(answered=not all(one.unwell for one in heard))
        return ReadBack(
            pages={key: tuple(one.pages) for key, one in lists.items() if one.pages},
            missed={key: one.missed for key, one in lists.items() if one.missed is not None},
        )


def _run(threads: ThreadPoolExecutor, lists: Iterable["_List"], until: float) -> None:
    futures = {threads.submit(one.read): one for one in lists}
    done, late = wait(futures, max(until - monotonic(), 0))
    for future in late:
        future.cancel()
        futures[future].end()
    for future in done:
        future.result()


class _MissedError(Exception):
    """A page was not had."""

    def __init__(self, remark: Remark) -> None:
        super().__init__(remark.code)
        self.remark = remark


class _Call:
    """What the lists of one call have in common: server, token, end, and how much may come."""

    def __init__(self, web: Web, access: Access, until: float) -> None:
        self._web, self._until, self._server = web, until, access.server
        self._headers = {
            "Accept": "application/fhir+json",
            "Authorization": f"Bearer {access.token}",
        }
        self._left, self._taking = LARGEST_ALL, Lock()

    def get(self, url: str, line: Line) -> bytes:
        """One page, at an address that `own` gave.

        Raises:
            WebError: it was not had.
        """
        body = self._web.get(url, self._headers, line=line, until=self._until, largest=LARGEST_LIST)
        with self._taking:
            self._left -= len(body)
            if self._left < 0:
                raise WebError(Why.too_large)
        return readable(body)

    def own(self, url: str) -> str:
        """The address at the server's own host, however another may read the one that was sent.

        Raises:
            WebError: it is longer than a server reads.
            _MissedError: it lies on another server, where the token must not go.
        """
        if len(url) > LONGEST_ADDRESS:  # no server reads it, and taking it apart takes too long
            raise WebError(Why.too_large)
        with suppress(ValueError):
            whole = urljoin(f"{self._server}/", url)
            if origin(whole) == origin(self._server):
                own, asked = urlsplit(self._server), urlsplit(whole)
                return urlunsplit((own.scheme, own.netloc, asked.path, asked.query, ""))
        raise _MissedError(Remark.read_back_elsewhere)


class _List:
    """One list, read page by page in a thread; what was had by the end counts."""

    def __init__(self, call: _Call, url: str, kind: str, most: int) -> None:
        self._call, self._url, self._kind, self._most = call, url, kind, most
        self._line, self._ending = Line(), Lock()
        self._ended = False
        self.asked = self.unwell = False
        self.pages: list[bytes] = []
        self.missed: Remark | None = None

    def read(self) -> None:
        """Fill the pages, until there are no more or one cannot be had."""
        url: str | None = self._url
        try:
            for _ in range(self._most):
                if url is None:
                    break
                address = self._call.own(url)
                self.asked = True
                body = self._call.get(address, self._line)
                url = _page_after(body, self._kind)
                self._keep(body)
        except WebError as error:
            self._miss(REMARKS[error.why], unwell=error.why in UNWELL or _is_down(error.status))
        except _MissedError as missed:
            self._miss(missed.remark, unwell=False)
        with self._ending:
            self._ended = True

    def end(self) -> None:
        """No more is waited for; what comes from now on is not kept."""
        self._miss(Remark.read_back_late, unwell=True)
        with self._ending:
            self._ended = True
        self._line.cut()

    def _keep(self, body: bytes) -> None:
        with self._ending:
            if not self._ended:
                self.pages.append(body)

    def _miss(self, remark: Remark, *, unwell: bool) -> None:
        with self._ending:
            if not self._ended:
                self.missed, self.unwell = remark, unwell and not self.pages


def _is_down(status: int | None) -> bool:
    """Whether a server says that it fails; one that lacks a type of resource is well."""
    failed = HTTPStatus.INTERNAL_SERVER_ERROR
    return status is not None and status >= failed and status != HTTPStatus.NOT_IMPLEMENTED


def _kind(key: str) -> str:
    return "Patient" if key == "patient" else "Bundle"


def _page_after(body: bytes, kind: str) -> str | None:
    """The address of the page after this one.

    Raises:
        _MissedError: this is no page.
    """
    try:
        page = PAGE.decode(body)
    except FAULTS:
        raise _MissedError(Remark.read_back_not_fhir) from None
    if page.resourceType != kind:
        raise _MissedError(Remark.read_back_not_fhir)
    return next_page(page.link)
