"""Checks media types of requests and chooses that of the response; reads request bodies."""

from collections.abc import Iterator

from flask import Response, request
from werkzeug.datastructures import MIMEAccept
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_options_header

from cobalamin.fhir.decode.json_faults import GZIP
from cobalamin.service.http.errors import ApiError

JSON = "application/json"
FHIR_JSON = "application/fhir+json"
NDJSON = "application/x-ndjson"
FHIR_NDJSON = "application/fhir+ndjson"
TEXT = "text/plain"
HL7V2 = "application/hl7-v2"
FHIR_VERSIONS = frozenset({"4.0", "4.3"})
COMPRESSED = (
    "the body is compressed; send it as it is, without Content-Encoding "
    "(gzip is read by /v1/assessments/batch alone)"
)
HL7V2_TYPES = (HL7V2, "application/hl7-v2+er7", "x-application/hl7-v2+er7")


def json_response(body: bytes) -> Response:
    """Build a JSON response."""
    return Response(body, content_type=JSON)


def require_json() -> str:
    """Return the media type of the body.

    Raises:
        ApiError: 415 if it is neither JSON nor FHIR JSON.
    """
    if request.environ.get("CONTENT_TYPE") == JSON:
        return JSON  # the usual case: nothing to parse
    media_type = request.mimetype
    if media_type not in (JSON, FHIR_JSON):
        raise ApiError(415, f"send the body as {JSON} or {FHIR_JSON}{_elsewhere(media_type)}")
    return media_type


def _elsewhere(media_type: str) -> str:
    """Where a body of this media type is read, if anywhere."""
    if media_type in (NDJSON, FHIR_NDJSON):
        return "; one object a line is for /v1/assessments/batch"
    return "; HL7 v2 is for /hl7v2" if "hl7-v2" in media_type else ""


def require_lines() -> str:
    """Return the media type of a body of NDJSON.

    Raises:
        ApiError: 415 if it is of another media type.
    """
    media_type = request.mimetype
    if media_type not in (NDJSON, FHIR_NDJSON):
        raise ApiError(415, f"send the body as {NDJSON} or {FHIR_NDJSON}, one JSON object a line")
    return media_type


def require_hl7v2() -> None:
    """Check that the body is HL7 v2.

    Raises:
        ApiError: 415 if it is of another media type.
    """
    if request.mimetype not in HL7V2_TYPES:
        raise ApiError(415, _send_as_hl7v2(request.mimetype))


def _send_as_hl7v2(media_type: str) -> str:
    """What to send in place of this media type."""
    text = f"send the message as {HL7V2}, in the vertical-bar encoding"
    if "xml" in media_type:
        return f"{text}; XML is not read"
    if "json" in media_type:
        return f"{text}; JSON is for /v1/assessments"
    return text


def read_body() -> bytes:
    """Read the whole body. A chunked body is truncated at the limit, so that size is too large.

    Raises:
        RequestEntityTooLarge: the body is larger than the limit.
        ApiError: 400 if the body ended before its Content-Length: half of it may look like a whole;
            415 if it is compressed.
    """
    body = request.get_data(cache=False)
    encoding = request.headers.get("Content-Encoding", "identity").lower()
    if encoding != "identity" or body.startswith(GZIP):
        raise ApiError(415, COMPRESSED)
    length = request.content_length
    if length is None and len(body) == request.max_content_length:
        raise RequestEntityTooLarge
    if length is not None and len(body) < length:
        raise ApiError(400, "the body ended before its Content-Length; send it again")
    return body


def require_acceptable(*offered: str) -> str:
    """Return the offered type that the client prefers; the first if it does not say.

    Raises:
        ApiError: 406 with the types on offer.
    """
    accepted = request.accept_mimetypes
    if not accepted:
        return offered[0]
    best = MIMEAccept(_without_parameters(accepted)).best_match(offered)
    if best is None:
        raise ApiError(406, f"responses are available as {' or '.join(offered)}")
    return best


def _without_parameters(accepted: MIMEAccept) -> Iterator[tuple[str, float]]:
    """Drop parameters such as `charset`; skip types of another FHIR version."""
    for item, quality in accepted:
        kind, raw_parameters = parse_options_header(item)
        # Parameter names of a media type are case-insensitive.
        parameters = {name.lower(): value for name, value in raw_parameters.items()}
        if parameters.get("fhirversion", "4.0") in FHIR_VERSIONS:
            yield kind, quality
