"""Many assessments in one request: one JSON object a line in, one a line out, in the same order.

The whole body is kept in a temporary file before the first line is answered, so a client may send
everything before it reads anything, and memory does not grow with the number of lines.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO

from flask import Request

from cobalamin.service.answers.plain import encode
from cobalamin.service.answers.short import assess_shortly
from cobalamin.service.http.errors import (
    MESSAGES,
    ApiError,
    log_unexpected,
    problem_details,
)
from cobalamin.service.lab.answer import to_json
from cobalamin.service.lab.body import Asking, read_request
from cobalamin.service.rules.assess import assess

MIB = 1024 * 1024
LONGEST_LINE = 8 * MIB
KEPT_IN_MEMORY = MIB
PIECE = 64 * 1024
LINE_END = b"\r\n"
Line = tuple[int, bytes | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What the lines of one request have in common; one day for all of them."""

    asking: Asking
    short: bool
    new_id: Callable[[], str]
    correlation: str


# --- the body


def spooled(request: Request, most_mib: int) -> IO[bytes]:
    """The body in a temporary file, at its beginning; the caller closes it.

    Raises:
        ApiError: 413 where it is too large, 400 where it ended early or holds no line, 503 where
            there is no room for it.
    """
    with ExitStack() as opened:
        file: IO[bytes] = SpooledTemporaryFile(max_size=KEPT_IN_MEMORY)  # noqa: SIM115 - closed
        opened.callback(file.close)
        try:
            _fill(file, request, most_mib)
        except OSError:
            raise ApiError(503, "there is no room to keep the batch; send it in parts") from None
        opened.pop_all()
        return file


def _fill(file: IO[bytes], request: Request, most_mib: int) -> None:
    most, declared = most_mib * MIB, request.content_length
    # One byte more than is allowed, so that a body in chunks is told from one that just fits.
    request.max_content_length = most + 1
    too_large = declared is not None and declared > most
    size = 0 if too_large else _keep(request.stream, file, most)
    if too_large or size > most:
        raise ApiError(413, f"the batch is larger than {most_mib} MiB; send it in parts")
    if declared is not None and size < declared:
        raise ApiError(400, "the body ended before its Content-Length; send it again")
    if not _has_line(file):
        raise ApiError(400, "the body holds no line; send one JSON object a line")
    file.seek(0)


def _keep(stream: IO[bytes], file: IO[bytes], most: int) -> int:
    """How many bytes were kept; more than `most` where the body is larger."""
    size = 0
    while size <= most and (piece := stream.read(PIECE)):
        size += len(piece)
        file.write(piece)
    return size


def _has_line(file: IO[bytes]) -> bool:
    file.seek(0)
    return any(piece.strip() for piece in iter(lambda: file.read(PIECE), b""))


# --- the lines


def numbered(file: IO[bytes]) -> Iterator[Line]:
    """Every line that is not blank with its number from 1; None for one that is too long.

    Closes the file behind the last one.
    """
    with file:
        yield from _numbered(file)


def _numbered(file: IO[bytes]) -> Iterator[Line]:
    number = 0
    while line := file.readline(LONGEST_LINE + len(LINE_END)):
        number += 1
        content = line.rstrip(LINE_END)
        if len(content) > LONGEST_LINE:
            _skip_rest(file, line)
            yield number, None
        elif content.strip():
            yield number, content


def _skip_rest(file: IO[bytes], read: bytes) -> None:
    while read and not read.endswith(b"\n"):
        read = file.readline(PIECE)


def answered(lines: Iterable[Line], batch: Batch) -> Iterator[bytes]:
    """One line of answer for each line asked, in the same order."""
    for number, line in lines:
        yield _answer(number, line, batch) + b"\n"


def _answer(number: int, line: bytes | None, batch: Batch) -> bytes:
    """The assessment, or what is wrong with the line; a bad line never costs the others."""
    try:
        return _assessed(line, batch)
    except ApiError as error:
        return _problem(error, number, batch)
    except Exception as error:  # noqa: BLE001 - the lines after it are still to be answered
        log_unexpected(error, batch.correlation)
        return _problem(ApiError(500, MESSAGES[500]), number, batch)


def _assessed(line: bytes | None, batch: Batch) -> bytes:
    if line is None:
        raise ApiError(413, f"the line is longer than {LONGEST_LINE // MIB} MiB")
    asked = read_request(line, batch.asking, fhir=False)
    if batch.short:
        return encode(assess_shortly(asked.facts, batch.asking.profile.knowledge, asked.on))
    assessment = assess(asked.facts, batch.asking.profile.knowledge, asked.on)
    return to_json(assessment, batch.asking.profile, batch.new_id)


def _problem(error: ApiError, number: int, batch: Batch) -> bytes:
    return encode({**problem_details(error, batch.correlation), "line": number})
