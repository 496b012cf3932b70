"""Every error answer: one catalogue, and for each protocol one shape.

OperationOutcome on the FHIR-speaking paths, problem details (RFC 9457) elsewhere. A message says
what, where and what to do; it never holds a value of the request, and never a stack trace.
"""

import logging
from dataclasses import dataclass, field
from http import HTTPStatus

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from cobalamin.schemas.errors import operation_outcome, problem
from cobalamin.service.answers.plain import encode
from cobalamin.service.correlation import correlation_id
from cobalamin.service.records.errors import StoreError

LOG = logging.getLogger("cobalamin")
PASSED_ON = frozenset({"Allow", "Retry-After", "WWW-Authenticate"})
RETRY_SECONDS = "5"
FHIR_PATHS = ("/cds-services", "/fhir")
FHIR_JSON = "application/fhir+json"
ISSUES = {
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
ADVICE = {
    401: "the credential is missing or not accepted; send the one of your registration",
    403: "this client may not use this door; ask for it to be added to the registration",
    404: "nothing is served at this address; GET /cds-services lists the services",
    405: "this method is not served here; see the header Allow",
    413: "the body is larger than 8 MiB; send fewer resources",
    429: "this client has sent all that it may in this minute; ask again after Retry-After seconds",
    500: "an error in the service; report the correlation id",
    503: "the service cannot answer now; ask again later",
}


@dataclass
class ApiError(Exception):
    """A request that cannot be answered: status, what is wrong, and where."""

    status: int
    message: str
    where: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


def register_errors(app: Flask) -> None:
    """Every failure has its protocol's shape, with the correlation id of its request."""
    app.register_error_handler(ApiError, _api_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(StoreError, _no_store)
    app.register_error_handler(Exception, _bug)


def _api_error(error: ApiError) -> Response:
    return _answer(error.status, error.message, error.where, error.headers)


def _http_error(error: HTTPException) -> Response:
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    headers = dict(error.get_headers())
    kept = {name: text for name, text in headers.items() if name in PASSED_ON}
    return _answer(status, ADVICE.get(status, error.name), None, kept)


def _no_store(error: StoreError) -> Response:
    LOG.error("%s, correlation %s", error, correlation_id())
    return _answer(503, ADVICE[503], None, {"Retry-After": RETRY_SECONDS})


def _bug(error: Exception) -> Response:
    log_fault(error, correlation_id())
    return _answer(500, ADVICE[500], None, {})


def log_fault(error: Exception, correlation: str) -> None:
    """A fault of the service: where it happened goes to the log, never a value."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}" if place else "?"
    LOG.error("%s at %s, correlation %s", type(error).__name__, where, correlation)


def problem_of(error: ApiError, correlation: str) -> dict[str, object]:
    """An error as problem details."""
    phrase = HTTPStatus(error.status).phrase
    return problem(error.status, phrase, error.message, error.where, correlation)


def _answer(status: int, message: str, where: str | None, headers: dict[str, str]) -> Response:
    correlation = correlation_id()
    if _speaks_fhir():
        body = operation_outcome(ISSUES.get(status, "invalid"), message, where, correlation)
        kind = FHIR_JSON
    else:
        body = problem_of(ApiError(status, message, where), correlation)
        kind = "application/problem+json"
    return Response(encode(body), status, headers=headers, content_type=kind)


def _speaks_fhir() -> bool:
    if request.path.startswith(FHIR_PATHS):
        return True
    return request.path.startswith("/v1") and FHIR_JSON in request.headers.get("Accept", "")
