"""Calls the WSGI application in a thread and hands its response to the event loop."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import NamedTuple
from wsgiref.types import WSGIApplication, WSGIEnvironment

Headers = list[tuple[bytes, bytes]]
FLUSH_BYTES, FLUSH_SECONDS = 64 * 1024, 0.2
"""A streamed response is passed on when it has so many bytes or has waited so long."""


class WsgiResponse(NamedTuple):
    """A response whose whole body is at hand."""

    status: int
    headers: Headers
    body: bytes


class _Started:
    """What the application told `start_response`."""

    status = 500
    headers: Headers = []  # noqa: RUF012 - replaced, never changed

    def start_response(
        self,
        status: str,
        headers: list[tuple[str, str]],
        _exc_info: object = None,
        /,
    ) -> Callable[[bytes], object]:
        self.status = int(status[:3])
        self.headers = [(name.encode("latin-1"), text.encode("latin-1")) for name, text in headers]
        return _refuse_write


def _refuse_write(_: bytes, /) -> object:
    raise NotImplementedError("write() of WSGI is not supported; return the body")


def call(app: WSGIApplication, environ: WSGIEnvironment) -> WsgiResponse:
    """Call the application and collect the whole response."""
    started = _Started()
    with _closing(app(environ, started.start_response)) as chunks:
        body = b"".join(chunks)
    return WsgiResponse(started.status, started.headers, body)


def stream(
    app: WSGIApplication,
    environ: WSGIEnvironment,
    start: Callable[[int, Headers], None],
    send: Callable[[bytes], None],
) -> None:
    """Call the application and pass its response on in pieces while it is made.

    `start` and `send` block until the event loop has taken the piece; they raise to stop.
    """
    started = _Started()
    with _closing(app(environ, started.start_response)) as chunks:
        pieces = _pieces(chunks)
        first = next(pieces, b"")
        start(started.status, started.headers)
        send(first)
        for piece in pieces:
            send(piece)


@contextmanager
def _closing(chunks: Iterable[bytes]) -> Iterator[Iterable[bytes]]:
    try:
        yield chunks
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            close()


def _pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    waiting, size, since = [], 0, monotonic()
    for chunk in chunks:
        waiting.append(chunk)
        size += len(chunk)
        if size >= FLUSH_BYTES or monotonic() - since >= FLUSH_SECONDS:
            yield b"".join(waiting)
            waiting, size, since = [], 0, monotonic()
    if waiting:
        yield b"".join(waiting)
