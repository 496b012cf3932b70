"""gzip for batches, in and out, in pieces."""

import zlib
from collections.abc import Iterable, Iterator
from typing import IO

from cobalamin.service.http.errors import ApiError

GZIP = "gzip"
GZIP_WINDOW = 16 + zlib.MAX_WBITS
CHUNK = 64 * 1024
NOT_GZIP = "the body is not whole gzip; send it again"


def decompress(source: IO[bytes], target: IO[bytes], max_bytes: int) -> int:
    """Write what the source holds to the target; return the bytes, more than `max_bytes` if it is
    too large: then the rest is not read.

    Raises:
        ApiError: 400 if it is not gzip, or ends early.
    """
    size, member = 0, zlib.decompressobj(GZIP_WINDOW)
    for piece in iter(lambda: source.read(CHUNK), b""):
        waiting = piece
        while waiting and size <= max_bytes:
            if member.eof:  # another member, as gzip files that were put together have
                member = zlib.decompressobj(GZIP_WINDOW)
            size += _inflate(member, waiting, target)
            waiting = member.unconsumed_tail or member.unused_data
        if size > max_bytes:
            return size
    if not member.eof:
        raise ApiError(400, NOT_GZIP)
    return size


def _inflate(member: "zlib._Decompress", data: bytes, target: IO[bytes]) -> int:
    try:
        return target.write(member.decompress(data, CHUNK))
    except zlib.error:
        raise ApiError(400, NOT_GZIP) from None


def compress(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Compress in pieces of about 64 KiB, each of which can be read when it arrives."""
    packer, waiting = zlib.compressobj(wbits=GZIP_WINDOW), 0
    for piece in pieces:
        waiting += len(piece)
        packed = packer.compress(piece)
        if waiting >= CHUNK:
            packed += packer.flush(zlib.Z_SYNC_FLUSH)
            waiting = 0
        if packed:
            yield packed
    yield packer.flush()
