"""Requests of each client in a minute, counted for every worker and every machine."""

from sqlalchemy import ColumnElement, and_, case
from sqlalchemy.dialects import postgresql, sqlite

from cobalamin.service.records.store import POSTGRESQL, Store
from cobalamin.service.records.tables import PACE


def count_request(store: Store, client: str, minute: int) -> int:
    """How many requests of the client there are in this minute, with this one.

    One row for each client and one statement, so that callers at once are all counted.

    Raises:
        StoreError: the database cannot be used.
    """
    dialect = postgresql if store.url.get_backend_name() == POSTGRESQL else sqlite
    insert = dialect.insert(PACE).values(client=client, minute=minute, requests=1)
    counted = insert.on_conflict_do_update(index_elements=[PACE.c.client], set_=_one_more(minute))
    with store.connection() as connection:
        return int(connection.execute(counted.returning(PACE.c.requests)).scalar_one())


def _one_more(minute: int) -> dict[str, ColumnElement[int]]:
    # A machine whose clock is ahead may have begun the next minute. What lies further ahead is a
    # clock that was wrong, and would bar the client until then.
    goes_on = and_(PACE.c.minute >= minute, PACE.c.minute <= minute + 1)
    return {
        "minute": case((goes_on, PACE.c.minute), else_=minute),
        "requests": case((goes_on, PACE.c.requests + 1), else_=1),
    }
