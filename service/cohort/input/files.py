"""What the inputs of a run are: told apart by what they hold, not by their names."""

import gzip
from collections.abc import Iterator
from enum import StrEnum
from hashlib import file_digest
from pathlib import Path
from typing import IO, cast

from cobalamin.fhir.decode.json_repair import strip_bom
from cobalamin.service.cohort.errors import CohortError
from cobalamin.service.lab.single_resources import WHOLE, header_of

GZIP = b"\x1f\x8b"
PARQUET = b"PAR1"
START = 1024 * 1024
HL7 = (b"MSH", b"FHS", b"BHS")


class FileKind(StrEnum):
    """How the patients of a file are told apart."""

    lines = "lines"
    """A plain form or Bundle a line."""
    document = "document"
    """One plain form or Bundle."""
    bulk = "bulk"
    """A FHIR resource a line, grouped by patient."""
    table = "table"
    """CSV or Parquet, read by a mapping."""
    hl7 = "hl7"
    """HL7 v2 messages."""


def find_files(inputs: tuple[Path, ...]) -> Iterator[Path]:
    """Every file that is named, and every one in the folders; hidden ones and `manifest.json` not.

    Raises:
        CohortError: there is none.
    """
    has_file = False
    for path in inputs:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and not file.name.startswith(".") and file.name != "manifest.json":
                has_file = True
                yield file
    if not has_file:
        raise CohortError("the inputs hold no file")


def open_source(file: Path) -> IO[bytes]:
    """The file, decompressed where it is gzip."""
    opened = file.open("rb")
    if opened.read(len(GZIP)) == GZIP:
        opened.close()
        return cast("IO[bytes]", gzip.open(file, "rb"))
    opened.seek(0)
    return opened


def is_compressed(file: Path) -> bool:
    """Whether the file is gzip."""
    with file.open("rb") as opened:
        return opened.read(len(GZIP)) == GZIP


def hash_of(file: Path) -> str:
    """The SHA-256 of a file as it is."""
    with file.open("rb") as opened:
        return file_digest(opened, "sha256").hexdigest()


def kind_of(file: Path) -> FileKind:
    """What a file holds, by its beginning.

    Raises:
        CohortError: it is empty or cannot be read.
    """
    try:
        with open_source(file) as opened:
            start = strip_bom(opened.read(START)).lstrip()
    except (OSError, EOFError) as error:
        raise CohortError(f"{file}: cannot be read ({type(error).__name__})") from None
    if not start:
        raise CohortError(f"{file}: is empty")
    if start.startswith(PARQUET):
        return FileKind.table
    if start.startswith(b"{"):
        return _kind_of_json(start)
    return FileKind.hl7 if start.lstrip(b"\x0b").startswith(HL7) else FileKind.table


def _kind_of_json(start: bytes) -> FileKind:
    first, _, rest = start.partition(b"\n")
    header = header_of(first)
    if header is None:
        # A first line that ends within the object: one document over many lines, or a long line.
        return FileKind.document if rest or len(start) < START else FileKind.lines
    if header not in WHOLE:
        return FileKind.bulk
    return FileKind.lines if rest.strip() or len(start) < START else FileKind.document
