"""Batch assessment: NDJSON in, NDJSON out, in the same order.

The body is spooled to a temporary file before the first line is answered, so a client may send all
of it before it reads, and memory does not grow with the number of lines.
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
from cobalamin.service.http.server_hooks import BUFFERED_BODY
from cobalamin.service.lab.body import AssessmentOptions, read_request
from cobalamin.service.lab.json_response import to_json
from cobalamin.service.rules.assess import assess

MIB = 1024 * 1024
MAX_LINE_BYTES = 8 * MIB
MAX_LINES = 500_000
MEMORY_LIMIT = MIB
CHUNK = 64 * 1024
LINE_END = b"\r\n"
Line = tuple[int, bytes | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOptions:
    """Options shared by all lines of a request."""

    options: AssessmentOptions
    short: bool
    new_id: Callable[[], str]
    correlation: str


# --- the body


def spool_body(request: Request, max_mib: int) -> IO[bytes]:
    """Spool the body to a temporary file, rewound; the caller closes it.

    Raises:
        ApiError: 413 where it is too large, 400 where it ended early or holds no line, 503 where
            there is no room for it.
    """
    buffered: IO[bytes] | None = request.environ.get(BUFFERED_BODY)
    if buffered is not None:
        return _check(buffered, request.content_length or 0, max_mib)
    with ExitStack() as opened:
        file: IO[bytes] = SpooledTemporaryFile(max_size=MEMORY_LIMIT)  # noqa: SIM115 - closed
        opened.callback(file.close)
        try:
            _fill(file, request, max_mib)
        except OSError:
            raise ApiError(503, "there is no room to keep the batch; send it in parts") from None
        opened.pop_all()
        return file


def _fill(file: IO[bytes], request: Request, max_mib: int) -> None:
    max_bytes, declared = max_mib * MIB, request.content_length
    # One byte above the limit tells a chunked body that is too large from one that just fits.
    request.max_content_length = max_bytes + 1
    too_large = declared is not None and declared > max_bytes
    size = 0 if too_large else _copy(request.stream, file, max_bytes)
    if too_large or size > max_bytes:
        raise _too_large(max_mib)
    if declared is not None and size < declared:
        raise ApiError(400, "the body ended before its Content-Length; send it again")
    _require_line(file)


def _check(file: IO[bytes], size: int, max_mib: int) -> IO[bytes]:
    """Check a body that the server has received in whole, or not because it is too large."""
    if size > max_mib * MIB:
        raise _too_large(max_mib)
    _require_line(file)
    return file


def _too_large(max_mib: int) -> ApiError:
    return ApiError(413, f"the batch is larger than {max_mib} MiB; send it in parts")


def _require_line(file: IO[bytes]) -> None:
    has_content, lines = _scan(file)
    if not has_content:
        raise ApiError(400, "the body holds no line; send one JSON object a line")
    if lines > MAX_LINES:
        raise ApiError(413, f"the batch has more than {MAX_LINES} lines; send it in parts")
    file.seek(0)


def _copy(stream: IO[bytes], file: IO[bytes], max_bytes: int) -> int:
    """Copy until the end or past `max_bytes`; return the number of bytes copied."""
    size = 0
    while size <= max_bytes and (piece := stream.read(CHUNK)):
        size += len(piece)
        file.write(piece)
    return size


def _scan(file: IO[bytes]) -> tuple[bool, int]:
    """Whether there is anything but blanks, and the number of line ends."""
    file.seek(0)
    has_content, lines = False, 0
    for piece in iter(lambda: file.read(CHUNK), b""):
        has_content = has_content or bool(piece.strip())
        lines += piece.count(b"\n")
    return has_content, lines


# --- the lines


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


def iter_answers(lines: Iterable[Line], batch: BatchOptions) -> Iterator[bytes]:
    """Yield one response line per request line, in order."""
    for number, line in lines:
        yield _answer(number, line, batch) + b"\n"


def _answer(number: int, line: bytes | None, batch: BatchOptions) -> bytes:
    """Assess a line, or return its problem details; a bad line never affects the others."""
    try:
        return _assessed(line, batch)
    except ApiError as error:
        return _problem(error, number, batch)
    except Exception as error:  # noqa: BLE001 - the lines after it are still to be answered
        log_unexpected(error, batch.correlation)
        return _problem(ApiError(500, MESSAGES[500]), number, batch)


def _assessed(line: bytes | None, batch: BatchOptions) -> bytes:
    if line is None:
        raise ApiError(413, f"the line is longer than {MAX_LINE_BYTES // MIB} MiB")
    assessment_input = read_request(line, batch.options, fhir=False)
    if batch.short:
        return encode(
            assess_shortly(
                assessment_input.facts, batch.options.profile.knowledge, assessment_input.on
            )
        )
    assessment = assess(
        assessment_input.facts, batch.options.profile.knowledge, assessment_input.on
    )
    return to_json(assessment, batch.options.profile, batch.new_id)


def _problem(error: ApiError, number: int, batch: BatchOptions) -> bytes:
    return encode({**problem_details(error, batch.correlation), "line": number})
