"""One line of the log for each request, and its counts: by its route, never by what was sent.

Installed around the whole application, so that no answer is left out, whatever made it.
"""

import logging
from collections.abc import Callable, Iterable
from time import monotonic
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, request
from werkzeug.wsgi import ClosingIterator

from cobalamin.service.access.admission import ADMISSION, Admission
from cobalamin.service.correlation import client_in, correlation_in
from cobalamin.service.http.middleware import ExcInfo
from cobalamin.service.http.refusal_reasons import refusal_reason_of

LOG = logging.getLogger("cobalamin.access_log")
ROUTE = "cobalamin.route"
"""Key of the WSGI environment: the rule of the address, as what stands in the place of its
parameters may name a person."""
METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"})
PROBES = frozenset({"/livez", "/readyz"})
OTHER = "other"


class _ObservedCall:
    """One request: how it is answered, and when."""

    def __init__(self, environ: WSGIEnvironment) -> None:
        self._environ, self._started = environ, monotonic()
        self._admission: Admission | None = environ.get(ADMISSION)
        self._asks_admission = self._admission is not None and not self._admission.is_admitted
        self._status = 500
        self._bytes: str | None = None

    def starting(self, start_response: StartResponse) -> StartResponse:
        """`start_response`, which tells status and length on its way."""

        def start(
            status: str, headers: list[tuple[str, str]], exc_info: ExcInfo | None = None, /
        ) -> Callable[[bytes], object]:
            self._status = int(status[:3])
            self._bytes = dict(headers).get("Content-Length")
            return start_response(status, headers, exc_info)

        return start

    def finish(self) -> None:
        """Log the request once its answer is made."""
        is_admitted = self._admission is not None and self._admission.is_admitted
        if self._asks_admission and is_admitted:
            return  # it comes again with its body
        route, method = self._environ.get(ROUTE, OTHER), self._environ["REQUEST_METHOD"]
        method = method if method in METHODS else OTHER
        refusal = refusal_reason_of(self._environ, self._status)
        fields = {
            "correlation": correlation_in(self._environ),
            "client": client_in(self._environ),
            "method": method,
            "route": route,
            "status": self._status,
            "milliseconds": round((monotonic() - self._started) * 1000, 1),
            "bytes": self._bytes,
            "peer": self._environ.get("REMOTE_ADDR"),
            "refusal": refusal,
        }
        level = logging.DEBUG if route in PROBES else logging.INFO
        LOG.log(level if refusal is None else logging.WARNING, "request", extra=fields)


def install_access_log(app: Flask) -> None:
    """Wrap the application so that each request is logged when its answer is finished."""
    inner: WSGIApplication = app.wsgi_app

    @app.before_request
    def keep_route() -> None:
        if request.url_rule is not None:
            request.environ[ROUTE] = request.url_rule.rule

    def observed(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        call = _ObservedCall(environ)
        chunks = inner(environ, call.starting(start_response))
        return ClosingIterator(chunks, call.finish)

    app.wsgi_app = observed  # type: ignore[method-assign]
