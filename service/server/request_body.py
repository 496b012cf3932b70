"""Receives request bodies on the event loop, so that a slow client holds no thread."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from io import BytesIO
from tempfile import SpooledTemporaryFile
from time import monotonic
from typing import IO, Any

from cobalamin.service.http.refusal_reasons import RefusalReason

Receive = Callable[[], Awaitable[dict[str, Any]]]
MIB = 1024 * 1024
MEMORY_BYTES = MIB // 4
"""What is held in memory of one body; more goes to a temporary file."""
MIN_BYTES_PER_SECOND = 16 * 1024
"""A client that sends at least so fast is not timed out."""


class BodyError(Exception):
    """The body cannot be used: the status of the response, why, and what to do."""

    def __init__(self, status: int, reason: RefusalReason, message: str) -> None:
        super().__init__(message)
        self.status, self.reason, self.message = status, reason, message


TOO_LATE = "the body did not arrive in time; send the request again"
CUT_SHORT = "the body ended before its end was announced; send the request again"
NO_ROOM = "there is no room for the body; retry later"


class BufferBudget:
    """Bytes that one process may hold of bodies that are being received or answered."""

    def __init__(self, limit: int) -> None:
        self._left = limit

    def take(self, size: int) -> None:
        """Reserve bytes.

        Raises:
            BodyError: 503 if there are not so many left.
        """
        if size > self._left:
            raise BodyError(503, RefusalReason.no_room_for_body, NO_ROOM)
        self._left -= size

    def give_back(self, size: int) -> None:
        """Release reserved bytes."""
        self._left += size


@dataclass(slots=True)
class ReceivedBody:
    """A body in a file, at its beginning once complete; `close` releases its bytes.

    `content_length` is the length to tell the application. One that is larger than the limit was
    not received in whole: the application refuses it by that number.
    """

    file: IO[bytes]
    budget: BufferBudget
    size: int = 0
    content_length: int = 0

    def close(self) -> None:
        """Delete the file and return its bytes to the budget."""
        self.file.close()
        self.budget.give_back(self.size)


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyLimits:
    """`max_bytes` of a body, and `seconds` in which it must arrive at less than the minimum speed.

    Before more than `check_above` bytes are received, `check` is awaited once; it raises to stop.
    """

    max_bytes: int
    seconds: float
    check_above: int
    check: Callable[[], Awaitable[None]]


async def receive_body(
    receive: Receive, declared: int | None, limits: BodyLimits, budget: BufferBudget
) -> ReceivedBody:
    """Receive a whole body; `declared` is its Content-Length, None for a chunked one.

    Raises:
        BodyError: 408 if it does not arrive in time, 400 if the connection ended before the
            body, 503 if there is no room.
        Exception: whatever `limits.check` raises.
    """
    small = declared is not None and declared <= MEMORY_BYTES
    # Closed by the caller.
    file: IO[bytes] = BytesIO() if small else SpooledTemporaryFile(MEMORY_BYTES)  # noqa: SIM115
    body = ReceivedBody(file, budget)
    if declared is not None and declared > limits.max_bytes:
        body.content_length = declared
        return body
    try:
        await _fill(body, receive, declared or 0, limits)
    except BaseException:
        body.close()
        raise
    body.content_length = body.size
    file.seek(0)
    return body


async def _fill(body: ReceivedBody, receive: Receive, declared: int, limits: BodyLimits) -> None:
    started, is_checked, is_complete = monotonic(), False, False
    while not is_complete and body.size <= limits.max_bytes:
        if not is_checked and max(declared, body.size) > limits.check_above:
            is_checked = True
            await limits.check()
        deadline = started + limits.seconds + body.size / MIN_BYTES_PER_SECOND
        message = await _receive_until(receive, deadline)
        if message["type"] != "http.request":
            raise BodyError(400, RefusalReason.body_cut_short, CUT_SHORT)
        chunk = message.get("body", b"")
        body.budget.take(len(chunk))
        body.size += len(chunk)
        _write(body.file, chunk)
        is_complete = not message.get("more_body", False)


async def _receive_until(receive: Receive, deadline: float) -> dict[str, Any]:
    try:
        async with asyncio.timeout(max(deadline - monotonic(), 0)):
            return await receive()
    except TimeoutError:
        raise BodyError(408, RefusalReason.body_late, TOO_LATE) from None


def _write(file: IO[bytes], chunk: bytes) -> None:
    try:
        file.write(chunk)
    except OSError:
        raise BodyError(503, RefusalReason.no_room_for_body, NO_ROOM) from None
