"""Lines, documents and patients that give no row: where they stood, and why."""

import csv
from collections.abc import Callable
from typing import TextIO

from cobalamin.service.cohort.errors import RefusedError

COLUMNS = {
    "file": "VARCHAR",
    "number": "BIGINT",
    "subject": "VARCHAR",
    "code": "VARCHAR",
    "text": "VARCHAR",
}
RefusedRow = tuple[str, int, str, str, str]


class Refusals:
    """Hands on what is refused; `number` counts lines, rows or messages of the file from 1."""

    def __init__(self, write: Callable[[RefusedRow], object]) -> None:
        self._write = write
        self.count = 0

    @classmethod
    def to_file(cls, file: TextIO) -> "Refusals":
        """Writes them as rows of CSV."""
        return cls(csv.writer(file, lineterminator="\n").writerow)

    def add(self, file: str, number: int, subject: str, why: RefusedError) -> None:
        """Adds one."""
        self.count += 1
        self._write((file, number, subject, why.code, why.text))
