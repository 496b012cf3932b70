"""The correlation id of a request: the caller's if it sent a usable one, else a new one.

Beside it stands the client, once it is known, so that the log can name both.
"""

import re
from wsgiref.types import WSGIEnvironment

from flask import has_request_context, request

from cobalamin.service.identifiers import new_id

CORRELATION_HEADER = "X-Correlation-Id"
_SENT = "HTTP_X_CORRELATION_ID"
_ASSIGNED = "cobalamin.correlation"
_CLIENT = "cobalamin.client"
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
    return assigned_correlation_id() or new_id()


def assigned_correlation_id() -> str | None:
    """The id of the current request; None outside a request."""
    return correlation_in(request.environ) if has_request_context() else None


def correlation_in(environ: WSGIEnvironment) -> str | None:
    """The id of the request with this environment; None before one was chosen."""
    return environ.get(_ASSIGNED)


def assign_client(client_id: str) -> None:
    """Tell as whose the current request counts."""
    request.environ[_CLIENT] = client_id


def client_of_request() -> str | None:
    """The client of the current request; None before it is known, or outside a request."""
    return client_in(request.environ) if has_request_context() else None


def client_in(environ: WSGIEnvironment) -> str | None:
    """The client of the request with this environment; None before it is known."""
    return environ.get(_CLIENT)
