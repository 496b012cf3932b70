"""The documents of files and folders: HL7 v2 messages, batches of them, JSON, and NDJSON."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from cobalamin.fhir.decode.json_repair import strip_bom
from cobalamin.service.cli.assessment_input import is_object
from cobalamin.service.cohort.input.files import HL7, FileKind, open_source
from cobalamin.service.cohort.input.parts import read_messages
from cobalamin.service.cohort.input.split import split

START = 4096
BLANK = b" \t\r\n\x0b\x1c"


class UnknownFormatError(Exception):
    """A file is neither HL7 v2 nor JSON."""


def iter_files(paths: tuple[Path, ...]) -> Iterator[Path]:
    """Yield the files that are named, and every one in the folders; hidden ones not."""
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and not file.name.startswith("."):
                yield file


def is_hl7(file: Path) -> bool:
    """Whether a file begins as HL7 v2 does; gzip is opened.

    Raises:
        OSError: it cannot be read.
        EOFError: it ends within what is compressed.
        UnknownFormatError: it begins neither as HL7 v2 nor as JSON.
    """
    with open_source(file) as opened:
        start = strip_bom(opened.read(START)).lstrip(BLANK)
    if start.startswith(HL7):
        return True
    if start.startswith((b"{", b"[")):
        return False
    raise UnknownFormatError


def iter_hl7_messages(file: Path) -> Iterator[bytes]:
    """Yield the messages of a file, without what makes a batch of them."""
    with TemporaryDirectory() as folder:
        for part in split(file, FileKind.hl7, Path(folder) / "unpacked")[1]:
            yield from (message for _, message in read_messages(part))


def iter_json_documents(file: Path) -> Iterator[bytes]:
    """Yield the document of a file, or one for each line or each member of an array."""
    with open_source(file) as opened:
        first = next((line for line in opened if strip_bom(line).strip()), b"")
        if is_object(strip_bom(first)):
            yield strip_bom(first)
            yield from (line for line in opened if line.strip())
            return
        content = strip_bom(first) + opened.read()
    if not content.lstrip().startswith(b"["):
        yield content
        return
    try:
        members = msgspec.json.decode(content, type=list[msgspec.Raw])
    except (msgspec.DecodeError, RecursionError):
        yield content
    else:
        yield from map(bytes, members)
