"""What a sender is shown of an answer, by the mode of the service."""

from cobalamin.service.http.app_context import AppContext
from cobalamin.service.lab.hl7v2.answer import build_plain_acknowledgement
from cobalamin.service.lab.hl7v2.header import MessageHeader
from cobalamin.service.lab.hl7v2.process import MessageAnswer
from cobalamin.service.settings import Mode


def shown_answer(made: MessageAnswer, header: MessageHeader, ctx: AppContext) -> str:
    """The answer, or AA alone where the service is silent."""
    if made.report is None or ctx.mode is Mode.live:
        return made.text
    return plain_acknowledgement(header, "AA", ctx)


def further_messages(
    made: MessageAnswer, header: MessageHeader, ctx: AppContext
) -> tuple[bytes, ...]:
    """The messages beside the answer; none where the service is silent."""
    if ctx.mode is not Mode.live:
        return ()
    return tuple(text.encode(header.encoding, "replace") for text in made.further)


def acceptance_of(header: MessageHeader, ctx: AppContext) -> bytes:
    """The accept acknowledgement CA."""
    return plain_acknowledgement(header, "CA", ctx).encode(header.encoding, "replace")


def plain_acknowledgement(header: MessageHeader, verdict: str, ctx: AppContext) -> str:
    """MSH and MSA alone."""
    today, message_id = ctx.today(), ctx.new_id()
    return build_plain_acknowledgement(header, verdict, today=today, message_id=message_id)
