"""The audit trail as the service uses it: what happens while the database cannot be used."""

import logging
import time
from collections.abc import Callable
from datetime import date, datetime
from threading import Lock, Thread
from typing import TYPE_CHECKING

from cobalamin.service.metrics.definitions import AUDIT_FAILURES, RATE_CHANGES
from cobalamin.service.metrics.recording import METRICS
from cobalamin.service.records.audit.entries import AnsweredQuestion, AuditEntry
from cobalamin.service.records.audit.keys import AuditKey
from cobalamin.service.records.errors import StoreError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from cobalamin.service.records.audit.writer import AuditWriter

LOG = logging.getLogger("cobalamin.audit")
PAUSE_SECONDS = 5.0
PAUSED = "the database cannot be used (it failed a moment ago)"


class AuditTrail:
    """Stores entries, or counts those that could not be stored.

    If it is `required`, an evaluation whose entry is not stored must not be answered. After a
    failure the database is left alone for some seconds, so that no call waits for it. `plain_ids`
    keeps patients and resources as they are named, in place of their keyed hashes.
    """

    def __init__(
        self,
        writer: "AuditWriter",
        key: AuditKey,
        *,
        required: bool,
        plain_ids: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.key, self.required, self.plain_ids = key, required, plain_ids
        self._writer, self._clock = writer, clock
        self._lock = Lock()
        self._resume_at: float | None = None
        self._day: str | None = None
        self._counting: Thread | None = None

    def record(self, entry: AuditEntry) -> None:
        """Store an entry; it is committed when this returns.

        Raises:
            StoreError: it is required and not stored.
        """
        self._count_days_before(entry.day)
        try:
            self._require_not_paused()
            self._attempt(lambda: self._writer.write(entry))
        except StoreError as error:
            METRICS.count(AUDIT_FAILURES, "required" if self.required else "best-effort")
            if self.required:
                # Of the one kind that says: try again.
                raise StoreError(str(error)) from None
            self._writer.count_unrecorded()

    def record_beside(self, entry: AuditEntry, beside: "Callable[[Connection], None]") -> None:
        """Store an entry and what belongs to it in one transaction, required or not.

        Raises:
            StoreError: neither is stored.
        """
        self._count_days_before(entry.day)
        self._require_not_paused()
        self._attempt(lambda: self._writer.write_many((entry,), beside))

    def record_events(self, *entries: AuditEntry) -> None:
        """Store entries that are no evaluation, all or none, whether they are required or not.

        Raises:
            StoreError: they are not stored.
        """
        self._require_not_paused()
        self._attempt(lambda: self._writer.write_many(entries))

    def join(self) -> None:
        """Wait until the days that are over are counted."""
        if self._counting is not None:
            self._counting.join()

    def require_available(self) -> None:
        """Check before a long answer that entries can be stored.

        Raises:
            StoreError: they are required and cannot be.
        """
        if self.required:
            self._require_not_paused()
            self._attempt(self._writer.begin)

    def was_answered(self, question: "AnsweredQuestion", topic: str, now: datetime) -> bool:
        """Whether a card of this topic was shown and answered; False if nobody can tell."""
        # Here, because SQLAlchemy is slow to import.
        from cobalamin.service.records.audit.answered import was_answered  # noqa: PLC0415

        try:
            self._require_not_paused()
            return was_answered(self._writer.store, question, topic, now)
        except StoreError as error:
            LOG.warning("a card is shown though it may have been answered: %s", error)
            return False

    @property
    def unrecorded(self) -> int:
        """The evaluations of this process that were answered and have no entry yet to say so."""
        return self._writer.unrecorded

    def is_available(self) -> bool:
        """Whether entries can be stored; after a failure it is tried once the pause is over."""
        try:
            self._require_not_paused()
            if self._resume_at is not None:
                self._attempt(self._writer.begin)
            else:
                self._writer.check()
        except StoreError:
            return False
        return True

    def _count_days_before(self, day: str) -> None:
        if day != self._day:
            self._day = day
            self._counting = Thread(target=self._check_days, args=(day,), daemon=True)
            self._counting.start()

    def _check_days(self, today: str) -> None:
        """Count the days that are over, once among all processes, and log what has changed."""
        # Here, because SQLAlchemy is slow to import.
        from cobalamin.service.records.audit.daily_counts import check_days  # noqa: PLC0415

        try:
            for change in check_days(self._writer.store, date.fromisoformat(today)):
                LOG.warning("rate changed: %s", change.describe())
                direction = "rise" if change.change.is_rise else "fall"
                METRICS.count(RATE_CHANGES, change.kind, change.name, direction)
        except StoreError as error:
            LOG.error("the days were not counted: %s", error)  # noqa: TRY400 - says it all

    def _require_not_paused(self) -> None:
        if self._resume_at is not None and self._clock() < self._resume_at:
            raise StoreError(PAUSED)

    def _attempt(self, write: Callable[[], None]) -> None:
        unrecorded = self._writer.unrecorded
        try:
            write()
        except StoreError as error:
            LOG.error("no entry was stored: %s", error)  # noqa: TRY400 - one line says it
            self._resume_at = self._clock() + PAUSE_SECONDS
            raise
        with self._lock:
            if self._resume_at is not None:
                LOG.warning("entries are stored again; %d answers have none", unrecorded)
                self._resume_at = None
