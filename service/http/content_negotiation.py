"""Media types that are read and answered."""

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
ENDS = "wsgi.input_terminated"
"""Set by a server whose stream ends where the body does."""
CHUNKS = "HTTP_TRANSFER_ENCODING"
HL7V2_SENT = (HL7V2, "application/hl7-v2+er7", "x-application/hl7-v2+er7")


class WholeAnswer(Response):
    """An answer of 200 to POST: all of it is there, so nothing is looked up while it is sent."""

    def __call__(self, _: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Sends it as it is."""
        start_response(self.status, self.headers.to_wsgi_list())
        return [self.get_data()]


def answered(body: bytes) -> Response:
    """The answer with this JSON."""
    return WholeAnswer(body, content_type=JSON)


def require_json() -> str:
    """The media type of the body.

    Raises:
        ApiError: 415 where it is neither JSON nor FHIR JSON.
    """
    if request.environ.get("CONTENT_TYPE") == JSON:
        return JSON  # as nearly all calls say it: nothing to parse
    sent = request.mimetype
    if sent not in (JSON, FHIR_JSON):
        raise ApiError(415, f"send the body as {JSON} or {FHIR_JSON}")
    return sent


def require_lines() -> None:
    """Refuses a body that is not one JSON object a line.

    Raises:
        ApiError: 415 where it is of another media type.
    """
    if request.mimetype != NDJSON:
        raise ApiError(415, f"send the body as {NDJSON}, one JSON object a line")


def require_hl7v2() -> None:
    """Refuses a body that is not said to be HL7 v2.

    Raises:
        ApiError: 415 where it is of another media type.
    """
    if request.mimetype not in HL7V2_SENT:
        raise ApiError(415, f"send the message as {HL7V2}, in the vertical-bar encoding")


def sent_bytes() -> bytes:
    """The whole body. One sent in chunks is cut off at the largest size, so that is too large.

    Raises:
        RequestEntityTooLarge: the body is larger than is read.
    """
    environ, most = request.environ, request.max_content_length
    length = environ.get("CONTENT_LENGTH", "")
    if ENDS in environ and most is not None and length.isdecimal() and CHUNKS not in environ:
        if int(length) > most:
            raise RequestEntityTooLarge
        return _read(environ["wsgi.input"], int(length))
    body = request.get_data(cache=False)
    if request.content_length is None and len(body) == most:
        raise RequestEntityTooLarge
    return body


def _read(stream: IO[bytes], length: int) -> bytes:
    """The body at once: Werkzeug's own stream costs more than decoding a small body.

    Raises:
        ClientDisconnected: the connection broke off.
    """
    try:
        return stream.read(length)
    except (OSError, ValueError):
        raise ClientDisconnected from None


def require_acceptable(*offered: str) -> str:
    """The offered type that the caller likes best; the first where it does not say.

    Raises:
        ApiError: 406 with what can be had.
    """
    accepted = request.accept_mimetypes
    if not accepted:
        return offered[0]
    best = MIMEAccept(_without_parameters(accepted)).best_match(offered)
    if best is None:
        raise ApiError(406, f"answers are {' or '.join(offered)}")
    return best


def _without_parameters(accepted: MIMEAccept) -> Iterator[tuple[str, float]]:
    """The types alone, as `charset` changes nothing; another version of FHIR is none of ours."""
    for item, quality in accepted:
        kind, parameters = parse_options_header(item)
        # Read without case: names are, in a media type.
        named = {name.lower(): value for name, value in parameters.items()}
        if named.get("fhirversion", "4.0") in FHIR_VERSIONS:
            yield kind, quality
