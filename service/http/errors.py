"""Error responses: one catalogue of messages, one format per protocol.

OperationOutcome on FHIR paths, problem details (RFC 9457) elsewhere. A message says what, where and
what to do; it never contains a value of the request or a stack trace.
"""

import logging
from dataclasses import dataclass, field
from http import HTTPStatus

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from cobalamin.schemas.errors import operation_outcome, problem
from cobalamin.service.answers.plain import encode
from cobalamin.service.correlation import correlation_id
from cobalamin.service.logs.fields import describe_error
from cobalamin.service.records.errors import DatabaseSchemaError, StoreError

LOG = logging.getLogger("cobalamin")
FORWARDED_HEADERS = frozenset({"Allow", "Retry-After", "WWW-Authenticate"})
RETRY_SECONDS = "5"
FHIR_PATHS = ("/cds-services", "/fhir")
FHIR_JSON = "application/fhir+json"
ISSUE_CODES = {
    400: "invalid",
    401: "login",
    403: "forbidden",
    404: "not-found",
    405: "not-supported",
    406: "not-supported",
    412: "incomplete",
    413: "too-long",
    415: "not-supported",
    422: "business-rule",
    429: "throttled",
    500: "exception",
    503: "transient",
}
MESSAGES = {
    401: "the credential is missing or not accepted; send the credential of your registration",
    403: "this client lacks the scope of this address; ask for it to be added to the registration",
    404: "there is no such address; GET /cds-services lists the services",
    405: "this method is not allowed here; see the header Allow",
    413: "the body is larger than 8 MiB; send fewer resources",
    429: "rate limit exceeded; retry after the seconds in Retry-After",
    500: "internal error; report the correlation id",
    503: "the service is temporarily unavailable; retry later",
}


MISSING_TABLES = (
    "nothing was stored: the database of this service is not set up for this version, and sending "
    "it again does not help; tell its operator, with the correlation id"
)


@dataclass
class ApiError(Exception):
    """An error response: status, message, and the place in the request."""

    status: int
    message: str
    where: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


def install_error_handlers(app: Flask) -> None:
    """Install handlers so that every error has the format of its protocol and a correlation id."""
    app.register_error_handler(ApiError, _api_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(StoreError, _store_error)
    app.register_error_handler(DatabaseSchemaError, _schema_error)
    app.register_error_handler(Exception, _unexpected_error)


def _api_error(error: ApiError) -> Response:
    return _error_response(error.status, error.message, error.where, error.headers)


def _http_error(error: HTTPException) -> Response:
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    headers = dict(error.get_headers())
    forwarded = {name: text for name, text in headers.items() if name in FORWARDED_HEADERS}
    return _error_response(status, MESSAGES.get(status, error.name), None, forwarded)


def _store_error(error: StoreError) -> Response:
    LOG.error("%s", error)
    return _error_response(503, MESSAGES[503], None, {"Retry-After": RETRY_SECONDS})


def _schema_error(error: DatabaseSchemaError) -> Response:
    """Not transient: it stays so until the operator acts."""
    LOG.error("%s", error)
    return _error_response(500, MISSING_TABLES, None, {})


def _unexpected_error(error: Exception) -> Response:
    log_unexpected(error)
    return _error_response(500, MESSAGES[500], None, {})


def log_unexpected(error: Exception, correlation: str | None = None) -> None:
    """Log an unexpected error with its place in the code, never with a value.

    `correlation` is that of the request where it is not the current one.
    """
    LOG.error("%s", describe_error(error), extra={"correlation": correlation})


def problem_details(error: ApiError, correlation: str) -> dict[str, object]:
    """Format an error as problem details."""
    phrase = HTTPStatus(error.status).phrase
    return problem(error.status, phrase, error.message, error.where, correlation)


def _error_response(
    status: int, message: str, where: str | None, headers: dict[str, str]
) -> Response:
    correlation = correlation_id()
    if _speaks_fhir():
        body = operation_outcome(ISSUE_CODES.get(status, "invalid"), message, where, correlation)
        kind = FHIR_JSON
    else:
        body = problem_details(ApiError(status, message, where), correlation)
        kind = "application/problem+json"
    return Response(encode(body), status, headers=headers, content_type=kind)


def _speaks_fhir() -> bool:
    if request.path.startswith(FHIR_PATHS):
        return True
    return request.path.startswith("/v1") and FHIR_JSON in request.headers.get("Accept", "")
