"""Parts of files, and the lines and messages in them."""

import re
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from cobalamin.fhir.decode.json_repair import strip_bom
from cobalamin.service.cohort.input.files import FileKind, open_source

# Where a message begins: behind the end of a line or of a frame.
MESSAGE = re.compile(rb"[\r\n\x1c]+(?=\x0b?MSH)")
# What stands around the messages of a batch.
BATCH = re.compile(rb"(?m)^\x0b?(?:FHS|BHS|BTS|FTS)[^\r\n]*[\r\n]*")


class Part(Struct, frozen=True):
    """A piece of a file: `number` counts the lines, or messages, before it.

    `path` is where its bytes are, `file` the input that they came from. One that is `packed` is a
    whole gzip file.
    """

    file: str
    path: str
    kind: FileKind
    start: int = 0
    end: int = 0
    number: int = 0
    packed: bool = False


def read_part(part: Part) -> bytes:
    """The bytes of a part."""
    if part.packed:
        with open_source(Path(part.path)) as packed:
            return packed.read()
    with Path(part.path).open("rb") as opened:
        opened.seek(part.start)
        return opened.read(part.end - part.start)


def read_lines(part: Part) -> Iterator[tuple[int, bytes]]:
    """Every line that is not blank, with its number in the file from 1."""
    lines = _packed_lines(part) if part.packed else iter(read_part(part).split(b"\n"))
    for number, line in enumerate(lines, start=part.number + 1):
        text = strip_bom(line) if number == 1 else line
        if text and not text.isspace():
            yield number, text


def _packed_lines(part: Part) -> Iterator[bytes]:
    """The lines one by one: what is packed may not fit into memory."""
    with open_source(Path(part.path)) as packed:
        for line in packed:
            yield line.removesuffix(b"\n")


def read_messages(part: Part) -> Iterator[tuple[int, bytes]]:
    """Every HL7 v2 message, with its number in the file from 1."""
    whole = read_part(part) if part.number else strip_bom(read_part(part))
    lines = whole.replace(b"\r\n", b"\r").replace(b"\n", b"\r")
    body = b"".join(BATCH.sub(b"", line) for line in lines.splitlines(keepends=True))
    number = part.number
    for message in MESSAGE.split(body):
        if message.strip(b"\x0b\x1c\r\n "):
            number += 1
            yield number, message
