"""Runs the WSGI application under an ASGI server.

The event loop receives requests and sends responses; a thread has a request only while it is worked
on. A client that sends or reads slowly holds a connection, but never a thread.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from io import BytesIO
from typing import Any
from wsgiref.types import WSGIApplication, WSGIEnvironment

from cobalamin.service.access.admission import ADMISSION, Admission
from cobalamin.service.http.refusal_reasons import set_refusal_reason
from cobalamin.service.http.server_environ import BUFFERED_BODY, DRAINING, REFUSAL
from cobalamin.service.server import wsgi_call
from cobalamin.service.server.environ import Scope, build_environ, path_of
from cobalamin.service.server.executors import Executors, PoolKind, pool_kind_of
from cobalamin.service.server.limits import ServerLimits
from cobalamin.service.server.metrics_page import MetricsPage
from cobalamin.service.server.request_body import (
    MIB,
    BodyError,
    BodyLimits,
    BufferBudget,
    Receive,
    ReceivedBody,
    receive_body,
)
from cobalamin.service.server.wsgi_call import Headers, WsgiResponse

CHECK_ABOVE_BYTES = MIB

Send = Callable[[dict[str, Any]], Coroutine[Any, Any, None]]


class _RefusedEarly(Exception):  # noqa: N818 - carries a response
    """The application refuses the request by its headers."""

    def __init__(self, response: WsgiResponse) -> None:
        super().__init__(response.status)
        self.response = response


class WsgiAdapter:
    """An ASGI application that runs a WSGI application in thread pools.

    `is_draining` tells whether the server shuts down. What comes on the port of `metrics` is
    answered by it alone.
    """

    def __init__(
        self,
        app: WSGIApplication,
        limits: ServerLimits,
        is_draining: Callable[[], bool],
        metrics: MetricsPage | None = None,
    ) -> None:
        self._app, self._limits, self._is_draining = app, limits, is_draining
        self._metrics = metrics
        # Two threads more than batches may run at once, to refuse the others at once.
        self.executors = Executors.build(limits.threads, limits.batches + 2)
        self._budget = BufferBudget(2 * limits.max_batch_bytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        if self._metrics is not None and scope["server"][1] == self._metrics.port:
            page = self._metrics.respond, scope["method"], path_of(scope)
            await _send(send, await self._run(PoolKind.probe, *page))
            return
        pool_kind = pool_kind_of(path_of(scope))
        environ: WSGIEnvironment = build_environ(scope)
        if self._is_draining():
            environ[DRAINING] = True
        try:
            body = await self._receive(scope, environ, pool_kind, receive)
        except _RefusedEarly as refused:
            await _send(send, refused.response)
            return
        except BodyError as error:
            environ[REFUSAL] = (error.status, error.message)
            set_refusal_reason(environ, error.reason)
            body = ReceivedBody(BytesIO(), self._budget)
        try:
            environ["wsgi.input"] = environ[BUFFERED_BODY] = body.file
            environ["CONTENT_LENGTH"] = str(body.content_length)
            await self._answer(environ, pool_kind, receive, send)
        finally:
            body.close()

    async def _receive(
        self, scope: Scope, environ: WSGIEnvironment, pool_kind: PoolKind, receive: Receive
    ) -> ReceivedBody:
        headers = dict(scope["headers"])
        is_chunked = b"transfer-encoding" in headers
        declared = None if is_chunked else int(headers.get(b"content-length", b"0"))
        if declared == 0:
            return ReceivedBody(BytesIO(), self._budget)

        async def check() -> None:
            await self._check(environ)

        is_batch = pool_kind is PoolKind.batch
        limits = BodyLimits(
            max_bytes=self._limits.max_batch_bytes if is_batch else self._limits.max_body_bytes,
            seconds=self._limits.client_seconds,
            check_above=CHECK_ABOVE_BYTES,
            check=check,
        )
        return await receive_body(receive, declared, limits, self._budget)

    async def _check(self, environ: WSGIEnvironment) -> None:
        """Ask the application by the headers alone, before more of a large body is received."""
        environ[ADMISSION] = admission = Admission()
        response = await self._run(PoolKind.single, wsgi_call.call, self._app, dict(environ))
        if not admission.is_admitted:
            raise _RefusedEarly(response)

    async def _answer(
        self, environ: WSGIEnvironment, pool_kind: PoolKind, receive: Receive, send: Send
    ) -> None:
        if pool_kind is PoolKind.batch and REFUSAL not in environ:
            await self._stream(environ, receive, send)
        else:
            await _send(send, await self._run(pool_kind, wsgi_call.call, self._app, environ))

    async def _stream(self, environ: WSGIEnvironment, receive: Receive, send: Send) -> None:
        loop = asyncio.get_running_loop()
        watch = loop.create_task(_wait_for_disconnect(receive))

        def pass_on(message: dict[str, Any]) -> None:
            if watch.done():
                raise ConnectionResetError("the client has gone")
            asyncio.run_coroutine_threadsafe(send(message), loop).result()

        def start(status: int, headers: Headers) -> None:
            pass_on({"type": "http.response.start", "status": status, "headers": headers})

        def send_piece(piece: bytes) -> None:
            pass_on({"type": "http.response.body", "body": piece, "more_body": True})

        try:
            with suppress(ConnectionResetError):
                await self._run(
                    PoolKind.batch, wsgi_call.stream, self._app, environ, start, send_piece
                )
            await send({"type": "http.response.body"})
        finally:
            watch.cancel()

    async def _run(
        self, pool_kind: PoolKind, function: Callable[..., Any], *arguments: object
    ) -> Any:  # noqa: ANN401
        pool = self.executors.pools[pool_kind]
        return await asyncio.get_running_loop().run_in_executor(pool, function, *arguments)


async def _wait_for_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send(send: Send, response: WsgiResponse) -> None:
    status, headers, body = response
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
