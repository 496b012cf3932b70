"""Deletes rows in batches, with pauses so that other connections can write meanwhile."""

from time import sleep

from sqlalchemy import ColumnElement, Connection, Table, delete, select, tuple_

ROWS_AT_ONCE = 1000
PAUSE_SECONDS = 0.02


def delete_rows(connection: Connection, table: Table, condition: ColumnElement[bool]) -> int:
    """Delete the rows that match; returns their number."""
    key = tuple(table.primary_key.columns)
    batch = delete(table).where(tuple_(*key).in_(select(*key).where(condition).limit(ROWS_AT_ONCE)))
    deleted = 0
    while count := connection.execute(batch).rowcount:
        deleted += count
        if count == ROWS_AT_ONCE:
            sleep(PAUSE_SECONDS)
    return deleted
