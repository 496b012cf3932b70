"""Earlier report comments: which report of a patient had which, for as long as the site says.

A row holds keyed hashes of the patient, the message, the results and the text, and the numbers by
which a laboratory names the report. It holds no value, name, date of birth or number of a patient.
"""

import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from cobalamin.service.records.audit.keys import AuditKeys
from cobalamin.service.records.errors import StoreError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from cobalamin.service.records.store import Store

LOG = logging.getLogger("cobalamin.records")
T = TypeVar("T")
PAUSE_SECONDS = 5.0
PAUSED = "the database cannot be used (it failed a moment ago)"


class StoredReport(Struct, frozen=True, kw_only=True):
    """What is kept of one report with its comment, or of one that has none (`code` is None).

    `results` are the hashes of the results that it rests on, separated by spaces; `changed` says
    that one of them was corrected or withdrawn. The comment has the lines `first_line` to
    `last_line`. `repeats` is the number of the report to which one that was left out refers,
    `ended_by` the hash of the message that replaced or withdrew it, `received` in milliseconds.
    `tests` are the reflex tests that the report measured or that were added to it, with their days.
    """

    number: int
    client: str
    patient: str
    message: str
    results: str
    placer: str
    filler: str
    control_id: str
    day: str
    code: str | None
    text: str | None
    urgency: str
    first_line: int
    last_line: int
    changed: bool
    repeats: int | None
    ended_by: str | None
    received: int
    tests: str | None = None


class HistoryQuestion(Struct, frozen=True, kw_only=True):
    """Whose reports are looked for: the hashes of a patient by every key, and from when on."""

    patients: tuple[str, ...]
    since: int


class CommentFiling(Struct, frozen=True, kw_only=True):
    """What an answer adds to the history, if that is still what was `found`.

    The reports `ends` are ended by the new one; those that repeated any of `moves` repeat the new
    one. A `report` of None adds nothing: the message was filed before.
    """

    question: HistoryQuestion
    found: tuple[StoredReport, ...]
    report: StoredReport | None
    ends: tuple[int, ...] = ()
    moves: tuple[int, ...] = ()


class HistoryChangedError(Exception):
    """Another report of the patient was filed meanwhile; the answer is to be made again."""


class CommentHistory:
    """The history in the database, for all processes.

    After a failure it is left alone for some seconds, so that no report waits for it.
    """

    def __init__(
        self, store: "Store", keys: AuditKeys, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._store, self._keys, self._clock = store, keys, clock
        self._resume_at = float("-inf")

    def close(self) -> None:
        """Close all connections of this process."""
        self._store.close()

    def hashes(self, kind: str, *parts: str | bytes) -> tuple[str, ...]:
        """The hashes of a value by every key of the settings, that of the current one first."""
        return self._keys.hash_by_each(f"comment {kind}", *parts)

    def find(self, question: HistoryQuestion) -> tuple[StoredReport, ...]:
        """The reports of a patient in the order in which they were filed.

        Raises:
            StoreError: the database cannot be used.
        """
        from cobalamin.service.records.report_comments import find_reports  # noqa: PLC0415

        def look() -> tuple[StoredReport, ...]:
            with self._store.connection() as connection:
                return find_reports(connection, question)

        return self._attempt(look)

    def file(self, filing: CommentFiling) -> None:
        """File a report; it is committed when this returns.

        Raises:
            HistoryChangedError: the answer rests on a history that is no longer so.
            StoreError: it is not filed.
        """

        def write() -> None:
            with self._store.transaction() as connection:
                self.file_within(connection, filing)

        self._attempt(write)

    def file_within(self, connection: "Connection", filing: CommentFiling) -> None:
        """File a report in a transaction of the caller.

        Raises:
            HistoryChangedError: the answer rests on a history that is no longer so.
        """
        from cobalamin.service.records.report_comments import file_report  # noqa: PLC0415

        is_shared = self._store.is_postgresql
        file_report(connection, filing, lock_patient=is_shared)

    def _attempt(self, work: Callable[[], T]) -> T:
        if self._clock() < self._resume_at:
            raise StoreError(PAUSED)
        try:
            return work()
        except StoreError as error:
            LOG.error("earlier comments are not known: %s", error)  # noqa: TRY400 - says it all
            self._resume_at = self._clock() + PAUSE_SECONDS
            raise
