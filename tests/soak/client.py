"""A client that keeps its connection, and knows whether an answer was owed to it."""

import http.client
import select
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic, sleep

from traffic import Call

SECONDS = 60
REFUSED_PAUSE = 0.02


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; status 0 where the connection broke between `began` and `ended`."""

    status: int
    body: bytes
    began: float
    ended: float


class Client:
    """One kept connection; `waits` counts connections that were refused and tried again."""

    def __init__(self, port: int) -> None:
        self._port, self.waits = port, 0
        self._connection: http.client.HTTPConnection | None = None

    def ask(self, call: Call) -> Answer:
        """The answer to a call, on the kept connection if that is still open."""
        connection = self._open()
        began = monotonic()
        try:
            _send(connection, call)
            response = connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException):
            self.close()
            return Answer(0, b"", began, monotonic())
        if response.will_close:
            self.close()
        return Answer(response.status, body, began, monotonic())

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> http.client.HTTPConnection:
        if self._connection is not None and _is_dropped(self._connection):
            self.close()
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    def _connect(self) -> http.client.HTTPConnection:
        """A new connection; while nobody listens, as between two servers, it is tried again."""
        until = monotonic() + SECONDS
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=SECONDS)
            try:
                connection.connect()
            except ConnectionRefusedError:
                if monotonic() > until:
                    raise
                self.waits += 1
                sleep(REFUSED_PAUSE)
            else:
                return connection


def _send(connection: http.client.HTTPConnection, call: Call) -> None:
    """Send a call; what refuses it early may stop to listen, but its answer is there."""
    if call.chunks:
        chunks: Iterator[bytes] = iter(call.chunks)
        connection.request(call.method, call.path, chunks, dict(call.headers), encode_chunked=True)
        return
    with suppress(BrokenPipeError, ConnectionResetError):
        connection.request(call.method, call.path, call.body or None, dict(call.headers))


def _is_dropped(connection: http.client.HTTPConnection) -> bool:
    """Whether the server has closed the idle connection, as every pool of connections asks."""
    sock: socket.socket | None = connection.sock
    return sock is None or bool(select.select([sock], [], [], 0)[0])
