"""The strings within an element, whatever its shape."""

import re
from collections.abc import Iterator

import msgspec

from cobalamin.fhir.decode.resources import DECODE_ERRORS, TEXT

_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"')
# A longer one is a document, such as an attachment.
_MAX_LENGTH = 65_536


def iter_strings(raw: msgspec.Raw) -> Iterator[str]:
    """Yield every string of an element, names of members too; what is no text is passed over."""
    for found in _STRING.finditer(bytes(raw)):
        if len(found[0]) <= _MAX_LENGTH:
            try:
                yield TEXT.decode(found[0])
            except DECODE_ERRORS:
                continue
