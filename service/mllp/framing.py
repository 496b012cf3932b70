"""Frames of the Minimal Lower Layer Protocol: VT, the message, FS and CR."""

import logging
from asyncio import StreamReader

from cobalamin.service.http.refusal_reasons import RefusalReason
from cobalamin.service.metrics.definitions import REFUSALS
from cobalamin.service.metrics.recording import METRICS

LOG = logging.getLogger("cobalamin.mllp")
START, END, RETURN = 0x0B, 0x1C, 0x0D
HEAD, TAIL = bytes((START,)), bytes((END, RETURN))
BLANK = b"\r\n \t\x00"
READ_BYTES = 64 * 1024


class FrameTooLongError(Exception):
    """A frame, or what is no frame, is longer than allowed: the connection is of no use."""


def to_frame(content: bytes) -> bytes:
    """The content as one frame."""
    return HEAD + content + TAIL


class FrameReader:
    """Reads whole frames from a stream and drops what is none.

    A frame that begins anew before its end, whose FS has no CR behind it, or in which the
    connection ends, is not believed. `dropped` counts them, and other bytes between frames.
    """

    def __init__(self, stream: StreamReader, most_bytes: int) -> None:
        self._stream, self._most = stream, most_bytes
        self._buffer = bytearray()
        self.dropped = 0

    @property
    def is_within(self) -> bool:
        """Whether a part of a frame has come."""
        return bool(self._buffer)

    async def next_frame(self) -> bytes | None:
        """The content of the next whole frame; None at the end of the connection.

        Raises:
            FrameTooLongError: so many bytes came without a whole frame.
        """
        while True:
            frame = self._take()
            if frame is not None:
                return frame
            if len(self._buffer) > self._most:
                raise FrameTooLongError
            received = await self._stream.read(READ_BYTES)
            if not received:
                self._drop(len(self._buffer))
                return None
            self._buffer += received

    def _take(self) -> bytes | None:
        """The first whole frame of what has come, without what stands before it."""
        while True:
            start = self._buffer.find(HEAD)
            self._drop(len(self._buffer) if start < 0 else start)
            end = self._buffer.find(END, 1)
            again = self._buffer.find(HEAD, 1)
            if again > 0 and (end < 0 or again < end):
                self._drop(again)
                continue
            if end < 0 or end + 1 >= len(self._buffer):
                return None
            if self._buffer[end + 1] != RETURN:
                self._drop(end + 1)
                continue
            content = bytes(self._buffer[1:end])
            del self._buffer[: end + len(TAIL)]
            return content

    def _drop(self, count: int) -> None:
        if bytes(self._buffer[:count]).strip(BLANK):
            self.dropped += 1
            LOG.warning("what is no whole frame was dropped (%d bytes)", count)
            METRICS.count(REFUSALS, RefusalReason.malformed.value)
        del self._buffer[:count]
