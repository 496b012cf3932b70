"""Everything that this service asks of others goes out here: within a time, a size and no further.

No redirect is followed, no cookie kept, and the environment's own proxies and passwords do not
count: what counts are the settings.
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

from cobalamin.service.outgoing.abortable import CuttableAdapter, Line
from cobalamin.service.settings import Settings, is_loopback

CHUNK = 64 * 1024
CONNECTIONS = 20
BROKEN = (
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
    requests.exceptions.SSLError,
)
# What requests raises, and what it lets through of the libraries below it.
FAULTS = (requests.RequestException, HTTPError, HTTPException, OSError, ValueError)


class Why(Enum):
    """Why another server gave nothing that can be used."""

    late = "did not answer in time"
    unreachable = "could not be reached"
    untrusted = "showed a certificate that is not trusted"
    denied = "refused the credential"
    redirected = "pointed to another address, which is not followed"
    failed = "answered with an error"
    broken = "broke off its answer"
    too_large = "sent more than is read"


class WebError(Exception):
    """Another server gave nothing; `status` is its HTTP status where it answered at all."""

    def __init__(self, why: Why, status: int | None = None) -> None:
        super().__init__(why.value)
        self.why, self.status = why, status


class _Session(requests.Session):
    """One that looks at no redirect: requests reads its whole body, even to leave it alone."""

    def get_redirect_target(self, _: requests.Response) -> None:
        """Nowhere."""


class Web:
    """The way out, as the settings describe it."""

    def __init__(self, settings: Settings) -> None:
        # Its lines hold the addresses that were asked for, and these hold patients.
        logging.getLogger("urllib3").setLevel(logging.CRITICAL)
        self._proxy, self._direct = settings.proxy, settings.no_proxy
        self._session = _Session()
        self._session.trust_env = False
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        trusted = create_urllib3_context()
        trusted.load_verify_locations(settings.ca_bundle or DEFAULT_CA_BUNDLE_PATH)
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, CuttableAdapter(trusted, CONNECTIONS))

    def get(
        self, url: str, headers: dict[str, str], *, line: Line, until: float, largest: int
    ) -> bytes:
        """The body at an address, which must come with status 200.

        `until` is on the monotonic clock; each single wait ends by then, and `line.cut()` ends it
        all from another thread.

        Raises:
            WebError: it did not come, or not as it should.
        """
        wait = until - monotonic()
        if wait <= 0 or line.was_cut():
            raise WebError(Why.late)
        try:
            with line:
                body = self._body(url, headers, wait, largest)
        except FAULTS as error:
            late = line.was_cut() or monotonic() >= until
            raise WebError(Why.late if late else _why(error)) from None
        if line.was_cut():  # a body whose length was not announced only seems to have ended
            raise WebError(Why.late)
        return body

    def _body(self, url: str, headers: dict[str, str], wait: float, largest: int) -> bytes:
        with self._session.get(
            url,
            headers=headers,
            timeout=wait,
            allow_redirects=False,
            stream=True,
            proxies=self._proxies(url),
        ) as answer:
            if answer.status_code != HTTPStatus.OK:
                raise WebError(_refused(answer.status_code), answer.status_code)
            parts, size = [], 0
            for part in answer.iter_content(CHUNK):
                parts.append(part)
                size += len(part)
                if size > largest:
                    raise WebError(Why.too_large)
            return b"".join(parts)

    def _proxies(self, url: str) -> dict[str, str] | None:
        host = urlsplit(url).hostname or ""
        near = any(host == name or host.endswith(f".{name}") for name in self._direct)
        if self._proxy is None or near or is_loopback(host):
            return None
        return {"http": self._proxy, "https": self._proxy}


def _why(error: Exception) -> Why:
    if isinstance(error, requests.Timeout):
        return Why.late
    if any(isinstance(cause, SSLCertVerificationError) for cause in _causes(error)):
        return Why.untrusted
    return Why.broken if isinstance(error, BROKEN) else Why.unreachable


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__context__


def _refused(status: int) -> Why:
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return Why.denied
    redirected = HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST
    return Why.redirected if redirected else Why.failed
