"""Fetches the lists that a request lacks from the client's FHIR server, in parallel.

Nothing here raises to the caller: a list that could not be fetched is returned with the reason.
"""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from http import HTTPStatus
from threading import BoundedSemaphore, Lock
from time import monotonic
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

from cobalamin.fhir.client.circuit_breaker import CircuitBreaker
from cobalamin.fhir.client.read_back import PAGE, FetchRequest, FetchResult, FhirServerAccess
from cobalamin.fhir.decode.bundles import next_page
from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.json_repair import normalise
from cobalamin.fhir.decode.repeated_keys import find_repeated_key
from cobalamin.fhir.decode.resources import DECODE_ERRORS
from cobalamin.service.outgoing.abortable import AbortHandle
from cobalamin.service.outgoing.addresses import origin
from cobalamin.service.outgoing.http_client import FailureReason, HttpClient, HttpClientError
from cobalamin.service.tracing.attributes import Attribute
from cobalamin.service.tracing.recording import TRACING, Span

THREADS = 20
MAX_FETCHES = 24
"""Requests that may wait for FHIR servers at once; fewer than the threads that answer requests."""
MAX_PAGES = 5
TRACEPARENT = "traceparent"
MAX_ADDRESS_LENGTH = 16 * 1024
MAX_LIST_BYTES, MAX_TOTAL_BYTES = 4 * 1024 * 1024, 8 * 1024 * 1024
ISSUES = {
    FailureReason.late: Issue.read_back_late,
    FailureReason.unreachable: Issue.read_back_unreachable,
    FailureReason.untrusted: Issue.read_back_untrusted,
    FailureReason.denied: Issue.read_back_denied,
    FailureReason.redirected: Issue.read_back_redirected,
    FailureReason.failed: Issue.read_back_failed,
    FailureReason.broken: Issue.read_back_broken,
    FailureReason.too_large: Issue.read_back_too_large,
}
OUTAGES = frozenset(
    {FailureReason.late, FailureReason.unreachable, FailureReason.untrusted, FailureReason.broken}
)


class FhirClient:
    """Fetches from the FHIR servers of the registry, each with its own bounded thread pool.

    A DNS lookup cannot be aborted, so a server that does not resolve may block its own threads,
    but never those of another.
    """

    def __init__(self, web: HttpClient, addresses: Iterable[str]) -> None:
        self._web, self._fetches = web, BoundedSemaphore(MAX_FETCHES)
        self._breakers = {address: CircuitBreaker() for address in addresses}
        self._pools = {
            address: ThreadPoolExecutor(THREADS, "read-back") for address in self._breakers
        }

    def fetch(
        self, request: FetchRequest, access: FhirServerAccess, deadline: float
    ) -> FetchResult:
        """Fetch what the server returns before the deadline on the monotonic clock.

        Nothing is fetched while `MAX_FETCHES` others are waiting: hanging servers must not take
        all threads from requests that need no server.
        """
        if not self._fetches.acquire(blocking=False):
            return _fail_all(request, Issue.read_back_late)
        try:
            return self._fetch(request, access, deadline)
        finally:
            self._fetches.release()

    def _fetch(
        self, request: FetchRequest, access: FhirServerAccess, deadline: float
    ) -> FetchResult:
        breaker = self._breakers[access.server]
        if not breaker.allows():
            return _fail_all(request, Issue.read_back_paused)
        session = _FetchSession(self._web, access, deadline)
        lists = {
            key: _PagedFetch(
                session,
                f"{access.server}/{query}",
                _resource_type(key),
                MAX_PAGES,
                is_link=False,
            )
            for key, query in request.queries.items()
        }
        for key, url in request.next_pages.items():
            lists[key] = _PagedFetch(session, url, _resource_type(key), MAX_PAGES - 1, is_link=True)
        _run(self._pools[access.server], lists.values(), deadline)
        _update(breaker, lists.values())
        return FetchResult(
            pages={key: tuple(one.pages) for key, one in lists.items() if one.pages},
            failures={key: one.failure for key, one in lists.items() if one.failure is not None},
        )


def _fail_all(request: FetchRequest, issue: Issue) -> FetchResult:
    keys = (*request.queries, *request.next_pages)
    return FetchResult(pages={}, failures=dict.fromkeys(keys, issue))


def _update(breaker: CircuitBreaker, lists: Iterable["_PagedFetch"]) -> None:
    """One list that was answered is a success; lists that were never requested do not count."""
    requested = [one for one in lists if one.was_requested or one.is_outage]
    if not requested:
        return
    if all(one.is_outage for one in requested):
        breaker.record_failure()
    else:
        breaker.record_success()


def _run(pool: ThreadPoolExecutor, lists: Iterable["_PagedFetch"], deadline: float) -> None:
    futures = {pool.submit(one.run): one for one in lists}
    done, late = wait(futures, max(deadline - monotonic(), 0))
    for future in late:
        future.cancel()
        futures[future].abort()
    for future in done:
        future.result()


class _PageError(Exception):
    """A page could not be fetched."""

    def __init__(self, issue: Issue) -> None:
        super().__init__(issue.code)
        self.issue = issue


class _FetchSession:
    """What the lists of one request share: server, token, deadline and the byte budget."""

    def __init__(self, web: HttpClient, access: FhirServerAccess, deadline: float) -> None:
        self._web, self._deadline, self._server = web, deadline, access.server
        self._headers = {
            "Accept": "application/fhir+json",
            "Authorization": f"Bearer {access.token}",
        }
        self._bytes_left, self._lock = MAX_TOTAL_BYTES, Lock()
        self._host = urlsplit(access.server).hostname or ""
        self._parent = TRACING.current  # the threads that fetch answer nobody

    def get(self, url: str, handle: AbortHandle) -> bytes:
        """Fetch one page from an address that `resolve` returned.

        Raises:
            WebError: the page could not be fetched, or the byte budget is spent.
        """
        body = self._traced_get(url, handle)
        with self._lock:
            self._bytes_left -= len(body)
            if self._bytes_left < 0:
                raise HttpClientError(FailureReason.too_large)
        return normalise(body)

    def _traced_get(self, url: str, handle: AbortHandle) -> bytes:
        span = TRACING.start_asking(self._parent)
        if span is None:
            return self._get(url, self._headers, handle)
        failure: HttpClientError | None = None
        context = {} if span.traceparent is None else {TRACEPARENT: span.traceparent}
        try:
            return self._get(url, self._headers | context, handle)
        except HttpClientError as error:
            failure = error
            raise
        finally:
            self._end(span, failure)

    def _get(self, url: str, headers: dict[str, str], handle: AbortHandle) -> bytes:
        return self._web.get(
            url, headers, handle=handle, deadline=self._deadline, max_bytes=MAX_LIST_BYTES
        )

    def _end(self, span: Span, failure: HttpClientError | None) -> None:
        span.set(Attribute.method, "GET")
        span.set(Attribute.server, self._host)
        status = HTTPStatus.OK if failure is None else failure.status
        if status is not None:
            span.set(Attribute.status, int(status))
        if failure is not None:
            span.set(Attribute.error, failure.reason.name)
        span.end("GET", failed=failure is not None)

    def resolve(self, url: str, *, is_link: bool = True) -> str:
        """Resolve an address against the server, rebuilt with the server's own host.

        `is_link`: a server or client sent it, so it must not lead beside the registered path.

        Rebuilding it means that no other parser of the address can read another host in it.

        Raises:
            WebError: the address is longer than servers accept.
            _PageError: it lies on another server or beside the registered base path, where the
                token must not be sent.
        """
        if len(url) > MAX_ADDRESS_LENGTH:  # parsing it would take too long
            raise HttpClientError(FailureReason.too_large)
        with suppress(ValueError):
            whole = urljoin(f"{self._server}/", url)
            base, page = urlsplit(self._server), urlsplit(whole)
            if origin(whole) == origin(self._server) and (
                not is_link or _is_below(page.path, base.path)
            ):
                return urlunsplit((base.scheme, base.netloc, page.path, page.query, ""))
        raise _PageError(Issue.read_back_elsewhere)


def _is_below(path: str, base: str) -> bool:
    """Whether a path is the base or lies below it, however it is encoded."""
    plain = unquote(path).replace("\\", "/")
    if not {".", ".."}.isdisjoint(plain.split("/")):
        return False
    return plain == base or plain.startswith(f"{base}/")


class _PagedFetch:
    """Fetches one list page by page in a thread; pages received before the deadline count."""

    def __init__(
        self,
        session: _FetchSession,
        url: str,
        resource_type: str,
        max_pages: int,
        *,
        is_link: bool,
    ) -> None:
        self._session, self._url, self._is_link = session, url, is_link
        self._resource_type, self._max_pages = resource_type, max_pages
        self._handle, self._lock = AbortHandle(), Lock()
        self._is_closed = False
        self.was_requested = self.is_outage = False
        self.pages: list[bytes] = []
        self.failure: Issue | None = None

    def run(self) -> None:
        """Fetch pages until there are no more or one fails."""
        url: str | None = self._url
        is_link = self._is_link
        try:
            for _ in range(self._max_pages):
                if url is None:
                    break
                address = self._session.resolve(url, is_link=is_link)
                is_link = True
                self.was_requested = True
                body = self._session.get(address, self._handle)
                url = _next_page(body, self._resource_type)
                self._add(body)
        except HttpClientError as error:
            is_outage = error.reason in OUTAGES or _is_server_error(error.status)
            self._fail(ISSUES[error.reason], is_outage=is_outage)
        except _PageError as error:
            self._fail(error.issue, is_outage=False)
        with self._lock:
            self._is_closed = True

    def abort(self) -> None:
        """Stop at the deadline: pages that arrive from now on are dropped."""
        self._fail(Issue.read_back_late, is_outage=True)
        with self._lock:
            self._is_closed = True
        self._handle.abort()

    def _add(self, body: bytes) -> None:
        with self._lock:
            if not self._is_closed:
                self.pages.append(body)

    def _fail(self, issue: Issue, *, is_outage: bool) -> None:
        with self._lock:
            if not self._is_closed:
                self.failure, self.is_outage = issue, is_outage and not self.pages


def _is_server_error(status: int | None) -> bool:
    """Whether a status counts as an outage; 501 only says that a resource type is missing."""
    failed = HTTPStatus.INTERNAL_SERVER_ERROR
    return status is not None and status >= failed and status != HTTPStatus.NOT_IMPLEMENTED


def _resource_type(key: str) -> str:
    return "Patient" if key == "patient" else "Bundle"


def _next_page(body: bytes, resource_type: str) -> str | None:
    """The address of the next page, or None.

    Raises:
        _PageError: the body is not a resource of the expected type, or names a member twice.
    """
    if find_repeated_key(body) is not None:
        raise _PageError(Issue.read_back_repeated)
    try:
        page = PAGE.decode(body)
    except DECODE_ERRORS:
        raise _PageError(Issue.read_back_not_fhir) from None
    if page.resourceType != resource_type:
        raise _PageError(Issue.read_back_not_fhir)
    return next_page(page.link)
