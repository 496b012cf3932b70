"""Faults of a schema as a path and a sentence."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from marshmallow import ValidationError

# The name of a member that nobody knows is shown, but not a sentence in its place.
SHOWN = re.compile(r"[A-Za-z0-9_.:-]{1,40}")


class SchemaError(Exception):
    """The first thing that is wrong with a body: where, and what to send instead."""

    def __init__(self, where: str, message: str) -> None:
        super().__init__(f"{where}: {message}")
        self.where = where
        self.message = message


def first_fault(error: "ValidationError") -> SchemaError:
    """The first fault in document order."""
    return next(_faults("", error.messages))


def _faults(path: str, messages: object) -> Iterator[SchemaError]:
    if isinstance(messages, dict):
        for key, inner in messages.items():
            yield from _faults(_joined(path, key), inner)
    elif isinstance(messages, list):
        yield SchemaError(path, str(messages[0]))


def _joined(path: str, key: object) -> str:
    if key == "_schema":
        return path
    if isinstance(key, int):
        return f"{path}[{key}]"
    name = str(key) if SHOWN.fullmatch(str(key)) else "?"
    return f"{path}.{name}" if path else name
