"""The HTTP client for all outgoing requests, with limits on time and size.

Redirects are not followed, cookies are not stored, and proxies or credentials from the environment
are ignored; only the settings apply.
"""

import logging
from collections.abc import Iterator
from enum import Enum
from http import HTTPStatus
from http.client import HTTPException
from http.cookiejar import DefaultCookiePolicy
from ssl import SSLCertVerificationError
from time import monotonic
from urllib.parse import urlsplit

import requests
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.exceptions import HTTPError
from urllib3.util.ssl_ import create_urllib3_context

from cobalamin.service.environment_reader import is_loopback
from cobalamin.service.outgoing.abortable import AbortableAdapter, AbortHandle
from cobalamin.service.settings import Settings

CHUNK = 64 * 1024
CONNECTIONS = 20
BROKEN_OFF = (
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
    requests.exceptions.SSLError,
)
# Exceptions of requests, and those of lower layers that it lets through.
FAULTS = (requests.RequestException, HTTPError, HTTPException, OSError, ValueError)


class FailureReason(Enum):
    """Why a request to another server failed."""

    late = "did not answer in time"
    unreachable = "could not be reached"
    untrusted = "showed a certificate that is not trusted"
    denied = "refused the credential"
    redirected = "pointed to another address, which is not followed"
    failed = "answered with an error"
    broken = "broke off its answer"
    too_large = "sent more than is read"


class HttpClientError(Exception):
    """A request to another server failed; `status` is the HTTP status if there was a response."""

    def __init__(self, reason: FailureReason, status: int | None = None) -> None:
        super().__init__(reason.value)
        self.reason, self.status = reason, status


class _Session(requests.Session):
    """Session that ignores redirects: requests would read the whole body of one."""

    def get_redirect_target(self, _: requests.Response) -> None:
        """No redirect."""


def build_session(settings: Settings, address: str | None = None) -> requests.Session:
    """A session with the certificates of the settings, and with their proxy for this address."""
    # Its log lines contain URLs, which may identify patients.
    logging.getLogger("urllib3").setLevel(logging.CRITICAL)
    session = _Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    tls_context = create_urllib3_context()
    tls_context.load_verify_locations(settings.ca_bundle or DEFAULT_CA_BUNDLE_PATH)
    for scheme in ("http://", "https://"):
        session.mount(scheme, AbortableAdapter(tls_context, CONNECTIONS))
    if address is not None:
        session.proxies.update(proxies_for(settings, address) or {})
    return session


class HttpClient:
    """Sends requests with the proxy and certificates of the settings."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._session = settings, build_session(settings)

    def get(
        self,
        url: str,
        headers: dict[str, str],
        *,
        handle: AbortHandle,
        deadline: float,
        max_bytes: int,
    ) -> bytes:
        """Send a GET request and return the body of a response with status 200.

        `until` is on the monotonic clock; each single wait ends by then, and `line.cut()` ends it
        all from another thread.

        Raises:
            HttpClientError: there was no usable response.
        """
        wait = deadline - monotonic()
        if wait <= 0 or handle.is_aborted():
            raise HttpClientError(FailureReason.late)
        try:
            with handle:
                body = self._body(url, headers, wait, max_bytes)
        except FAULTS as error:
            late = handle.is_aborted() or monotonic() >= deadline
            raise HttpClientError(FailureReason.late if late else _reason_of(error)) from None
        if handle.is_aborted():  # a body without Content-Length may be incomplete
            raise HttpClientError(FailureReason.late)
        return body

    def _body(self, url: str, headers: dict[str, str], wait: float, max_bytes: int) -> bytes:
        with self._session.get(
            url,
            headers=headers,
            timeout=wait,
            allow_redirects=False,
            stream=True,
            proxies=proxies_for(self._settings, url),
        ) as response:
            if response.status_code != HTTPStatus.OK:
                raise HttpClientError(_reason_of_status(response.status_code), response.status_code)
            chunks, size = [], 0
            for chunk in response.iter_content(CHUNK):
                chunks.append(chunk)
                size += len(chunk)
                if size > max_bytes:
                    raise HttpClientError(FailureReason.too_large)
            return b"".join(chunks)


def proxies_for(settings: Settings, url: str) -> dict[str, str] | None:
    """The proxy of the settings for this address; None where it is asked without one."""
    host = urlsplit(url).hostname or ""
    direct = any(host == name or host.endswith(f".{name}") for name in settings.no_proxy)
    if settings.proxy is None or direct or is_loopback(host):
        return None
    return {"http": settings.proxy, "https": settings.proxy}


def _reason_of(error: Exception) -> FailureReason:
    if isinstance(error, requests.Timeout):
        return FailureReason.late
    if any(isinstance(cause, SSLCertVerificationError) for cause in _causes(error)):
        return FailureReason.untrusted
    return FailureReason.broken if isinstance(error, BROKEN_OFF) else FailureReason.unreachable


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__context__


def _reason_of_status(status: int) -> FailureReason:
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return FailureReason.denied
    redirected = HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST
    return FailureReason.redirected if redirected else FailureReason.failed
