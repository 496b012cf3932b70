"""Sends the messages of the outbox on, one after another, until their receiver has them."""

import asyncio
import logging

from cobalamin.service.lab.hl7v2.message import UnreadableError, read_acknowledgement
from cobalamin.service.mllp.framing import FrameReader, to_frame
from cobalamin.service.records.errors import StoreError
from cobalamin.service.records.outbox import OutboxState, OutgoingMessage, next_waiting, settle
from cobalamin.service.records.store import Store

LOG = logging.getLogger("cobalamin.mllp")
TAKEN = ("AA", "CA")
POLL_SECONDS, MOST_PAUSE_SECONDS = 0.2, 30.0
ANSWER_SECONDS = 30.0
MOST_ANSWER_BYTES = 1024 * 1024


class Forwarder:
    """Sends to one receiver; a message that it does not answer is sent again after a pause."""

    def __init__(self, store: Store, host: str, port: int) -> None:
        self._store, self._host, self._port = store, host, port
        self._streams: tuple[FrameReader, asyncio.StreamWriter] | None = None

    async def run(self) -> None:
        """Send whatever waits until it is cancelled."""
        try:
            await self._run()
        finally:
            self._close()

    async def _run(self) -> None:
        pause = POLL_SECONDS
        while True:
            try:
                message = await asyncio.to_thread(next_waiting, self._store)
                if message is not None:
                    state = await self._send(message)
                    await asyncio.to_thread(settle, self._store, message.number, state)
                    pause = POLL_SECONDS
                    continue
                pause = POLL_SECONDS
            except (OSError, TimeoutError, StoreError, UnreadableError) as error:
                LOG.warning("a message was not sent on (%s)", type(error).__name__)
                self._close()
                pause = min(2 * pause, MOST_PAUSE_SECONDS)
            await asyncio.sleep(pause)

    async def _send(self, message: OutgoingMessage) -> OutboxState:
        frames, writer = await self._open()
        writer.write(to_frame(message.content))
        await asyncio.wait_for(writer.drain(), ANSWER_SECONDS)
        answer = await asyncio.wait_for(frames.next_frame(), ANSWER_SECONDS)
        if answer is None:
            raise ConnectionResetError
        verdict = read_acknowledgement(answer)
        if verdict not in TAKEN:
            LOG.error("a message that was sent on was refused (%s) and is kept", verdict)
        return OutboxState.taken if verdict in TAKEN else OutboxState.refused

    async def _open(self) -> tuple[FrameReader, asyncio.StreamWriter]:
        if self._streams is None:
            reader, writer = await asyncio.open_connection(self._host, self._port)
            self._streams = FrameReader(reader, MOST_ANSWER_BYTES), writer
        return self._streams

    def _close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None
