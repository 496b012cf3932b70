"""Keys of the WSGI environment by which the server passes more than the request.

Clients cannot set these keys: a header always has the prefix `HTTP_`. Without them, under any other
WSGI server, the application behaves as usual.
"""

from flask import Flask, Response, request

from cobalamin.service.access.admission import current_admission
from cobalamin.service.access.before_request import current_client
from cobalamin.service.http.errors import ApiError

REFUSAL = "cobalamin.refusal"
"""(status, message) of an error with which the application must answer."""
BUFFERED_BODY = "cobalamin.buffered_body"
"""The whole body as a file at its beginning, empty if CONTENT_LENGTH is more than the limit."""
DRAINING = "cobalamin.draining"
"""Present while the server shuts down."""


def install_refusals(app: Flask) -> None:
    """Answer requests that the server could not receive in the format of the address."""

    @app.before_request
    def refuse() -> None:
        refusal = request.environ.get(REFUSAL)
        if refusal is not None:
            status, message = refusal
            raise ApiError(status, message, headers=_headers(status))


def install_admission(app: Flask) -> None:
    """Stop after the checks of the headers when the server asks for these alone.

    Install it last, behind authentication.
    """

    @app.before_request
    def admit() -> Response | None:
        admission = current_admission()
        if admission is None or admission.is_admitted or request.routing_exception is not None:
            return None
        admission.is_admitted, admission.client = True, current_client()
        return Response(status=204)


def is_draining() -> bool:
    """Whether the server shuts down."""
    return DRAINING in request.environ


def _headers(status: int) -> dict[str, str]:
    return {"Retry-After": "5"} if status == 503 else {}  # noqa: PLR2004
