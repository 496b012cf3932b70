"""An MLLP listener in a thread of the tests, and a plain client for it."""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager
from threading import Event, Thread
from typing import Any

from cobalamin.service.cli.mllp import build_processor, open_store_and_files
from cobalamin.service.mllp.listener import MllpListener
from cobalamin.service.mllp.options import MllpOptions
from cobalamin.service.mllp.processing import MessageProcessor
from cobalamin.service.records.store import Store
from cobalamin.service.settings import Environment, Settings
from messages import MSH, message, obx

WAIT = 30.0


class Listening:
    """A running listener: its port, database and processor."""

    def __init__(self, store: Store, processor: MessageProcessor, options: MllpOptions) -> None:
        self.store, self.processor, self.options = store, processor, options
        self.port = 0
        self.stop_now = Event()

    def connect(self, tls: ssl.SSLContext | None = None) -> "Caller":
        """A new connection."""
        return Caller(self.port, tls)


class Caller:
    """One connection of a sender."""

    def __init__(self, port: int, tls: ssl.SSLContext | None = None) -> None:
        plain = socket.create_connection(("127.0.0.1", port), timeout=WAIT)
        self.socket = plain if tls is None else tls.wrap_socket(plain, server_hostname="localhost")
        self._buffer = b""

    def __enter__(self) -> "Caller":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.socket.sendall(data)

    def read(self) -> bytes:
        """The next frame without its marks; empty where the connection is closed."""
        while b"\x1c\r" not in self._buffer:
            received = self.socket.recv(65536)
            if not received:
                return b""
            self._buffer += received
        frame, _, self._buffer = self._buffer.partition(b"\x1c\r")
        assert frame.startswith(b"\x0b")
        return frame[1:]

    def ask(self, content: bytes) -> bytes:
        """The answer to a message."""
        self.send(b"\x0b" + content + b"\x1c\r")
        return self.read()


@contextmanager
def listening(
    database_url: str,
    options: MllpOptions | None = None,
    tls: ssl.SSLContext | None = None,
    **settings: Any,  # noqa: ANN401 - of the service
) -> Iterator[Listening]:
    """A listener with development settings on a database that has its tables."""
    chosen = options or MllpOptions()
    made = Settings(environment=Environment.development, database_url=database_url, **settings)
    store, configuration, modes = open_store_and_files(made)
    processor = build_processor(store, configuration, modes, chosen.late)
    running = Listening(store, processor, chosen)
    is_ready = Event()

    async def serve() -> None:
        listener = MllpListener(processor, chosen)
        running.port = await listener.start("127.0.0.1", 0, tls)
        is_ready.set()
        await asyncio.to_thread(running.stop_now.wait)
        await listener.stop()

    thread = Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert is_ready.wait(WAIT)
    try:
        with closing(store):
            yield running
    finally:
        running.stop_now.set()
        thread.join(WAIT)
        comments = processor._configuration().context.comments
        if comments is not None:
            comments.close()


def oru(control_id: str, value: str = "120", *, modes: str = "", **more: str) -> bytes:
    """An ORU^R01 with one vitamin B12; `modes` are MSH-15 and MSH-16."""
    msh = MSH.replace("|C1|", f"|{control_id}|") + (f"|||{modes}" if modes else "")
    return message(obx(value=value, **more), msh=msh).encode()


def verdict(answer: bytes) -> tuple[str, str]:
    """MSA-1 and MSA-2."""
    found = next(line for line in answer.split(b"\r") if line.startswith(b"MSA"))
    fields = found.decode().split("|")
    return fields[1], fields[2]


def error_code(answer: bytes) -> str:
    """ERR-3 of the first error; empty without one."""
    found = next((line for line in answer.split(b"\r") if line.startswith(b"ERR")), b"ERR|||")
    return found.decode().split("|")[3].split("^")[0]
