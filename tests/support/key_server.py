"""A server of one key set on the loopback, whose key can be changed while it runs."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import monotonic

from tokens import key_set


@dataclass
class KeyServer:
    """The key that is published; `grace` is how many seconds a changed one may be unknown."""

    current: str
    grace: float
    port: int = 0
    changed_at: float = float("-inf")
    asked: int = 0

    @property
    def address(self) -> str:
        """Where the key set is."""
        return f"http://127.0.0.1:{self.port}/jwks.json"

    def kid(self) -> str:
        """The name of the key to sign with."""
        return self.current

    def change(self) -> None:
        """Publish another key in place of this one, once."""
        if self.current == "ec-1":
            self.current, self.changed_at = "ec-2", monotonic()

    def is_new(self) -> bool:
        """Whether the key was changed so lately that a worker may not know it."""
        return monotonic() - self.changed_at < self.grace


@contextmanager
def key_server(kid: str, grace: float = 0) -> Iterator[KeyServer]:
    """A running server."""
    keys = KeyServer(kid, grace)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            keys.asked += 1
            body = json.dumps(key_set(keys.current)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        keys.port = server.server_port
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield keys
        finally:
            server.shutdown()
            thread.join()
