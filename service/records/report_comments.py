"""The table of earlier report comments."""

from msgspec.structs import asdict
from sqlalchemy import Connection, RowMapping, func, insert, select, update

from cobalamin.service.records.comment_history import (
    CommentFiling,
    HistoryChangedError,
    HistoryQuestion,
    StoredReport,
)
from cobalamin.service.records.retention import delete_rows
from cobalamin.service.records.store import Store
from cobalamin.service.records.tables import REPORT_COMMENTS as REPORTS

LOCK_DIGITS = 15
"""Hexadecimal digits of a hash that PostgreSQL takes as the number of a lock."""


def find_reports(connection: Connection, question: HistoryQuestion) -> tuple[StoredReport, ...]:
    """Find the reports of a patient in the order in which they were filed."""
    wanted = (
        select(REPORTS)
        .where(REPORTS.c.patient.in_(question.patients), REPORTS.c.received >= question.since)
        .order_by(REPORTS.c.number)
    )
    return tuple(_report(row) for row in connection.execute(wanted).mappings())


def file_report(connection: Connection, filing: CommentFiling, *, lock_patient: bool) -> None:
    """File a report within a transaction, in which nobody else files one of the same patient.

    SQLite has one writer at a time; PostgreSQL takes a lock for the patient (`lock_patient`).

    Raises:
        HistoryChangedError: another report of the patient was filed meanwhile.
    """
    if lock_patient:
        key = int(filing.question.patients[0][:LOCK_DIGITS], 16)
        connection.execute(select(func.pg_advisory_xact_lock(key)))
    if find_reports(connection, filing.question) != filing.found:
        raise HistoryChangedError
    if filing.report is None:
        return
    row = asdict(filing.report)
    del row["number"]
    added = connection.execute(insert(REPORTS).values(**row).returning(REPORTS.c.number))
    number = int(added.scalar_one())
    if filing.ends:
        ended = update(REPORTS).where(REPORTS.c.number.in_(filing.ends))
        connection.execute(ended.values(ended_by=filing.report.message))
    if filing.moves:
        moved = update(REPORTS).where(
            REPORTS.c.repeats.in_(filing.moves), REPORTS.c.ended_by.is_(None)
        )
        connection.execute(moved.values(repeats=number))


def count_reports(store: Store) -> int:
    """How many reports are kept.

    Raises:
        StoreError: the database cannot be used.
    """
    with store.connection() as connection:
        return int(connection.execute(select(func.count()).select_from(REPORTS)).scalar_one())


def delete_reports(store: Store, before: int) -> int:
    """Delete the reports that were received before a time in milliseconds; returns their number.

    Raises:
        StoreError: the database cannot be used.
    """
    with store.connection() as connection:
        return delete_rows(connection, REPORTS, REPORTS.c.received < before)


def _report(row: RowMapping) -> StoredReport:
    return StoredReport(**dict(row))
