"""The metrics of `cobalamin mllp`, on a port of their own."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from cobalamin.service.http.app_context import Configuration
from cobalamin.service.metrics.recording import METRICS
from cobalamin.service.modes import Modes
from cobalamin.service.reloading import ReloadedValue
from cobalamin.service.server.metrics_installation import CurrentState
from cobalamin.service.server.metrics_page import MetricsPage
from cobalamin.service.settings import Settings, SettingsError

SECONDS = 10
"""In which whoever asks must send its request."""


@contextmanager
def served_metrics(
    settings: Settings,
    configuration: ReloadedValue[Configuration],
    modes: ReloadedValue[Modes] | None,
) -> Iterator[None]:
    """Count from now on and serve what is counted until the block ends; nothing without a port.

    Raises:
        SettingsError: the address cannot be listened on.
    """
    if settings.mllp_metrics_port is None:
        yield
        return
    # Here, because not every listener has metrics.
    from cobalamin.service.metrics.prometheus import PrometheusRecorder  # noqa: PLC0415

    recorder, now = PrometheusRecorder(), CurrentState(settings, configuration, modes)
    page = MetricsPage(settings.mllp_metrics_port, lambda: recorder.to_text(now.gauges()))
    with _listen(settings.metrics_host, page) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        METRICS.recorder = recorder
        try:
            yield
        finally:
            server.shutdown()
            METRICS.recorder = None


def _listen(host: str, page: MetricsPage) -> ThreadingHTTPServer:
    kind = type("Handler", (_Handler,), {"page": page})
    server = _ServerOfIPv6 if ":" in host else _Server
    try:
        return server((host, page.port), kind)
    except OSError as error:
        problem = f"COBALAMIN_MLLP_METRICS_PORT: {error.strerror}"
        raise SettingsError((problem,)) from None


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Somebody who hangs up is no news."""


class _ServerOfIPv6(_Server):
    address_family = socket.AF_INET6


class _Handler(BaseHTTPRequestHandler):
    timeout = SECONDS
    page: MetricsPage

    def do_GET(self) -> None:
        status, headers, body = self.page.respond(self.command, self.path.encode("latin-1"))
        self.send_response(status)
        for name, text in headers:
            self.send_header(name.decode("latin-1"), text.decode("latin-1"))
        self.end_headers()
        self.wfile.write(body)

    do_HEAD = do_GET

    def version_string(self) -> str:
        """No name of a library."""
        return "cobalamin"

    def log_message(self, *_: object) -> None:
        """Says nothing, as of the port of the service."""
