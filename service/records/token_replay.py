"""Replay protection: tokens that were used, shared by all workers and machines."""

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from cobalamin.service.records.retention import delete_rows
from cobalamin.service.records.store import Store
from cobalamin.service.records.tables import USED_TOKENS

GRACE_SECONDS = 300
"""How long a token is kept after it expires: more than the leeway and any clock skew."""

_INSERT = insert(USED_TOKENS)


def record_use(store: Store, iss: str, jti: str, exp: int) -> bool:
    """Record the use of a token; False if it was used before. The primary key decides races.

    Raises:
        StoreError: the database cannot be used, so the answer is unknown.
    """
    with store.connection() as connection:
        try:
            connection.execute(_INSERT, {"iss": iss, "jti": jti, "exp": exp})
        except IntegrityError:
            return False
    return True


def delete_expired(store: Store, now: int) -> int:
    """Delete expired tokens; returns the number of rows.

    Raises:
        StoreError: the database cannot be used.
    """
    with store.connection() as connection:
        return delete_rows(connection, USED_TOKENS, USED_TOKENS.c.exp < now - GRACE_SECONDS)
