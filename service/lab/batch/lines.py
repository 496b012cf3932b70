"""The lines of a batch."""

from collections.abc import Iterator
from typing import IO

from cobalamin.service.http.errors import ApiError
from cobalamin.service.lab.single_resources import SINGLE_RESOURCES, is_single_resource

MIB = 1024 * 1024
MAX_LINE_BYTES = 8 * MIB
CHUNK = 64 * 1024
LINE_END = b"\r\n"
Line = tuple[int, bytes | None]


def iter_lines(file: IO[bytes]) -> Iterator[Line]:
    """Yield each non-blank line with its number from 1; None for one that is too long.

    Closes the file at the end.
    """
    with file:
        yield from _iter_lines(file)


def _iter_lines(file: IO[bytes]) -> Iterator[Line]:
    number = 0
    while line := file.readline(MAX_LINE_BYTES + len(LINE_END)):
        number += 1
        content = line.rstrip(LINE_END)
        if len(content) > MAX_LINE_BYTES:
            _skip_rest(file, line)
            yield number, None
        elif content.strip():
            yield number, content


def _skip_rest(file: IO[bytes], read: bytes) -> None:
    while read and not read.endswith(b"\n"):
        read = file.readline(CHUNK)


def require_whole_records(file: IO[bytes]) -> None:
    """Check the first line, and rewind: lines of Bulk Data are refused as a whole.

    Raises:
        ApiError: 422 with what to do instead.
    """
    number, line = next(_iter_lines(file), (0, None))
    file.seek(0)
    if line is not None and is_single_resource(line):
        raise ApiError(422, SINGLE_RESOURCES, f"line {number}")
