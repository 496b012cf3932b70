"""Errors of the server itself, for requests that never reach the application."""

import logging
from collections.abc import Iterable
from http import HTTPStatus

from cobalamin.schemas.errors import problem
from cobalamin.service.answers.plain import encode
from cobalamin.service.correlation import CORRELATION_HEADER, usable_correlation_id
from cobalamin.service.http.middleware import SECURITY_HEADERS
from cobalamin.service.http.refusal_reasons import RefusalReason
from cobalamin.service.metrics.definitions import REFUSALS
from cobalamin.service.metrics.recording import METRICS

LOG = logging.getLogger("cobalamin.server")
PROBLEM_JSON = "application/problem+json"
MESSAGES = {
    400: "the request is not valid HTTP/1.1",
    408: "the request did not arrive in time; send it again",
    414: "the request line is too long",
    431: "the header is too large",
    500: "internal error; report the correlation id",
    501: "this transfer coding is not supported",
    503: "too many connections; retry later",
}
REASONS = {
    400: RefusalReason.malformed,
    408: RefusalReason.header_late,
    414: RefusalReason.request_line_too_long,
    431: RefusalReason.header_too_large,
    501: RefusalReason.transfer_coding,
    503: RefusalReason.too_many_connections,
}


def error_response(status: int, headers: Iterable[tuple[bytes, bytes]] = ()) -> bytes:
    """A whole response with problem details; it repeats nothing of the request but its id."""
    correlation_id = dict(headers).get(CORRELATION_HEADER.lower().encode(), b"").decode("latin-1")
    correlation = usable_correlation_id(correlation_id)
    log_refusal(REASONS.get(status, RefusalReason.server_error), status, correlation)
    phrase = HTTPStatus(status).phrase
    body = encode(problem(status, phrase, MESSAGES.get(status, phrase), None, correlation))
    fields = [
        ("Content-Type", PROBLEM_JSON),
        ("Content-Length", str(len(body))),
        ("Connection", "close"),
        (CORRELATION_HEADER, correlation),
        *SECURITY_HEADERS,
    ]
    head = "".join(f"{name}: {text}\r\n" for name, text in fields)
    return f"HTTP/1.1 {status} {phrase}\r\n{head}\r\n".encode("latin-1") + body


def log_refusal(
    reason: RefusalReason, status: int | None = None, correlation: str | None = None
) -> None:
    """Log and count a request or connection that the application never saw, or saw no end of."""
    METRICS.count(REFUSALS, reason.value)
    fields = {"status": status, "correlation": correlation, "refusal": reason}
    LOG.warning("refused by the server", extra=fields)
