"""The route for laboratory systems that speak HL7 v2."""

from flask import Blueprint, Response

from cobalamin.service.http.app_context import get_context
from cobalamin.service.http.content_negotiation import (
    HL7V2,
    read_body,
    require_acceptable,
    require_hl7v2,
)


def hl7v2() -> Blueprint:
    """A message in, an acknowledgement out; only what has no header is refused by status."""
    door = Blueprint("hl7v2", __name__)

    @door.post("/hl7v2", strict_slashes=False)
    def message() -> Response:
        # Here, because a service that only answers hooks need not wait for it at start.
        from cobalamin.service.lab.hl7v2.exchange import answer_to  # noqa: PLC0415

        require_hl7v2()
        require_acceptable(HL7V2)
        answer = answer_to(read_body(), get_context())
        return Response(answer, content_type=f"{HL7V2}; charset=utf-8")

    return door
