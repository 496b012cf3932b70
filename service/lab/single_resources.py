"""Tells lines that are a part of a patient's record from those that hold the whole of it."""

import msgspec

from cobalamin.fhir.decode.resources import TYPES

# What may hold all that is known of one patient; a plain form has no type.
WHOLE = frozenset({"", "Bundle", "Parameters", "DiagnosticReport"})
SINGLE_RESOURCES = (
    "a single resource, as FHIR Bulk Data has one a line, is a part of a record; put the resources "
    "of each patient into one Bundle a line, or let `cobalamin cohort run` group the files"
)


class _Header(msgspec.Struct):
    resourceType: str = ""


_headers = msgspec.json.Decoder(_Header)


def header_of(line: bytes) -> str | None:
    """The resource type of a JSON object, empty without one; None where it is no JSON object."""
    try:
        return _headers.decode(line).resourceType
    except (msgspec.MsgspecError, RecursionError):
        return None


def is_single_resource(line: bytes) -> bool:
    """Whether the line is a resource of a type that is read, but holds a part of a record alone."""
    kind = header_of(line)
    return kind in TYPES and kind not in WHOLE
