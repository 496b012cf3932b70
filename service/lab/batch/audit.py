"""The audit entry of a batch: what was sent as a hash, and what it came to as counts."""

from dataclasses import replace
from functools import partial
from hashlib import sha256
from time import monotonic
from typing import IO

from cobalamin.service.http.app_context import AppContext
from cobalamin.service.http.audit_entries import (
    AuditedRun,
    Evaluation,
    record_run,
    store_evaluation,
)
from cobalamin.service.lab.batch.answers import SERVICE, BatchOptions
from cobalamin.service.lab.batch.counts import BatchCounts
from cobalamin.service.records.audit.entries import EntryKind
from cobalamin.service.rules.model.assessment import Assessment

CHUNK = 64 * 1024


def with_audit(options: BatchOptions, file: IO[bytes], ctx: AppContext) -> BatchOptions:
    """The options of a batch that leaves an entry once its lines are answered.

    Each line leaves one too where the settings say so.
    """
    each = partial(_record_line, options, ctx) if ctx.settings.audit_each_patient else None
    return replace(options, record=_BatchRecorder(options, file, ctx), record_line=each)


def _record_line(
    options: BatchOptions, ctx: AppContext, assessment: Assessment, answer: bytes, started: float
) -> None:
    evaluation = Evaluation(
        kind=EntryKind.batch_patient,
        service=SERVICE,
        assessment=assessment,
        profile=options.options.profile,
        started=started,
        answer=answer,
        correlation=options.correlation,
    )
    store_evaluation(ctx, evaluation)


class _BatchRecorder:
    """Stores the entry of one batch, whose lines the file holds."""

    def __init__(self, options: BatchOptions, file: IO[bytes], ctx: AppContext) -> None:
        self._options, self._inputs, self._ctx = options, _digest(file), ctx
        self._started = monotonic()

    def __call__(self, counts: BatchCounts) -> None:
        """Store the entry.

        Raises:
            StoreError: it is required and could not be stored.
        """
        details = counts.to_dict() | ({} if counts.is_whole else {"cutShort": True})
        run = AuditedRun(
            kind=EntryKind.batch,
            service=SERVICE,
            profile=self._options.options.profile,
            started=self._started,
            correlation=self._options.correlation,
            inputs=self._inputs,
            counts=details,
        )
        record_run(self._ctx, run)


def _digest(file: IO[bytes]) -> bytes:
    """The SHA-256 of the whole file, which is at its beginning before and after."""
    found = sha256()
    for piece in iter(lambda: file.read(CHUNK), b""):
        found.update(piece)
    file.seek(0)
    return found.digest()
