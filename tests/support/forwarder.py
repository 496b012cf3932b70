"""A loopback port that leads to another one until it is stopped, as a database that goes away."""

import socket
from contextlib import suppress
from threading import Thread
from typing import Self
from urllib.parse import urlsplit

CHUNK = 65536


class Forwarder:
    """Forwards connections to a port; `stop` ends all of them and refuses others."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._pairs: list[socket.socket] = []
        self.start()

    def start(self, port: int = 0) -> None:
        """Accept connections, at a free port or at the one that it had."""
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port = int(self._listener.getsockname()[1])
        Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                server = socket.create_connection(("127.0.0.1", self._to))
                self._pairs += [client, server]
                for pair in ((client, server), (server, client)):
                    Thread(target=_copy, args=pair, daemon=True).start()

    def stop(self) -> None:
        """End every connection and accept none."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in self._pairs:
            _end(one)
        self._pairs.clear()

    def resume(self) -> None:
        """Accept connections again, at the same port."""
        self.start(self.port)

    def __enter__(self) -> Self:
        """Is its own manager."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()


def through(forwarder: Forwarder, address: str) -> str:
    """The address of a database by way of the forwarder."""
    parts = urlsplit(address)
    return address.replace(f":{parts.port}/", f":{forwarder.port}/")


def port_of(address: str) -> int:
    """The port of a database."""
    return urlsplit(address).port or 5432


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(CHUNK):
            target.sendall(piece)
    _end(source)
    _end(target)


def _end(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
