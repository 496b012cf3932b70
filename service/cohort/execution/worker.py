"""What a worker process does with one unit: rows, refusals and codes, whole or not at all."""

import csv
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

import msgspec

from cobalamin.service.cohort.code_counts import CodeSample
from cobalamin.service.cohort.execution.document_row import assess_document
from cobalamin.service.cohort.execution.job import Counts, Job
from cobalamin.service.cohort.execution.plan import WorkUnit
from cobalamin.service.cohort.input.bulk.groups import group_by_patient, read_shared
from cobalamin.service.cohort.input.bulk.partition import partition
from cobalamin.service.cohort.input.documents import (
    Document,
    DocumentOptions,
    document_of_rows,
    documents_of,
)
from cobalamin.service.cohort.input.files import FileKind
from cobalamin.service.cohort.input.table.buckets import read_bucket
from cobalamin.service.cohort.input.table.mapping import load_mapping
from cobalamin.service.cohort.refusals import Refusals
from cobalamin.service.knowledge.profile import load_profile
from cobalamin.service.knowledge.site import load_site


class UnitWorker:
    """The knowledge and the options, loaded once in a process."""

    def __init__(self, job: Job) -> None:
        site = None if job.site is None else load_site(Path(job.site))
        self.job = job
        self.folder = Path(job.folder)
        self.profile = load_profile(job.profile, site)
        self.mapping = None if job.mapping is None else load_mapping(Path(job.mapping))
        self._shared: dict[str, bytes] | None = None

    def run(self, unit: WorkUnit) -> Counts:
        """Does one unit; one that was done before is not done again."""
        done = self.folder / f"{unit.name}.done"
        if done.exists():
            return msgspec.json.decode(done.read_bytes(), type=Counts)
        counts = self._partition(unit) if unit.name.startswith("bulk") else self._assess(unit)
        unfinished = self.folder / f"{unit.name}.unfinished"
        unfinished.write_bytes(msgspec.json.encode(counts))
        unfinished.rename(done)
        return counts

    def _partition(self, unit: WorkUnit) -> Counts:
        passed: Counter[str] = Counter()
        with self._open(unit, "refused") as file:
            refusals = Refusals.to_file(file)
            for part in unit.parts:
                target = self.folder / "bulk"
                passed += partition(part, unit.name, target, self.job.buckets, refusals)
            _sync(file)
        return Counts(refused=refusals.count, passed=dict(passed))

    def _assess(self, unit: WorkUnit) -> Counts:
        codes, count = CodeSample(self.profile.codes, self.job.sample), 0
        options = self._options(codes)
        with self._open(unit, "rows") as rows, self._open(unit, "refused") as refused:
            writer, refusals = csv.writer(rows, lineterminator="\n"), Refusals.to_file(refused)
            for document in self._documents(unit, refusals):
                row = assess_document(document, options, refusals)
                if row is not None:
                    writer.writerow(row)
                    count += 1
            codes.write(self.folder / f"{unit.name}.codes")
            _sync(rows)
            _sync(refused)
        return Counts(rows=count, refused=refusals.count)

    def _options(self, codes: CodeSample) -> DocumentOptions:
        return DocumentOptions(
            profile=self.profile,
            today=self.job.today,
            on=self.job.on,
            mapping=self.mapping,
            laboratory=self.job.laboratory,
            codes=codes,
        )

    def _open(self, unit: WorkUnit, suffix: str) -> TextIO:
        return (self.folder / f"{unit.name}.{suffix}").open("w", encoding="utf-8", newline="")

    # --- documents

    def _documents(self, unit: WorkUnit, refusals: Refusals) -> Iterator[Document]:
        for part in unit.parts:
            yield from documents_of(part)
        if unit.name.startswith("bucket"):
            bucket = unit.name.removeprefix("bucket-")
            yield from self._of_tables(bucket)
            yield from self._of_bulk(bucket, refusals)

    def _of_tables(self, bucket: str) -> Iterator[Document]:
        folders = [*self.folder.glob(f"table-*/bucket={int(bucket)}")]
        if folders and self.mapping is not None:
            for subject, rows in read_bucket(folders, self.mapping):
                yield document_of_rows(subject, rows)

    def _of_bulk(self, bucket: str, refusals: Refusals) -> Iterable[Document]:
        if self._shared is None:
            self._shared = read_shared(self.folder / "bulk")
        for body in group_by_patient(self.folder / "bulk" / bucket, self._shared, refusals):
            yield Document(file="", number=0, kind=FileKind.document, body=body)


def _sync(file: TextIO) -> None:
    """Makes sure that what was written survives before the unit counts as done."""
    file.flush()
    os.fsync(file.fileno())
