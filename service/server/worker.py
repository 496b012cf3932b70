"""The gunicorn worker: an event loop for connections, threads for the application."""

import asyncio
import os
import resource
from contextlib import suppress
from typing import Any

from gunicorn.workers.gasgi import ASGIWorker

from cobalamin.service.server.adapter import WsgiAdapter
from cobalamin.service.server.limits import LIMITS, ServerLimits
from cobalamin.service.server.metrics_page import METRICS_PAGE
from cobalamin.service.server.protocol import ServerProtocol

HEARTBEAT_SECONDS = 1.0
POLL_SECONDS = 0.05


class EventLoopWorker(ASGIWorker):
    """Serves a WSGI application without giving a thread to a client that is slow."""

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - gunicorn's
        super().__init__(*arguments, **options)
        self.asgi: Any = None
        self.limits = ServerLimits()
        self.is_draining = False
        self._connections: dict[ServerProtocol, None] = {}
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        self._max_connections = min(self.worker_connections, files // 2)

    def load_wsgi(self) -> None:
        """Load the WSGI application."""
        super().load_wsgi()
        app: Any = self.asgi
        extensions = getattr(app, "extensions", {})
        self.limits = extensions.get(LIMITS, self.limits)
        metrics = extensions.get(METRICS_PAGE)
        self.asgi = WsgiAdapter(app, self.limits, lambda: self.is_draining, metrics)

    # --- connections

    def add(self, connection: ServerProtocol) -> None:
        """Count a connection; at the limit the one that has been idle longest makes room."""
        if len(self._connections) >= self._max_connections:
            idle = next((one for one in self._connections if one.is_idle), None)
            if idle is None:
                connection.refuse()
            else:
                idle.close()
        self._connections[connection] = None

    def remove(self, connection: ServerProtocol) -> None:
        """Forget a connection that was lost."""
        self._connections.pop(connection, None)

    # --- the end

    def handle_exit_signal(self) -> None:
        """SIGTERM: not ready from now on, but connections are accepted for a while."""
        if not self.is_draining:
            self.is_draining = True
            self.loop.call_later(self.limits.drain_seconds, self._stop)

    def _stop(self) -> None:
        self.alive = False

    async def _serve(self) -> None:
        for listener in self.sockets:
            # asyncio accepts up to `backlog` connections in one turn of the loop, which would give
            # them all to one worker; it also sets the backlog of the socket, so that is set again.
            server = await self.loop.create_server(
                lambda: ServerProtocol(self), sock=listener.sock, backlog=1
            )
            listener.sock.listen(self.cfg.backlog)
            self.servers.append(server)
        self.log.info("Worker accepts connections (pid: %s)", self.pid)
        while self.alive and self.ppid == os.getppid():
            self.notify()
            await asyncio.sleep(HEARTBEAT_SECONDS if not self.is_draining else POLL_SECONDS)
        await self._shutdown()

    async def _accept_waiting(self) -> None:
        """Accept what waits in the queue: the kernel would reset it when the listener closes."""
        for listener in self.sockets:
            self.loop.remove_reader(listener.sock)
            with suppress(OSError):
                while True:
                    sock, _ = listener.sock.accept()
                    sock.setblocking(False)  # noqa: FBT003 - the library's signature
                    await self.loop.connect_accepted_socket(lambda: ServerProtocol(self), sock)

    async def _shutdown(self) -> None:
        """Stop accepting, let running requests end, and close what is idle."""
        self.is_draining = True
        await self._accept_waiting()
        for server in self.servers:
            server.close()
        # What asyncio has just accepted is counted only some turns of the loop later.
        await asyncio.sleep(POLL_SECONDS)
        deadline = self.loop.time() + (0 if self._quick_shutdown else self.limits.finish_seconds)
        while self._connections and self.loop.time() < deadline and not self._quick_shutdown:
            self.notify()
            for connection in list(self._connections):
                if connection.is_closable():
                    connection.close()
            await asyncio.sleep(POLL_SECONDS)
        for connection in list(self._connections):
            connection.abort()
        self.asgi.executors.shut_down()
