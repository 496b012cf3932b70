"""Requests whose headers were checked before their body was received."""

from dataclasses import dataclass

from flask import request

from cobalamin.service.access.clients import Client

ADMISSION = "cobalamin.admission"
"""Key of the WSGI environment; a client cannot set it, as a header has the prefix `HTTP_`."""


@dataclass(slots=True)
class Admission:
    """Whether a request is admitted before its body is received, and as whose.

    The server puts one into the environment to ask by the headers alone, and again with the body.
    """

    is_admitted: bool = False
    client: Client | None = None


def current_admission() -> Admission | None:
    """The admission that the server asks for or had."""
    admission: Admission | None = request.environ.get(ADMISSION)
    return admission
