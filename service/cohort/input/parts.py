"""Parts of files, and the lines and messages in them."""

import re
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from cobalamin.fhir.decode.json_repair import strip_bom
from cobalamin.service.cohort.input.files import FileKind

# Where a message begins: behind the end of a line or of a frame.
MESSAGE = re.compile(rb"[\r\n\x1c]+(?=\x0b?MSH)")
# What stands around the messages of a batch.
BATCH = re.compile(rb"(?m)^\x0b?(?:FHS|BHS|BTS|FTS)[^\r\n]*[\r\n]*")


class Part(Struct, frozen=True):
    """A piece of a file: `number` counts the lines, or messages, before it.

    `path` is where its bytes are, `file` the input that they came from.
    """

    file: str
    path: str
    kind: FileKind
    start: int = 0
    end: int = 0
    number: int = 0


def read_part(part: Part) -> bytes:
    """The bytes of a part."""
    with Path(part.path).open("rb") as opened:
        opened.seek(part.start)
        return opened.read(part.end - part.start)


def read_lines(part: Part) -> Iterator[tuple[int, bytes]]:
    """Every line that is not blank, with its number in the file from 1."""
    body = read_part(part)
    if part.number == 0:
        body = strip_bom(body)
    for number, line in enumerate(body.split(b"\n"), start=part.number + 1):
        if line and not line.isspace():
            yield number, line


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
