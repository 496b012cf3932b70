"""What becomes of a message: stored, assessed, answered once, with the same answer ever after."""

import hashlib
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from time import monotonic

from msgspec import Struct
from msgspec.structs import replace as changed
from sqlalchemy import Connection

from cobalamin.service.access.clients import Client
from cobalamin.service.http.app_context import AppContext, Configuration
from cobalamin.service.http.audit_entries import to_entry
from cobalamin.service.lab.hl7v2.answer import build_rejection
from cobalamin.service.lab.hl7v2.header import MessageHeader
from cobalamin.service.lab.hl7v2.message import RejectedError, UnreadableError, read_header
from cobalamin.service.lab.hl7v2.process import (
    TRIES,
    MessageAnswer,
    answer_message,
    message_form,
    to_evaluation,
    without_history,
)
from cobalamin.service.message_form import MessageForm
from cobalamin.service.mllp.faults import (
    FAULT,
    HALF,
    NO_CONTROL_ID,
    NOT_STORED,
    OTHER_CONTENT,
    THROTTLED,
    TOO_LATE,
    UNNAMED,
    UNREADABLE,
    Fault,
)
from cobalamin.service.mllp.last_segment import is_whole
from cobalamin.service.mllp.observation import (
    SERVICE,
    count_throttled,
    observe_answer,
    traced_message,
)
from cobalamin.service.mllp.options import Late
from cobalamin.service.mllp.rendering import (
    acceptance_of,
    further_messages,
    plain_acknowledgement,
    shown_answer,
)
from cobalamin.service.modes import Modes
from cobalamin.service.records.comment_history import HistoryChangedError
from cobalamin.service.records.errors import StoreError
from cobalamin.service.records.messages import (
    AlreadyAnsweredError,
    Answer,
    MessageState,
    MessageToStore,
    StoredMessage,
    find_message,
    give_up_key,
    load_message,
    save_answer,
    store_message,
)
from cobalamin.service.records.store import Store
from cobalamin.service.settings import Mode

LOG = logging.getLogger("cobalamin.mllp")


class Receipt(Struct, frozen=True, kw_only=True):
    """A message that was stored, or `refusal` where it was not and is to be sent again."""

    header: MessageHeader
    stored: StoredMessage | None
    client: Client | None
    refusal: RejectedError | None = None
    reply: bytes | None = None


class MessageProcessor:
    """Stores and answers messages; every method may be called in several threads at a time.

    `configuration` and `modes` give what is in force now.
    """

    def __init__(
        self,
        store: Store,
        configuration: Callable[[], Configuration],
        modes: Callable[[], Modes],
        late: Late,
    ) -> None:
        self._store, self._configuration, self._modes = store, configuration, modes
        self._late = late

    def receive(self, client: Client | None, content: bytes) -> Receipt:
        """Store a message; it is committed when this returns.

        Another message with the MSH-10 of an earlier one is stored as refused, unless that was
        refused itself. One that comes again gets what was stored.
        """
        ctx = self._context(client)
        header, fault = _read(content, message_form(ctx, ctx.profile))
        refusal = self._throttled(client)
        if refusal is None:
            try:
                stored = self._stored(client, header, content, fault)
                return Receipt(header=header, stored=stored, client=client)
            except StoreError as error:
                LOG.error("a message was not stored: %s", error)  # noqa: TRY400 - one line says it
                refusal = NOT_STORED
        reply = self._rejection(header, refusal)
        return Receipt(header=header, stored=None, client=client, refusal=refusal, reply=reply)

    def answer(
        self, receipt: Receipt, *, of: MessageState = MessageState.received
    ) -> Answer | None:
        """Assess a stored message and save the answer; None where it cannot be saved now.

        What was answered before, by a message that came again, is returned as it was.
        """
        stored = receipt.stored
        if stored is None or stored.content is None:
            return _saved(stored)
        with traced_message():
            return self._assess_and_save(stored, stored.content, receipt.client, of)

    def _assess_and_save(
        self, stored: StoredMessage, content: bytes, client: Client | None, of: MessageState
    ) -> Answer | None:
        ctx = self._context(client)
        if ctx.mode is not Mode.live:
            ctx = without_history(ctx)  # what nobody is shown is no earlier comment
        try:
            for _ in range(TRIES):
                with suppress(HistoryChangedError):
                    return self._made(stored, content, ctx, of)
            return self._made(stored, content, without_history(ctx), of)
        except AlreadyAnsweredError:
            return self._found(stored.number)
        except StoreError as error:
            LOG.error("an answer was not stored: %s", error)  # noqa: TRY400 - one line says it
            return None

    def _made(
        self, stored: StoredMessage, content: bytes, ctx: AppContext, of: MessageState
    ) -> Answer:
        """Assess a message and save the answer, all that belongs to it, or nothing.

        Raises:
            AlreadyAnsweredError: somebody else has answered it.
            HistoryChangedError: another report of its patient was filed meanwhile.
            StoreError: the answer cannot be saved.
        """
        started = monotonic()
        header, fault = _read(content, message_form(ctx, ctx.profile))
        made = self._answered(stored, header, fault, ctx)
        shown = shown_answer(made, header, ctx).encode(header.encoding, "replace")
        answer = Answer(
            verdict=made.verdict, content=shown, further=further_messages(made, header, ctx)
        )
        save = partial(_save, stored.number, answer, of, made, ctx)
        if made.report is None or ctx.audit is None:
            with self._store.transaction() as connection:
                save(connection)
        else:
            evaluation = to_evaluation(made.report, made, started, SERVICE)
            ctx.audit.record_beside(to_entry(ctx, ctx.audit, evaluation), save)
        observe_answer(made, ctx)
        return answer

    def _found(self, number: int) -> Answer | None:
        return _saved(load_message(self._store, number))

    def answer_late(self, receipt: Receipt) -> Answer | None:
        """Answer a message that was not assessed in time, and keep it to be sent again.

        None where it cannot be saved; where it was answered meanwhile, that answer.
        """
        stored = receipt.stored
        if stored is None:
            return None
        answer = Answer(verdict=TOO_LATE.verdict, content=self._late_text(receipt))
        try:
            with self._store.transaction() as connection:
                save_answer(connection, stored.number, answer)
        except AlreadyAnsweredError:
            return self._found(stored.number)
        except StoreError:
            return None
        LOG.warning("a message was not assessed in time and is kept")
        return answer

    def _late_text(self, receipt: Receipt) -> bytes:
        if self._late is Late.passed:
            text = plain_acknowledgement(receipt.header, "AA", self._context(receipt.client))
            return text.encode(receipt.header.encoding, "replace")
        return self._rejection(receipt.header, TOO_LATE)

    def not_stored(self, receipt: Receipt) -> bytes:
        """What a sender gets whose message cannot be answered now: it is to be sent again."""
        return self._rejection(receipt.header, NOT_STORED)

    def acceptance(self, receipt: Receipt) -> bytes:
        """The accept acknowledgement: CA for what is stored, CE for what is to be sent again."""
        stored = receipt.stored
        if stored is not None and stored.accepted is not None:
            return stored.accepted
        verdict = "CE" if stored is None else "CA"
        text = plain_acknowledgement(receipt.header, verdict, self._context(receipt.client))
        return text.encode(receipt.header.encoding, "replace")

    def sender_by_id(self, client_id: str) -> Client | None:
        """The client of the registry by its name; None if it has none of it."""
        return next((client for client in self.clients if client.id == client_id), None)

    @property
    def clients(self) -> Sequence[Client]:
        """The clients of the registry; empty without one."""
        registry = self._configuration().registry
        return () if registry is None else registry.clients

    @property
    def needs_sender(self) -> bool:
        """Whether only clients of the registry may send."""
        return self._configuration().registry is not None

    def _stored(
        self, client: Client | None, header: MessageHeader, content: bytes, fault: Fault
    ) -> StoredMessage:
        ctx = self._context(client)
        digest = hashlib.sha256(content).hexdigest()
        own = _own_parts("" if client is None else client.id, header)
        message = MessageToStore(
            client=own[0],
            message_key=_hashed(*own) if fault not in UNNAMED else _hashed(digest),
            digest=digest,
            received=int(ctx.now() * 1000),
            content=content,
            accepted=acceptance_of(header, ctx) if header.accept_when else None,
        )
        stored = store_message(self._store, message)
        if stored.digest == digest:
            return stored
        return self._stored_beside(stored, message, own)

    def _stored_beside(
        self, other: StoredMessage, message: MessageToStore, own: tuple[str, ...]
    ) -> StoredMessage:
        """Store a message whose MSH-10 another one has: in its place where that was refused."""
        beside = _hashed(*own, message.digest)
        if find_message(self._store, beside) is None and other.state is MessageState.refused:
            give_up_key(self._store, other, _hashed(*own, other.digest))
            stored = store_message(self._store, message)
            if stored.digest == message.digest:
                return stored
        return store_message(self._store, changed(message, message_key=beside))

    def _answered(
        self,
        stored: StoredMessage,
        header: MessageHeader,
        fault: Fault,
        ctx: AppContext,
    ) -> MessageAnswer:
        if fault is None and stored.message_key != _hashed(*_own_parts(stored.client, header)):
            fault = OTHER_CONTENT
        if fault is None:
            try:
                form = message_form(ctx, ctx.profile)
                return answer_message(stored.content or b"", ctx, ctx.profile, form=form)
            except UnreadableError:
                fault = UNREADABLE
            except Exception as error:  # noqa: BLE001 - the messages after it are to be answered
                LOG.error("a fault of this program (%s); the message is kept", type(error).__name__)  # noqa: TRY400
                fault = FAULT
        text = self._rejection(header, fault).decode(header.encoding)
        return MessageAnswer(verdict=fault.verdict, text=text)

    def _rejection(self, header: MessageHeader, error: RejectedError) -> bytes:
        ctx = self._configuration().context
        text = build_rejection(header, error, today=ctx.today(), message_id=ctx.new_id())
        return text.encode(header.encoding, "replace")

    def _throttled(self, client: Client | None) -> RejectedError | None:
        authenticator = self._configuration().authenticator
        limiter = None if authenticator is None else authenticator.rate_limiter
        if limiter is None or client is None or not limiter.check(client):
            return None
        count_throttled()
        return THROTTLED

    def _context(self, client: Client | None) -> AppContext:
        return replace(self._configuration().context, client=client, modes=self._modes())


def _read(content: bytes, form: MessageForm) -> tuple[MessageHeader, RejectedError | None]:
    """The header of a message, and what is wrong before anything else of it is read."""
    try:
        header = read_header(content)
    except UnreadableError:
        return MessageHeader(), UNREADABLE
    return changed(header, mirrors=True), _fault(header, content, form)


def _fault(header: MessageHeader, content: bytes, form: MessageForm) -> Fault:
    if not header.control_id:
        return NO_CONTROL_ID
    return None if is_whole(content, form.last_segment_end) else HALF


def _save(
    number: int,
    answer: Answer,
    of: MessageState,
    made: MessageAnswer,
    ctx: AppContext,
    connection: Connection,
) -> None:
    """Save an answer, and what is kept of the report, within a transaction."""
    save_answer(connection, number, answer, of=of)
    if made.filing is not None and ctx.comments is not None:
        ctx.comments.file_within(connection, made.filing)


def _own_parts(client: str, header: MessageHeader) -> tuple[str, ...]:
    """What tells a message from every other one."""
    return (client, *header.sender, header.control_id)


def _saved(stored: StoredMessage | None) -> Answer | None:
    if stored is None or stored.answer is None:
        return None
    return Answer(verdict=stored.verdict or "", content=stored.answer)


def _hashed(*parts: str) -> str:
    return hashlib.sha256("".join(f"{len(part)}:{part}" for part in parts).encode()).hexdigest()
