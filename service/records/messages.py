"""Messages that came by MLLP: stored before they are accepted, answered once, refused ones kept."""

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from cobalamin.service.records.errors import StoreError
from cobalamin.service.records.outbox import add_to_outbox
from cobalamin.service.records.store import Store
from cobalamin.service.records.tables import MLLP_MESSAGES as MESSAGES

NOT_STORED = "the message could not be stored"


class MessageState(StrEnum):
    """`received`: stored, not answered yet; `refused`: answered with AE, AR, CE or CR, and kept."""

    received = "received"
    answered = "answered"
    refused = "refused"


class AlreadyAnsweredError(Exception):
    """Another thread or process has answered the message."""


class MessageToStore(Struct, frozen=True, kw_only=True):
    """A message as it came, with its key and digest; `accepted` is the accept acknowledgement."""

    client: str
    message_key: str
    digest: str
    received: int
    content: bytes
    accepted: bytes | None = None


class StoredMessage(Struct, frozen=True, kw_only=True):
    """A row; `content` is None once the message was answered with AA."""

    number: int
    client: str
    message_key: str
    digest: str
    received: int
    state: MessageState
    content: bytes | None
    accepted: bytes | None
    verdict: str | None
    answer: bytes | None


class Answer(Struct, frozen=True, kw_only=True):
    """What is sent back, as it is stored; `further` are messages to send on."""

    verdict: str
    content: bytes
    further: tuple[bytes, ...] = ()

    @property
    def state(self) -> MessageState:
        """Answered by AA and CA, else refused."""
        return MessageState.answered if self.verdict in ("AA", "CA") else MessageState.refused


def store_message(store: Store, message: MessageToStore) -> StoredMessage:
    """Store a message, or find the one with its key; it is committed when this returns.

    Raises:
        StoreError: it is not stored.
    """
    found = find_message(store, message.message_key)
    if found is not None:
        return found
    try:
        with store.transaction() as connection:
            connection.execute(insert(MESSAGES).values(_row(message)))
    except (IntegrityError, StoreError):
        # Another thread may have stored it meanwhile.
        return _require(find_message(store, message.message_key))
    return _require(find_message(store, message.message_key))


def _row(message: MessageToStore) -> dict[str, object]:
    return {**asdict(message), "state": MessageState.received.value}


def _require(found: StoredMessage | None) -> StoredMessage:
    if found is None:
        raise StoreError(NOT_STORED)
    return found


def find_message(store: Store, message_key: str) -> StoredMessage | None:
    """The message with this key; None if there is none.

    Raises:
        StoreError: the database cannot be used.
    """
    return _first(store, MESSAGES.c.message_key == message_key)


def load_message(store: Store, number: int) -> StoredMessage | None:
    """The message with this number; None if there is none any more.

    Raises:
        StoreError: the database cannot be used.
    """
    return _first(store, MESSAGES.c.number == number)


def _first(store: Store, condition: ColumnElement[bool]) -> StoredMessage | None:
    wanted = select(MESSAGES).where(condition).order_by(MESSAGES.c.number).limit(1)
    with store.connection() as connection:
        row = connection.execute(wanted).mappings().first()
    return None if row is None else _message(dict(row))


def give_up_key(store: Store, refused: StoredMessage, key: str) -> None:
    """Give a refused message another key, so that a corrected one may have its own; else nothing.

    Raises:
        StoreError: it is not stored.
    """
    is_refused = MESSAGES.c.state == MessageState.refused.value
    change = update(MESSAGES).where(MESSAGES.c.number == refused.number, is_refused)
    with store.transaction() as connection:
        connection.execute(change.values(message_key=key))


def save_answer(
    connection: Connection, number: int, answer: Answer, *, of: MessageState = MessageState.received
) -> None:
    """Save the answer of a message that is in state `of`, within a transaction.

    Raises:
        AlreadyAnsweredError: it is in another state.
    """
    values = {
        "state": answer.state.value,
        "verdict": answer.verdict,
        "answer": answer.content,
        **({"content": None} if answer.state is MessageState.answered else {}),
    }
    change = update(MESSAGES).where(MESSAGES.c.number == number, MESSAGES.c.state == of.value)
    if connection.execute(change.values(values)).rowcount != 1:
        raise AlreadyAnsweredError
    add_to_outbox(connection, number, answer.further)


def iter_messages(store: Store, state: MessageState) -> Iterator[StoredMessage]:
    """Yield the messages in a state in the order of their receipt, each read when it is due.

    Raises:
        StoreError: the database cannot be used.
    """
    last = 0
    while True:
        message = _first(store, and_(MESSAGES.c.state == state.value, MESSAGES.c.number > last))
        if message is None:
            return
        last = message.number
        yield message


def count_messages(store: Store) -> dict[str, int]:
    """How many messages are in each state.

    Raises:
        StoreError: the database cannot be used.
    """
    wanted = select(MESSAGES.c.state, func.count()).group_by(MESSAGES.c.state)
    with store.connection() as connection:
        return {str(state): int(count) for state, count in connection.execute(wanted)}


def delete_messages(store: Store, before: int) -> int:
    """Delete answered and refused messages received before a time; returns their number.

    Raises:
        StoreError: the database cannot be used.
    """
    done = (MessageState.answered.value, MessageState.refused.value)
    old = delete(MESSAGES).where(MESSAGES.c.received < before, MESSAGES.c.state.in_(done))
    with store.transaction() as connection:
        return int(connection.execute(old).rowcount)


def _message(row: dict[str, object]) -> StoredMessage:
    return StoredMessage(**{**row, "state": MessageState(str(row["state"]))})  # type: ignore[arg-type]
