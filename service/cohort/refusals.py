"""Lines, documents and patients that give no row: where they stood, and why."""

import csv
from typing import TextIO

from cobalamin.service.cohort.errors import RefusedError

COLUMNS = {
    "file": "VARCHAR",
    "number": "BIGINT",
    "subject": "VARCHAR",
    "code": "VARCHAR",
    "text": "VARCHAR",
}


class Refusals:
    """Writes what is refused; `number` counts lines, rows or messages of the file from 1."""

    def __init__(self, file: TextIO) -> None:
        self._writer = csv.writer(file, lineterminator="\n")
        self.count = 0

    def add(self, file: str, number: int, subject: str, why: RefusedError) -> None:
        """Adds one."""
        self.count += 1
        self._writer.writerow((file, number, subject, why.code, why.text))
