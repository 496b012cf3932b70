"""The correlation id of a request: the caller's if it sent a usable one, else a new one."""

import re
from wsgiref.types import WSGIEnvironment

from flask import has_request_context, request

from cobalamin.service.identifiers import new_id

CORRELATION_HEADER = "X-Correlation-Id"
_SENT = "HTTP_X_CORRELATION_ID"
_ASSIGNED = "cobalamin.correlation"
_SAFE = re.compile(r"[A-Za-z0-9._:-]{1,64}\Z")


def assign_correlation_id(environ: WSGIEnvironment) -> str:
    """Choose the id of the request and store it in the WSGI environment."""
    correlation = usable_correlation_id(environ.get(_SENT, ""))
    environ[_ASSIGNED] = correlation
    return correlation


def usable_correlation_id(header: str) -> str:
    """The id that was sent, if it is short and harmless; else a new one."""
    return header if _SAFE.match(header) else new_id()


def correlation_id() -> str:
    """The id of the current request; a new one outside a request."""
    assigned = request.environ.get(_ASSIGNED) if has_request_context() else None
    return str(assigned or new_id())
