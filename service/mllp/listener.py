"""The MLLP listener: connections, frames, acknowledgements, and an orderly end.

The messages of a connection are answered one after another, in their order; what comes meanwhile
waits in the network, so that a sender that is too fast is slowed down.
"""

import asyncio
import logging
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from time import monotonic
from typing import TypeVar

from cobalamin.service.access.clients import Client
from cobalamin.service.http.refusal_reasons import RefusalReason
from cobalamin.service.lab.hl7v2.header import MessageHeader
from cobalamin.service.mllp.acknowledgements import is_wanted, wants_answer
from cobalamin.service.mllp.faults import NOT_STORED
from cobalamin.service.mllp.framing import FrameReader, FrameTooLongError, to_frame
from cobalamin.service.mllp.observation import count_answer, refuse_connection
from cobalamin.service.mllp.options import MllpOptions
from cobalamin.service.mllp.processing import MessageProcessor, Receipt
from cobalamin.service.mllp.senders import find_sender, subject_of_certificate
from cobalamin.service.records.messages import Answer, StoredMessage

LOG = logging.getLogger("cobalamin.mllp")
STREAM_BYTES = 256 * 1024
Value = TypeVar("Value")


class MllpListener:
    """Listens on one address; `stop` ends it when what has begun is answered."""

    def __init__(self, processor: MessageProcessor, options: MllpOptions) -> None:
        self._processor, self._options = processor, options
        self._executor = ThreadPoolExecutor(options.threads, thread_name_prefix="mllp")
        self._connections: dict[asyncio.Task[None], bool] = {}
        self._server: asyncio.Server | None = None
        self._stopping = False

    async def start(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> int:
        """Answer what an earlier process has left, then listen; returns the port.

        Raises:
            OSError: the address cannot be listened on.
        """
        self._server = await asyncio.start_server(
            self._connected, host, port, ssl=tls, limit=STREAM_BYTES
        )
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Accept no connection any more, and end the others after the message that they are at."""
        self._stopping = True
        if self._server is not None:
            self._server.close()
        for task, is_answering in self._connections.items():
            if not is_answering:
                task.cancel()
        if self._connections:
            await asyncio.wait(self._connections, timeout=self._options.drain_seconds)
        for task in tuple(self._connections):
            task.cancel()
        self._executor.shutdown(wait=False, cancel_futures=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - it runs in one
        peer = str((writer.get_extra_info("peername") or ("",))[0])
        try:
            if self._stopping or len(self._connections) >= self._options.connections:
                refuse_connection(peer, RefusalReason.too_many_connections, "there are too many")
                return
            self._connections[task] = False
            subject = subject_of_certificate(writer.get_extra_info("peercert"))
            client = await self._run(partial(self._find_sender, peer, subject))
            if client is None and self._processor.needs_sender:
                refuse_connection(peer, None, "no client of the registry")
                return
            await self._serve(reader, writer, client, task)
        except FrameTooLongError:
            refuse_connection(peer, RefusalReason.body_too_large, "a frame is too long")
        except (TimeoutError, OSError) as error:
            LOG.warning("the connection from %s was closed (%s)", peer, type(error).__name__)
        except asyncio.CancelledError:
            if not self._stopping:
                raise
        finally:
            self._connections.pop(task, None)
            writer.close()
            with suppress(OSError, TimeoutError):
                await asyncio.wait_for(writer.wait_closed(), self._options.frame_seconds)

    def _find_sender(self, peer: str, subject: str | None) -> Client | None:
        return find_sender(self._processor.clients, peer, subject)

    async def _serve(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        client: Client | None,
        task: "asyncio.Task[None]",
    ) -> None:
        frames = FrameReader(reader, self._options.most_bytes)
        while not self._stopping:
            content = await self._next(frames)
            if content is None:
                return
            self._connections[task] = True
            await self._answer(content, client, writer)
            self._connections[task] = False

    async def _next(self, frames: FrameReader) -> bytes | None:
        """The next frame: one that has begun has less time than the pause between two."""
        whole = asyncio.ensure_future(frames.next_frame())
        try:
            begun, waited = False, 0.0
            while True:
                limit = self._options.frame_seconds if begun else self._options.idle_seconds
                step = min(1.0, limit)
                done, _ = await asyncio.wait({whole}, timeout=step)
                if done:
                    return whole.result()
                waited = waited + step if begun == frames.is_within else step
                begun = frames.is_within
                if waited >= limit:
                    raise TimeoutError
        finally:
            whole.cancel()

    async def _answer(
        self, content: bytes, client: Client | None, writer: asyncio.StreamWriter
    ) -> None:
        started = monotonic()
        receipt = await self._run(partial(self._processor.receive, client, content))
        header = receipt.header
        is_enhanced = bool(header.accept_when or header.answer_when)
        if is_enhanced and is_wanted(header.accept_when, is_success=receipt.stored is not None):
            await self._send(writer, self._processor.acceptance(receipt))
        if receipt.stored is None:
            count_answer(NOT_STORED.verdict, monotonic() - started)
            if not is_enhanced and receipt.reply is not None:
                await self._send(writer, receipt.reply)
            return
        answer = await self._assessed(receipt)
        reply = self._processor.not_stored(receipt) if answer is None else answer.content
        verdict = NOT_STORED.verdict if answer is None else answer.verdict
        count_answer(verdict, monotonic() - started)
        if wants_answer(header, answer):
            await self._send(writer, reply)

    async def _assessed(self, receipt: Receipt) -> Answer | None:
        stored = receipt.stored
        if stored is not None and stored.answer is not None:
            return Answer(verdict=stored.verdict or "", content=stored.answer)
        assessing = asyncio.ensure_future(self._run(partial(self._processor.answer, receipt)))
        done, _ = await asyncio.wait({assessing}, timeout=self._options.answer_seconds)
        if done:
            return assessing.result()
        # What the thread still finds is not saved any more: the first answer stays.
        return await asyncio.to_thread(self._processor.answer_late, receipt)

    async def _send(self, writer: asyncio.StreamWriter, content: bytes) -> None:
        writer.write(to_frame(content))
        await asyncio.wait_for(writer.drain(), self._options.frame_seconds)

    async def _run(self, work: Callable[[], Value]) -> Value:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)


def recover(processor: MessageProcessor, messages: "list[StoredMessage]") -> int:
    """Answer what was stored and not answered, in the order of receipt; returns how many were."""
    answered = 0
    for stored in messages:
        client = processor.sender_by_id(stored.client)
        if client is None and processor.needs_sender:
            LOG.error("a message of a client that the registry no longer has stays unanswered")
            continue
        receipt = Receipt(header=MessageHeader(), stored=stored, client=client)
        answered += processor.answer(receipt) is not None
    return answered
