"""Media types that are read and answered."""

from flask import request

from cobalamin.service.errors import ApiError

JSON = "application/json"
FHIR_JSON = "application/fhir+json"


def require_json() -> str:
    """The media type of the body.

    Raises:
        ApiError: 415 where it is neither JSON nor FHIR JSON.
    """
    sent = request.mimetype
    if sent not in (JSON, FHIR_JSON):
        raise ApiError(415, f"send the body as {JSON} or {FHIR_JSON}")
    return sent


def require_acceptable(offered: str) -> None:
    """Refuses a caller that does not take what is offered.

    Raises:
        ApiError: 406 with what can be had.
    """
    accepted = request.accept_mimetypes
    if accepted and not accepted.best_match([offered]):
        raise ApiError(406, f"answers are {offered}")
