"""What every answer carries: the id of its request, and headers that keep it private.

Outside the application, so that no answer escapes it, whatever made it.
"""

import re
from collections.abc import Callable, Iterable
from types import TracebackType
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, has_request_context, request

from cobalamin.service.identity import new_id

Failure = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]
Header = tuple[str, str]

CORRELATION = "X-Correlation-Id"
SENT = "HTTP_X_CORRELATION_ID"
KEPT = "cobalamin.correlation"
SAFE_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}\Z")
HEADERS = [
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
]


def register_marks(app: Flask, marks: Callable[[WSGIEnvironment], list[Header]]) -> None:
    """Names every request and marks every answer; a header that the answer set itself is kept.

    `marks` are the headers that depend on the request.
    """
    inner: WSGIApplication = app.wsgi_app

    def marked(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        sent = environ.get(SENT, "")
        correlation = environ[KEPT] = sent if SAFE_ID.match(sent) else new_id()

        def start(
            status: str, headers: list[Header], exc_info: Failure | None = None, /
        ) -> Callable[[bytes], object]:
            own = {name for name, _ in headers}
            headers.append((CORRELATION, correlation))
            headers += [header for header in HEADERS if header[0] not in own]
            headers += marks(environ)
            return start_response(status, headers, exc_info)

        return inner(environ, start)

    app.wsgi_app = marked  # type: ignore[method-assign]


def correlation_id() -> str:
    """The caller's id of this request if it sent a usable one, else one made for it."""
    found = request.environ.get(KEPT) if has_request_context() else None
    return str(found or new_id())
