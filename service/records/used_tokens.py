"""Tokens that were used, remembered for every worker and every machine."""

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from cobalamin.service.records.retention import forget
from cobalamin.service.records.store import Store
from cobalamin.service.records.tables import REPLAY

GRACE_SECONDS = 300
"""How much longer than its life a token is kept: more than any leeway and any clock's error."""


def remember(store: Store, iss: str, jti: str, exp: int) -> bool:
    """Whether this is the token's first use; the primary key decides between callers at once.

    Raises:
        StoreError: the database cannot be used, so nobody knows.
    """
    with store.connection() as connection:
        try:
            connection.execute(insert(REPLAY).values(iss=iss, jti=jti, exp=exp))
        except IntegrityError:
            return False
    return True


def forget_expired(store: Store, now: int) -> int:
    """Deletes what has expired; says how many there were.

    Raises:
        StoreError: the database cannot be used.
    """
    with store.connection() as connection:
        return forget(connection, REPLAY, REPLAY.c.exp < now - GRACE_SECONDS)
