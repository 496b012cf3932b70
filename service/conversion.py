"""Converts what a file holds into typed values, in one thread at a time."""

from threading import Lock
from typing import TypeVar

import msgspec

_LOCK = Lock()
Shape = TypeVar("Shape")


def convert(value: object, shape: type[Shape]) -> Shape:
    """Convert parsed TOML or JSON to a type, as `msgspec.convert` does.

    msgspec looks at a class when it first meets it, and two threads that do so at once crash the
    process. Files are loaded in the threads of requests too, so they are converted here.

    Raises:
        msgspec.ValidationError: the value has another shape.
    """
    with _LOCK:
        return msgspec.convert(value, shape)
