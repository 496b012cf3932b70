"""Decodes lists element by element; one that is longer than any record is refused before that."""

import re

import msgspec

from cobalamin.fhir.decode.issues import Issue

MAX_ELEMENTS = 20_000
"""Entries of a Bundle, and elements of any other list that is read one by one."""
TOO_LONG = f"has more than {MAX_ELEMENTS} entries; send fewer"
_TOKENS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{},]', re.DOTALL)
_OPENING, _CLOSING = frozenset({b"[", b"{"}), frozenset({b"]", b"}"})
_RAW_LIST = msgspec.json.Decoder(list[msgspec.Raw])


class ListTooLongError(msgspec.ValidationError):
    """A list has more than `MAX_ELEMENTS` elements."""


def decode_raw_list(raw: msgspec.Raw) -> list[msgspec.Raw]:
    """The elements of a list, undecoded.

    Raises:
        ListTooLongError: there are too many.
        msgspec.MsgspecError: it is no list; RecursionError where it is nested too deeply.
    """
    if is_too_long(raw):
        raise ListTooLongError(TOO_LONG)
    return _RAW_LIST.decode(raw)


def is_too_long(raw: msgspec.Raw) -> bool:
    """Whether a list has too many elements; nothing is built, and nothing read beyond them."""
    if len(raw) <= 2 * MAX_ELEMENTS:
        return False
    depth = commas = 0
    for match in _TOKENS.finditer(raw):
        token = match[0]
        if token in _OPENING:
            depth += 1
        elif token in _CLOSING:
            depth -= 1
        elif token == b"," and depth == 1:
            commas += 1
            if commas >= MAX_ELEMENTS:
                return True
    return False


def issue_of_list(error: Exception) -> Issue:
    """What to note of a list that could not be decoded."""
    is_long = isinstance(error, ListTooLongError)
    return Issue.list_too_long if is_long else Issue.element_not_read
