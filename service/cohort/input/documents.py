"""The documents of a unit, each with where it stood and how it becomes facts."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from msgspec import Struct

from cobalamin.service.cohort.code_counts import CodeSample
from cobalamin.service.cohort.input.files import FileKind
from cobalamin.service.cohort.input.parsers import read_hl7, read_json
from cobalamin.service.cohort.input.parts import Part, read_lines, read_messages, read_part
from cobalamin.service.cohort.input.performer import laboratory_of
from cobalamin.service.cohort.input.table.buckets import Numbered
from cobalamin.service.cohort.input.table.forms import form_of
from cobalamin.service.cohort.input.table.forms import laboratory_of as laboratory_of_rows
from cobalamin.service.cohort.input.table.mapping import TableMapping
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.lab.body import AssessmentInput, AssessmentOptions
from cobalamin.service.lab.plain_form import read_plain


class DocumentOptions(Struct, frozen=True, kw_only=True):
    """What documents are read with; without a day they are assessed on their own, or today."""

    profile: Profile
    today: date
    on: date | None
    mapping: TableMapping | None
    laboratory: bool
    codes: CodeSample

    @property
    def assessment(self) -> AssessmentOptions:
        """The options of a request."""
        return AssessmentOptions(profile=self.profile, today=self.today, on=self.on)


class Document(Struct, frozen=True, kw_only=True):
    """One document: a body, or the rows of a table about one patient."""

    file: str
    number: int
    kind: FileKind
    subject: str = ""
    body: bytes = b""
    rows: tuple[dict[str, str], ...] = ()


class ReadDocument(Struct, frozen=True):
    """Its facts with their day, the laboratory, and the origin where the subject is not enough."""

    request: AssessmentInput
    laboratory: str
    origin: str


def documents_of(part: Part) -> Iterator[Document]:
    """Every document of a part of a file."""
    if part.kind is FileKind.document:
        bodies: Iterator[tuple[int, bytes]] = iter([(1, read_part(part))])
    else:
        bodies = read_messages(part) if part.kind is FileKind.hl7 else read_lines(part)
    for number, body in bodies:
        yield Document(file=part.file, number=number, kind=part.kind, body=body)


def document_of_rows(subject: str, rows: list[Numbered]) -> Document:
    """The rows of one patient; it stood where the first of them did."""
    file, number, _ = rows[0]
    kept = tuple(row for _, _, row in rows)
    return Document(file=file, number=number, kind=FileKind.table, subject=subject, rows=kept)


def read_document(document: Document, options: DocumentOptions) -> ReadDocument:
    """The facts of a document.

    Raises:
        RefusedError: it gives no row.
    """
    origin = f"{Path(document.file).name}:{document.number}"
    if document.kind is FileKind.hl7:
        request, sender = read_hl7(document.body, options.profile, options.on, options.today)
        options.codes.add_message(document.body)
        return ReadDocument(request, sender, origin)
    if document.kind is FileKind.table:
        return _read_rows(document, options)
    request = read_json(document.body, options.assessment)
    options.codes.add_json(document.body)
    laboratory = laboratory_of(document.body) if options.laboratory else ""
    return ReadDocument(request, laboratory, "" if request.facts.patient.id else origin)


def _read_rows(document: Document, options: DocumentOptions) -> ReadDocument:
    mapping = options.mapping
    if mapping is None:
        raise TypeError("a table without a mapping")
    rows = list(document.rows)
    form, day = form_of(document.subject, rows, mapping), options.on or options.today
    facts = read_plain(form, options.profile.knowledge.units, day)
    laboratory = laboratory_of_rows(rows, mapping)
    return ReadDocument(AssessmentInput(facts=facts, on=day), laboratory, "")
