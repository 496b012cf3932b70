"""How segments of HL7 v2 are written: escapes, ends, and where a note points."""

import re
from collections.abc import Iterable

import hl7

OWN_CODES = "99COBALAMIN"
"""The coding system of codes of this project, as an HL7 v2 field names it."""
PLACE = re.compile(r"(?P<segment>[A-Z0-9]{3})(\[(?P<number>[0-9]+)\])?(-(?P<field>[0-9]+))?")
_HEADER = hl7.parse("MSH|^~\\&|")


def escape(text: str) -> str:
    """A text with the marks of MSH-2 escaped."""
    return str(_HEADER.escape(text))


def unescape(text: str) -> str:
    """A text with the usual marks in place of their escapes."""
    return str(_HEADER.unescape(text))


def join_segments(segments: Iterable[str]) -> str:
    """Segments as one text, each ended by a carriage return."""
    return "".join(f"{segment}\r" for segment in segments)


def error_location(where: str) -> str:
    """Convert `OBX[2]-5` to `OBX^2^5`; empty for anything that is no HL7 path."""
    match = PLACE.match(where)
    if match is None:
        return ""
    return "^".join((match["segment"], match["number"] or "1", match["field"] or "")).rstrip("^")
