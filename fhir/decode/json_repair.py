"""Repair JSON before decoding: byte order marks and lone surrogates."""

import re

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_ESCAPES = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
REPLACEMENT = rb"\ufffd"


def normalise(body: bytes) -> bytes:
    """Strip the byte order mark and replace lone surrogates."""
    return replace_lone_surrogates(strip_bom(body))


def strip_bom(body: bytes) -> bytes:
    """Remove a UTF-8 byte order mark."""
    return body.removeprefix(BYTE_ORDER_MARK)


def replace_lone_surrogates(body: bytes) -> bytes:
    """Replace each escaped lone surrogate by U+FFFD.

    Decoders refuse them, and one text cut within a character would cost the whole body.
    """
    if SURROGATE.search(body) is None:
        return body
    return _ESCAPES.sub(lambda match: REPLACEMENT if match["half"] else match[0], body)
