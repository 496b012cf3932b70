"""Splits files into parts that end where a line or a message does."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from msgspec import Struct
from msgspec.structs import replace

from cobalamin.service.cohort.input.files import FileKind, hash_of, open_source
from cobalamin.service.cohort.input.parts import Part

MIB = 1024 * 1024
ENDS = {FileKind.hl7: (b"\nMSH", b"\rMSH", b"\n\x0bMSH", b"\r\x0bMSH", b"\x1c\x0bMSH")}


class Sizes(Struct):
    """Bytes that are read at once, and that units and buckets have at most, or a line more."""

    read: int = MIB
    unit: int = 2 * MIB
    bulk: int = 64 * MIB
    bucket: int = 32 * MIB


SIZES = Sizes()


def split(file: Path, kind: FileKind, unpacked: Path | None) -> tuple[str, list[Part]]:
    """The hash of a file and its pieces; whole where it is one document or a table."""
    if unpacked is not None:
        with open_source(file) as packed:
            return hash_of(file), list(_cut(packed, file, kind, None, unpacked))
    if kind in (FileKind.document, FileKind.table):
        size = file.stat().st_size
        whole = [] if kind is FileKind.table else [_in_place(file, kind, 0, size)]
        return hash_of(file), whole
    with file.open("rb") as opened:
        hashed = hashlib.sha256()
        return_parts = list(_cut(opened, file, kind, hashed, None))
        return hashed.hexdigest(), return_parts


def check_packed(file: Path, kind: FileKind) -> tuple[str, list[Part]]:
    """The hash of a gzip file and itself as one part, after reading it to its end."""
    with open_source(file) as packed:
        while packed.read(SIZES.read):
            pass
    whole = _in_place(file, kind, 0, file.stat().st_size)
    return hash_of(file), [replace(whole, packed=True)]


def _cut(
    opened: IO[bytes],
    file: Path,
    kind: FileKind,
    hashed: "hashlib._Hash | None",
    unpacked: Path | None,
) -> Iterator[Part]:
    """Pieces that end where a line or a message does."""
    largest = SIZES.bulk if kind is FileKind.bulk else SIZES.unit
    held, start, number, at = bytearray(), 0, 0, 0
    while True:
        read = opened.read(SIZES.read)
        if hashed is not None:
            hashed.update(read)
        held += read
        if read and len(held) < largest:
            continue
        end = len(held) if not read else _last_end(held, kind)
        if end:
            piece = bytes(held[:end])
            yield _placed(file, kind, unpacked, at, piece, start, number)
            number += _count(piece, kind)
            start, at = start + end, at + 1
            del held[:end]
        if not read:
            return


def _placed(  # noqa: PLR0913, PLR0917 - where a piece is
    file: Path,
    kind: FileKind,
    unpacked: Path | None,
    at: int,
    piece: bytes,
    start: int,
    number: int,
) -> Part:
    if unpacked is None:
        return _in_place(file, kind, start, start + len(piece), number)
    unpacked.mkdir(exist_ok=True)
    path = unpacked / f"{at:06}"
    path.write_bytes(piece)
    return Part(str(file), str(path), kind, 0, len(piece), number)


def _in_place(file: Path, kind: FileKind, start: int, end: int, number: int = 0) -> Part:
    """A piece of the file itself; whoever reads it may have another current folder."""
    return Part(str(file), str(file.absolute()), kind, start, end, number)


def _last_end(held: bytearray, kind: FileKind) -> int:
    """Where the last whole line or message ends; 0 where none does yet."""
    return max(held.rfind(end) for end in ENDS.get(kind, (b"\n",))) + 1


def _count(piece: bytes, kind: FileKind) -> int:
    ends = ENDS.get(kind, (b"\n",))
    return sum(piece.count(end) for end in ends) + (1 if kind is FileKind.hl7 else 0)
