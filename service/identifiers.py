"""Generates identifiers of cards, suggestions and requests."""

import os

# The variant of RFC 9562: the two highest bits of this digit are fixed.
_VARIANT = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}
_AT_ONCE = 64
_BYTES, _DIGITS = 16, 32
_ready: list[str] = []

# A forked worker must not hand out what its parent had ready.
os.register_at_fork(after_in_child=_ready.clear)


def new_id() -> str:
    """A random UUID (version 4) as text; made many at once, as a card needs a dozen."""
    while True:
        try:
            return _ready.pop()
        except IndexError:
            digits = os.urandom(_BYTES * _AT_ONCE).hex()
            starts = range(0, len(digits), _DIGITS)
            _ready.extend([_as_uuid(digits[at : at + _DIGITS]) for at in starts])


def _as_uuid(digits: str) -> str:
    variant = _VARIANT[digits[16]]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
