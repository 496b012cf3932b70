"""Errors of a body: it is not JSON, or a member of it is missing or of another kind."""

import re

import msgspec

from cobalamin.fhir.decode.json_faults import find_json_fault
from cobalamin.service.http.errors import ApiError

NOT_OBJECT = "the body must be a JSON object"
MISSING = re.compile(r"Object missing required field `(\w+)`")
EXPECTED = re.compile(r"Expected `([a-z]+)")
EMPTY = re.compile(r"Expected `str` of length >= 1")
PATH = re.compile(r" - at `\$\.?([^`]*)`\Z")
KINDS = {"str": "text", "object": "an object", "array": "a list", "int": "a whole number"}


def not_json(body: bytes) -> ApiError:
    """The error with what the body looks like, or with line, column and path of the fault."""
    fault = find_json_fault(body)
    return ApiError(400, fault.message, fault.where)


def describe_error(error: msgspec.ValidationError) -> tuple[str, str | None]:
    """What to send instead, and the path of the member; None for the body itself."""
    text = str(error)
    path = PATH.search(text)
    where = None if path is None else path[1]
    missing = MISSING.match(text)
    if missing is not None:
        return "is required", missing[1] if where is None else f"{where}.{missing[1]}"
    if where is None:
        return NOT_OBJECT, None
    if EMPTY.match(text):
        return "must not be empty", where
    expected = EXPECTED.match(text)
    kind = None if expected is None else KINDS.get(expected[1])
    return ("has another kind than is read" if kind is None else f"must be {kind}"), where
