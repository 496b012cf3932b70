"""What waits in the listener's queue when a worker stops accepting."""

import asyncio
import os
import socket
from contextlib import ExitStack
from types import SimpleNamespace

from gunicorn.config import Config
from gunicorn.glogging import Logger
from werkzeug.wrappers import Response

from cobalamin.service.server.adapter import WsgiAdapter
from cobalamin.service.server.limits import ServerLimits
from cobalamin.service.server.worker import EventLoopWorker

REQUEST = b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def _worker(listener: socket.socket) -> EventLoopWorker:
    """A worker that has not accepted anything yet."""
    config = Config()
    arguments = (1, os.getppid(), [SimpleNamespace(sock=listener)], None, 30, config)
    worker = EventLoopWorker(*arguments, Logger(config))
    worker.loop = asyncio.new_event_loop()
    worker.asgi = WsgiAdapter(Response("alive"), ServerLimits(), lambda: worker.is_draining)
    return worker


def test_what_waits_when_the_listener_closes_is_answered() -> None:
    with ExitStack() as open_sockets:
        listener = open_sockets.enter_context(socket.create_server(("127.0.0.1", 0), backlog=64))
        clients = [
            open_sockets.enter_context(socket.create_connection(listener.getsockname(), 20))
            for _ in range(30)
        ]
        for client in clients:
            client.sendall(REQUEST)
        listener.settimeout(0)
        worker = _worker(listener)
        worker.loop.run_until_complete(worker._shutdown())
        worker.loop.close()
        worker.tmp.close()
        listener.close()
        answers = [client.makefile("rb").read() for client in clients]
    assert all(answer.startswith(b"HTTP/1.1 200") for answer in answers)
    assert all(b"onnection: close\r\n" in answer for answer in answers)
