"""Checks media types of requests and chooses that of the response; reads request bodies."""

from collections.abc import Iterable, Iterator
from typing import IO
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Response, request
from werkzeug.datastructures import MIMEAccept
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.http import parse_options_header

from cobalamin.service.http.errors import ApiError

JSON = "application/json"
FHIR_JSON = "application/fhir+json"
NDJSON = "application/x-ndjson"
TEXT = "text/plain"
HL7V2 = "application/hl7-v2"
FHIR_VERSIONS = frozenset({"4.0", "4.3"})
INPUT_TERMINATED = "wsgi.input_terminated"
"""Set by a WSGI server whose input stream ends with the body."""
TRANSFER_ENCODING = "HTTP_TRANSFER_ENCODING"
HL7V2_TYPES = (HL7V2, "application/hl7-v2+er7", "x-application/hl7-v2+er7")


class CompleteResponse(Response):
    """A complete response with status 200; Werkzeug's checks for GET and streaming are skipped."""

    def __call__(self, _: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Send it unchanged."""
        start_response(self.status, self.headers.to_wsgi_list())
        return [self.get_data()]


def json_response(body: bytes) -> Response:
    """Build a JSON response."""
    return CompleteResponse(body, content_type=JSON)


def require_json() -> str:
    """Return the media type of the body.

    Raises:
        ApiError: 415 if it is neither JSON nor FHIR JSON.
    """
    if request.environ.get("CONTENT_TYPE") == JSON:
        return JSON  # the usual case: nothing to parse
    sent = request.mimetype
    if sent not in (JSON, FHIR_JSON):
        raise ApiError(415, f"send the body as {JSON} or {FHIR_JSON}")
    return sent


def require_lines() -> None:
    """Check that the body is NDJSON.

    Raises:
        ApiError: 415 if it is of another media type.
    """
    if request.mimetype != NDJSON:
        raise ApiError(415, f"send the body as {NDJSON}, one JSON object a line")


def require_hl7v2() -> None:
    """Check that the body is HL7 v2.

    Raises:
        ApiError: 415 if it is of another media type.
    """
    if request.mimetype not in HL7V2_TYPES:
        raise ApiError(415, f"send the message as {HL7V2}, in the vertical-bar encoding")


def read_body() -> bytes:
    """Read the whole body. A chunked body is truncated at the limit, so that size is too large.

    Raises:
        RequestEntityTooLarge: the body is larger than the limit.
    """
    environ, most = request.environ, request.max_content_length
    length = environ.get("CONTENT_LENGTH", "")
    if (
        INPUT_TERMINATED in environ
        and most is not None
        and length.isdecimal()
        and TRANSFER_ENCODING not in environ
    ):
        if int(length) > most:
            raise RequestEntityTooLarge
        return _read(environ["wsgi.input"], int(length))
    body = request.get_data(cache=False)
    if request.content_length is None and len(body) == most:
        raise RequestEntityTooLarge
    return body


def _read(stream: IO[bytes], length: int) -> bytes:
    """Read the body at once; Werkzeug's stream wrapper costs more than decoding a small body.

    Raises:
        ClientDisconnected: the connection was closed early.
        ApiError: 400 if the body ended before its Content-Length: half of it may look like a whole.
    """
    try:
        body = stream.read(length)
    except (OSError, ValueError):
        raise ClientDisconnected from None
    if len(body) < length:
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
