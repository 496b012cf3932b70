"""Deletes what is not needed any more, in parts: whoever must write meanwhile can."""

from time import sleep

from sqlalchemy import ColumnElement, Connection, Table, delete, select, tuple_

PART = 1000
PAUSE_SECONDS = 0.02


def forget(connection: Connection, table: Table, which: ColumnElement[bool]) -> int:
    """Deletes these rows; says how many there were."""
    key = tuple(table.primary_key.columns)
    part = delete(table).where(tuple_(*key).in_(select(*key).where(which).limit(PART)))
    gone = 0
    while found := connection.execute(part).rowcount:
        gone += found
        if found == PART:
            sleep(PAUSE_SECONDS)
    return gone
