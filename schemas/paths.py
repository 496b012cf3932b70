"""Validation errors of a schema as a path and a message."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from marshmallow import ValidationError

# Names of unknown members are shown only if they look like names: others may be patient data.
SHOWN = re.compile(r"[A-Za-z0-9_.:-]{1,40}")


class SchemaError(Exception):
    """The first error of a body; `where` is its path, `message` what to send instead."""

    def __init__(self, where: str, message: str) -> None:
        super().__init__(f"{where}: {message}")
        self.where = where
        self.message = message


def first_error(error: "ValidationError") -> SchemaError:
    """Convert the first error in document order."""
    return next(_iter_errors("", error.messages))


def _iter_errors(path: str, messages: object) -> Iterator[SchemaError]:
    if isinstance(messages, dict):
        for key, inner in messages.items():
            yield from _iter_errors(_join(path, key), inner)
    elif isinstance(messages, list):
        yield SchemaError(path, str(messages[0]))


def _join(path: str, key: object) -> str:
    if key == "_schema":
        return path
    if isinstance(key, int):
        return f"{path}[{key}]"
    name = str(key) if SHOWN.fullmatch(str(key)) else "?"
    return f"{path}.{name}" if path else name
