"""Keeps the body of a batch in a temporary file before the first line is answered.

So a client may send all of it before it reads, and memory does not grow with the number of lines.
"""

from contextlib import ExitStack
from tempfile import SpooledTemporaryFile
from typing import IO

from flask import Request

from cobalamin.service.http.errors import ApiError
from cobalamin.service.http.server_environ import BUFFERED_BODY
from cobalamin.service.lab.batch.compression import GZIP, decompress
from cobalamin.service.lab.batch.lines import require_whole_records

MIB = 1024 * 1024
MAX_LINES = 500_000
MEMORY_LIMIT = MIB
CHUNK = 64 * 1024
NO_ROOM = "there is no room to keep the batch; send it in parts"
NO_ENCODING = "send the body as it is, or with Content-Encoding: gzip"


def spool_body(request: Request, max_mib: int) -> IO[bytes]:
    """Spool the body to a temporary file, decompressed and rewound; the caller closes it.

    Raises:
        ApiError: 413 where it is too large, 400 where it ended early or holds no line, 415 where
            it is compressed otherwise than by gzip, 422 where the lines are single resources, 503
            where there is no room for it.
    """
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", GZIP):
        raise ApiError(415, NO_ENCODING, headers={"Accept-Encoding": GZIP})
    with ExitStack() as opened:
        file = _received(request, max_mib, opened)
        if encoding == GZIP:
            file = _decompressed(file, max_mib, opened)
        _require_line(file)
        require_whole_records(file)
        opened.pop_all()
        return file


def _received(request: Request, max_mib: int, opened: ExitStack) -> IO[bytes]:
    """The body as it was sent, by the server or to a file of our own."""
    buffered: IO[bytes] | None = request.environ.get(BUFFERED_BODY)
    if buffered is not None:
        if (request.content_length or 0) > max_mib * MIB:
            raise _too_large(max_mib)
        opened.callback(buffered.close)
        return buffered
    file = _new_file(opened)
    try:
        _fill(file, request, max_mib)
    except OSError:
        raise ApiError(503, NO_ROOM) from None
    return file


def _new_file(opened: ExitStack) -> IO[bytes]:
    file: IO[bytes] = SpooledTemporaryFile(max_size=MEMORY_LIMIT)  # noqa: SIM115 - closed
    opened.callback(file.close)
    return file


def _decompressed(packed: IO[bytes], max_mib: int, opened: ExitStack) -> IO[bytes]:
    """The body without its compression; the limit holds for what comes out as well."""
    file = _new_file(opened)
    packed.seek(0)
    try:
        size = decompress(packed, file, max_mib * MIB)
    except OSError:
        raise ApiError(503, NO_ROOM) from None
    if size > max_mib * MIB:
        raise _too_large(max_mib)
    packed.close()
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
