"""The page of metrics, on a port of its own and nowhere else."""

from collections.abc import Callable
from typing import NamedTuple

from cobalamin.service.server.wsgi_call import WsgiResponse

METRICS_PAGE = "cobalamin.metrics_page"
"""Extension of the Flask application: its page of metrics; one without has none."""
PATH = b"/metrics"
CONTENT_TYPE = b"text/plain; version=0.0.4; charset=utf-8"


class MetricsPage(NamedTuple):
    """The port, and what makes the text of the metrics of all workers."""

    port: int
    to_text: Callable[[], bytes]

    def respond(self, method: str, path: bytes) -> WsgiResponse:
        """The text at its address; 404 at any other one."""
        if path != PATH or method not in {"GET", "HEAD"}:
            return _response(404, b"the metrics are at GET /metrics\n")
        return _response(200, self.to_text(), has_body=method == "GET")


def _response(status: int, text: bytes, *, has_body: bool = True) -> WsgiResponse:
    headers = [
        (b"Content-Type", CONTENT_TYPE),
        (b"Content-Length", b"%d" % len(text)),
        (b"Cache-Control", b"no-store"),
    ]
    return WsgiResponse(status, headers, text if has_body else b"")
