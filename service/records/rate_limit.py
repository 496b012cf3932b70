"""Request counts per client and minute, shared by all workers and machines."""

from sqlalchemy import ColumnElement, and_, case
from sqlalchemy.dialects import postgresql, sqlite

from cobalamin.service.records.store import Store
from cobalamin.service.records.tables import REQUEST_COUNTS


def count_request(store: Store, client: str, minute: int) -> int:
    """Count a request; returns the client's requests in this minute, including this one.

    One row per client and one atomic statement, so that concurrent requests are all counted.

    Raises:
        StoreError: the database cannot be used.
    """
    dialect = postgresql if store.is_postgresql else sqlite
    counts = REQUEST_COUNTS.c
    insert = dialect.insert(REQUEST_COUNTS).values(client=client, minute=minute, requests=1)
    upsert = insert.on_conflict_do_update(index_elements=[counts.client], set_=_incremented(minute))
    with store.connection() as connection:
        return int(connection.execute(upsert.returning(counts.requests)).scalar_one())


def _incremented(minute: int) -> dict[str, ColumnElement[int]]:
    counts = REQUEST_COUNTS.c
    # Another machine's clock may be ahead by up to a minute. A stored minute further ahead comes
    # from a wrong clock and would block the client until then, so it is reset.
    same_window = and_(counts.minute >= minute, counts.minute <= minute + 1)
    return {
        "minute": case((same_window, counts.minute), else_=minute),
        "requests": case((same_window, counts.requests + 1), else_=1),
    }
