"""Messages that are to be sent on, in their order, until their receiver has them."""

import time
from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct
from sqlalchemy import Connection, delete, func, insert, select, update

from cobalamin.service.records.store import Store
from cobalamin.service.records.tables import MLLP_OUTBOX as OUTBOX


class OutboxState(StrEnum):
    """`refused`: the receiver answered with anything but AA or CA; it is kept for a person."""

    waiting = "waiting"
    taken = "taken"
    refused = "refused"


class OutgoingMessage(Struct, frozen=True, kw_only=True):
    """One message to send on."""

    number: int
    content: bytes


def add_to_outbox(connection: Connection, message: int, contents: Iterable[bytes]) -> None:
    """Add messages that belong to the answer of a message, in the transaction of that answer."""
    for content in contents:
        row = {"message": message, "content": content, "state": OutboxState.waiting.value}
        connection.execute(insert(OUTBOX).values(**row, changed=int(time.time() * 1000)))


def next_waiting(store: Store) -> OutgoingMessage | None:
    """The first message that waits; None if there is none.

    Raises:
        StoreError: the database cannot be used.
    """
    wanted = (
        select(OUTBOX.c.number, OUTBOX.c.content)
        .where(OUTBOX.c.state == OutboxState.waiting.value)
        .order_by(OUTBOX.c.number)
        .limit(1)
    )
    with store.connection() as connection:
        row = connection.execute(wanted).first()
    return None if row is None else OutgoingMessage(number=row[0], content=row[1])


def settle(store: Store, number: int, state: OutboxState) -> None:
    """Say what became of a message.

    Raises:
        StoreError: the database cannot be used.
    """
    change = update(OUTBOX).where(OUTBOX.c.number == number)
    with store.transaction() as connection:
        connection.execute(change.values(state=state.value, changed=int(time.time() * 1000)))


def count_outbox(store: Store) -> dict[str, int]:
    """How many messages are in each state.

    Raises:
        StoreError: the database cannot be used.
    """
    wanted = select(OUTBOX.c.state, func.count()).group_by(OUTBOX.c.state)
    with store.connection() as connection:
        return {str(state): int(count) for state, count in connection.execute(wanted)}


def delete_sent(store: Store, before: int) -> int:
    """Delete messages that were taken or refused before a time; returns their number.

    Raises:
        StoreError: the database cannot be used.
    """
    done = (OutboxState.taken.value, OutboxState.refused.value)
    old = delete(OUTBOX).where(OUTBOX.c.changed < before, OUTBOX.c.state.in_(done))
    with store.transaction() as connection:
        return int(connection.execute(old).rowcount)
