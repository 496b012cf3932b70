"""One line of the log for each request, its counts and span: by its route, never by what was sent.

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
from cobalamin.service.http.refusal_reasons import RefusalReason, refusal_reason_of
from cobalamin.service.metrics.definitions import REFUSALS, REQUEST_SECONDS, REQUESTS
from cobalamin.service.metrics.recording import METRICS
from cobalamin.service.tracing.attributes import Attribute
from cobalamin.service.tracing.recording import TRACING, Span

LOG = logging.getLogger("cobalamin.access_log")
ROUTE = "cobalamin.route"
"""Key of the WSGI environment: the rule of the address, as what stands in the place of its
parameters may name a person."""
METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"})
PROBES = frozenset({"/livez", "/readyz"})
OTHER = "other"
FIRST_FAULT = 500


class _ObservedCall:
    """One request: how it is answered, and when."""

    def __init__(self, environ: WSGIEnvironment, *, is_logged: bool) -> None:
        self._environ, self._started, self._is_logged = environ, monotonic(), is_logged
        self._admission: Admission | None = environ.get(ADMISSION)
        self._asks_admission = self._admission is not None and not self._admission.is_admitted
        self._status = 500
        self._bytes: str | None = None
        self._span: Span | None = None
        if TRACING.recorder is not None and environ.get("PATH_INFO") not in PROBES:
            self._span = TRACING.start_answering(environ.get("HTTP_TRACEPARENT"))

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
        """Count and log the request, and end its span, once its answer is made."""
        TRACING.stop_answering()
        is_admitted = self._admission is not None and self._admission.is_admitted
        if self._asks_admission and is_admitted:
            return  # it comes again with its body
        route, method = self._environ.get(ROUTE, OTHER), self._environ["REQUEST_METHOD"]
        method = method if method in METHODS else OTHER
        refusal, seconds = self._count(route)
        if self._span is not None:
            self._end(self._span, method, route, refusal)
        if not self._is_logged:
            return
        fields = {
            "correlation": correlation_in(self._environ),
            "client": client_in(self._environ),
            "method": method,
            "route": route,
            "status": self._status,
            "milliseconds": round(seconds * 1000, 1),
            "bytes": self._bytes,
            "peer": self._environ.get("REMOTE_ADDR"),
            "refusal": refusal,
            "trace": None if self._span is None else self._span.trace_id,
        }
        level = logging.DEBUG if route in PROBES else logging.INFO
        LOG.log(level if refusal is None else logging.WARNING, "request", extra=fields)

    def _count(self, route: str) -> tuple[RefusalReason | None, float]:
        """Count the request; returns why it was refused, if it was, and how long it took."""
        seconds, refusal = (
            monotonic() - self._started,
            refusal_reason_of(self._environ, self._status),
        )
        METRICS.count(REQUESTS, route, str(self._status))
        METRICS.observe(REQUEST_SECONDS, seconds, route)
        if refusal is not None:
            METRICS.count(REFUSALS, refusal.value)
        return refusal, seconds

    def _end(self, span: Span, method: str, route: str, refusal: RefusalReason | None) -> None:
        is_fault = self._status >= FIRST_FAULT
        span.set(Attribute.method, method)
        span.set(Attribute.route, route)
        span.set(Attribute.status, self._status)
        if is_fault:
            span.set(Attribute.error, str(self._status))
        if refusal is not None:
            span.set(Attribute.refusal, refusal.value)
        span.end(f"{method} {route}", failed=is_fault)


def install_access_log(app: Flask, *, is_logged: bool) -> None:
    """Wrap the application so that each request is counted, and logged, when it is answered."""
    inner: WSGIApplication = app.wsgi_app

    @app.before_request
    def keep_route() -> None:
        if request.url_rule is not None:
            request.environ[ROUTE] = request.url_rule.rule

    def observed(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        call = _ObservedCall(environ, is_logged=is_logged)
        chunks = inner(environ, call.starting(start_response))
        return ClosingIterator(chunks, call.finish)

    app.wsgi_app = observed  # type: ignore[method-assign]
