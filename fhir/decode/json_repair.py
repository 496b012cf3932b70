"""What senders put before their JSON, and characters that they cut in two."""

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
    """The body as a decoder takes it, if it is JSON."""
    return replace_lone_surrogates(strip_bom(body))


def strip_bom(body: bytes) -> bytes:
    """The body without the byte order mark that some senders put first."""
    return body.removeprefix(BYTE_ORDER_MARK)


def replace_lone_surrogates(body: bytes) -> bytes:
    """The same JSON with a replacement for each half of a character, which no decoder takes.

    A note that was cut in the midst of a character would cost everything beside it.
    """
    if SURROGATE.search(body) is None:
        return body
    return _ESCAPES.sub(lambda found: REPLACEMENT if found["half"] else found[0], body)
