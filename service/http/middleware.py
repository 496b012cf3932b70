"""Response headers that every answer carries: the correlation id, and what keeps it private.

Installed around the whole application, so that no answer lacks them, whatever made it.
"""

from collections.abc import Callable, Iterable
from types import TracebackType
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask

from cobalamin.service.correlation import CORRELATION_HEADER, assign_correlation_id

ExcInfo = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]
HeaderPair = tuple[str, str]

SECURITY_HEADERS = [
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
]


def install_response_headers(
    app: Flask, request_headers: Callable[[WSGIEnvironment], list[HeaderPair]]
) -> None:
    """Wrap the application so that every response has the headers; its own headers are kept.

    `request_headers` builds the headers that depend on the request.
    """
    inner: WSGIApplication = app.wsgi_app

    def with_headers(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        correlation = assign_correlation_id(environ)

        def start(
            status: str, headers: list[HeaderPair], exc_info: ExcInfo | None = None, /
        ) -> Callable[[bytes], object]:
            own = {name for name, _ in headers}
            headers.append((CORRELATION_HEADER, correlation))
            headers += [header for header in SECURITY_HEADERS if header[0] not in own]
            headers += request_headers(environ)
            return start_response(status, headers, exc_info)

        return inner(environ, start)

    app.wsgi_app = with_headers  # type: ignore[method-assign]
