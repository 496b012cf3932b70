"""Route for HL7 v2 messages."""

from flask import Blueprint, Response

from cobalamin.service.http.app_context import get_context
from cobalamin.service.http.content_negotiation import (
    HL7V2,
    read_body,
    require_acceptable,
    require_hl7v2,
)


def hl7v2() -> Blueprint:
    """Build the blueprint: a message in, an acknowledgement out."""
    blueprint = Blueprint("hl7v2", __name__)

    @blueprint.post("/hl7v2", strict_slashes=False)
    def message() -> Response:
        # Imported on first use: a service that only answers hooks starts without it.
        from cobalamin.service.lab.hl7v2.process import process_message  # noqa: PLC0415

        require_hl7v2()
        require_acceptable(HL7V2)
        answer = process_message(read_body(), get_context())
        return Response(answer, content_type=f"{HL7V2}; charset=utf-8")

    return blueprint
