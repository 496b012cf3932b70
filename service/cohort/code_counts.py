"""The codes of a sample of the documents: which are read, and which are not known."""

import csv
from collections.abc import Iterator
from pathlib import Path

import msgspec

from cobalamin.fhir.code_extraction import concepts_of
from cobalamin.service.knowledge.code_counts import CodeCounts
from cobalamin.service.knowledge.code_meanings import Codes
from cobalamin.service.lab.hl7v2.coded_elements import concepts_of_message

COLUMNS = {
    "kind": "VARCHAR",
    "system": "VARCHAR",
    "code": "VARCHAR",
    "display": "VARCHAR",
    "use": "VARCHAR",
    "times": "BIGINT",
    "alone": "BIGINT",
}


class CodeSample:
    """Counts the codes of every `step`-th document, of none where that is 0."""

    def __init__(self, codes: Codes, step: int) -> None:
        self._counts, self._step, self._seen = CodeCounts(codes), step, 0

    def add_json(self, body: bytes) -> None:
        """Counts the codes of a Bundle, where it is its turn."""
        if self._is_due():
            for concept in concepts_of(msgspec.json.decode(body, strict=False)):
                self._counts.add(concept.kind, concept.codings)

    def add_message(self, body: bytes) -> None:
        """Counts the codes of an HL7 v2 message, where it is its turn."""
        if self._is_due():
            for concept in concepts_of_message(body):
                self._counts.add(concept.kind, concept.codings)

    def _is_due(self) -> bool:
        self._seen += 1
        return self._step > 0 and self._seen % self._step == 1 % self._step

    def __iter__(self) -> Iterator[tuple[str | int, ...]]:
        """The counts as rows of COLUMNS."""
        return iter(self._counts)

    def write(self, path: Path) -> None:
        """Writes the counts as rows of COLUMNS."""
        with path.open("w", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows(self)
