"""What senders put before their JSON, and characters that they cut in two."""

import re

MARK = b"\xef\xbb\xbf"
HALF = re.compile(rb"\\u[dD][89a-fA-F]")
_ESCAPES = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
INSTEAD = rb"\ufffd"


def readable(body: bytes) -> bytes:
    """The body as a decoder takes it, if it is JSON."""
    return whole(without_mark(body))


def without_mark(body: bytes) -> bytes:
    """The body without the byte order mark that some senders put first."""
    return body.removeprefix(MARK)


def whole(body: bytes) -> bytes:
    """The same JSON with a replacement for each half of a character, which no decoder takes.

    A note that was cut in the midst of a character would cost everything beside it.
    """
    if HALF.search(body) is None:
        return body
    return _ESCAPES.sub(lambda found: INSTEAD if found["half"] else found[0], body)
