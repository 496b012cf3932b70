"""HTTP connections with deadlines: gunicorn's ASGI protocol, and what it does not bound.

gunicorn waits for a header, for a reader and for a body that nobody wants as long as the client
likes. Each of these waits has an end here. The methods that are overridden are not public in
gunicorn, so its version is limited and tests/server shows every deadline.
"""

import sys
from asyncio import TimerHandle
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from gunicorn.asgi.protocol import ASGIProtocol

from cobalamin.service.http.refusal_reasons import RefusalReason
from cobalamin.service.server.errors import error_response, log_refusal

if TYPE_CHECKING:
    from cobalamin.service.server.worker import EventLoopWorker

FIRST_REQUEST_SECONDS = 1.0
"""At shutdown, how long a connection without any request is waited for."""
LINGER_SECONDS = 10.0
LINGER_BYTES = 512 * 1024 * 1024
"""What is read and thrown away behind a response that was given before the body was read."""
NEVER_PAUSES = (3, 12) <= sys.version_info < (3, 12, 9) or (3, 13) <= sys.version_info < (3, 13, 2)
"""Whether `writelines` keeps all that a client does not read (CVE-2024-12254)."""


class ServerProtocol(ASGIProtocol):
    """One connection of a client."""

    worker: "EventLoopWorker"
    _closed: bool

    def __init__(self, worker: "EventLoopWorker") -> None:
        super().__init__(worker)
        self._header_timer: TimerHandle | None = None
        self._write_timer: TimerHandle | None = None
        self._linger_timer: TimerHandle | None = None
        self._lingered = 0
        self._has_partial_header = self._is_half_closed = self._has_had_request = False
        self._made_at = worker.loop.time()

    # --- what comes in

    def connection_made(self, transport: Any) -> None:  # noqa: ANN401 - asyncio's
        """Count the connection, and wait for a header until its deadline."""
        if NEVER_PAUSES:
            transport.writelines = lambda parts: transport.write(b"".join(parts))
        super().connection_made(transport)
        self.worker.add(self)
        self._start_header_timer()

    def data_received(self, data: bytes) -> None:
        """Take in bytes; the first of a later request start its header's deadline."""
        if self._linger_timer is not None:
            self._lingered += len(data)
            if self._lingered > LINGER_BYTES:
                self.transport.abort()
            return
        if self._current_request is None and not self._has_partial_header:
            self._has_partial_header = True
            if self._header_timer is None:
                self._start_header_timer()
            self._cancel_keepalive_timer()
        super().data_received(data)

    def eof_received(self) -> bool:
        """Answer a client that has sent all it will send, if it sent a whole request."""
        self._is_half_closed = True
        receiver = self._body_receiver
        if self._current_request is None or receiver is None or self._linger_timer is not None:
            return False
        if not receiver._complete:
            receiver.signal_disconnect()
        return True

    def _on_headers_complete(self) -> bool:
        self._stop_header_timer()
        self._has_partial_header, self._has_had_request = False, True
        return bool(super()._on_headers_complete())

    def _start_header_timer(self) -> None:
        seconds = self.worker.limits.client_seconds
        self._header_timer = self.worker.loop.call_later(seconds, self._header_is_late)

    def _stop_header_timer(self) -> None:
        if self._header_timer is not None:
            self._header_timer.cancel()
            self._header_timer = None

    def _header_is_late(self) -> None:
        self._header_timer = None
        if self._has_partial_header:
            self._send_error_response(408)
        self._close_transport()
        self._request_ready.set()

    # --- what goes out

    def pause_writing(self) -> None:
        """Watch a client that reads more slowly than it is written to."""
        super().pause_writing()
        self._watch_writing()

    def _watch_writing(self) -> None:
        if self._write_timer is None and self.transport is not None:
            size = self.transport.get_write_buffer_size()
            if size:
                self._write_timer = self.worker.loop.call_later(
                    self.worker.limits.client_seconds, self._check_writing, size
                )

    def _check_writing(self, size_before: int) -> None:
        self._write_timer = None
        if self.transport.get_write_buffer_size() >= size_before:
            log_refusal(RefusalReason.reader_too_slow)
            self.transport.abort()
        else:
            self._watch_writing()

    def _send_error_response(self, status: int, *_: object) -> None:
        """Send an error of the server itself; gunicorn's message may repeat the request."""
        headers = self._current_request.headers_bytes if self._current_request else ()
        self._safe_write(error_response(status, headers))

    def _will_close(self, request: Any, response_requires_close: Any) -> bool:  # noqa: ANN401
        return (
            self.worker.is_draining
            or self._is_half_closed
            or not self._is_body_complete()
            or bool(super()._will_close(request, response_requires_close))
        )

    def _is_websocket_upgrade(self, _: Any) -> bool:  # noqa: ANN401
        return False

    # --- the end

    @property
    def is_idle(self) -> bool:
        """Whether the client waits for nothing."""
        return self._current_request is None and not self._has_partial_header

    def is_closable(self) -> bool:
        """Whether nobody is owed an answer: a new client may have its first request on the way."""
        age = self.worker.loop.time() - self._made_at
        return self.is_idle and (self._has_had_request or age > FIRST_REQUEST_SECONDS)

    def refuse(self) -> None:
        """Answer 503 before anything is read."""
        self._has_partial_header = True
        self._send_error_response(503)
        self.close()

    def close(self) -> None:
        """Close an idle connection."""
        self._close_transport()
        self._request_ready.set()

    def abort(self) -> None:
        """Drop the connection at once."""
        self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop all timers, and release a thread that waits for this client."""
        for timer in (self._header_timer, self._write_timer, self._linger_timer):
            if timer is not None:
                timer.cancel()
        self.worker.remove(self)
        super().connection_lost(exc)
        self._flow_control.resume_writing()

    def _is_body_complete(self) -> bool:
        receiver = self._body_receiver
        return receiver is None or bool(receiver._complete)

    def _close_transport(self) -> None:
        """Close; while the client may still be sending only after it has had the response.

        A socket that is closed with unread bytes resets the connection, and the client loses a
        response that it has not read yet (RFC 9112, 9.6).
        """
        if self._closed or self.transport is None:
            return
        self._closed = True
        with suppress(OSError):  # the client has reset the connection
            self.transport.write_eof()
        if self._is_half_closed or (self._is_body_complete() and not self._has_partial_header):
            self.transport.close()
            self._watch_writing()
            return
        self._reading_paused = True
        self._resume_reading()
        self._linger_timer = self.worker.loop.call_later(LINGER_SECONDS, self.transport.abort)
