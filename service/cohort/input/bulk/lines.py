"""One resource of a patient as it is kept in a bucket."""

from collections.abc import Iterator
from pathlib import Path

import msgspec


class BulkResource(msgspec.Struct, frozen=True, array_like=True):
    """One resource of a patient; `uses` is the id of a Medication that it refers to."""

    subject: str
    file: str
    number: int
    kind: str
    text: msgspec.Raw
    uses: str = ""


_lines = msgspec.json.Decoder(BulkResource)
_encoder = msgspec.json.Encoder()


def write_lines(path: Path, lines: list[BulkResource]) -> None:
    """Writes lines to a file of a bucket."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\n".join(map(_encoder.encode, lines)))


def read_lines_of_bucket(bucket: Path) -> Iterator[BulkResource]:
    """Every line of a bucket."""
    for file in sorted(bucket.glob("*")):
        yield from map(_lines.decode, file.read_bytes().split(b"\n"))
