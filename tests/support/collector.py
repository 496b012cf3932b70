"""A collector of traces on the loopback, which takes OTLP over HTTP."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from cobalamin.service.settings import Settings
from cobalamin.service.tracing.otlp import OtlpRecorder
from cobalamin.service.tracing.recording import TRACING

PATH = "/v1/traces"


@dataclass
class Collector:
    """What it was sent, as it came; `answer` may keep a sender waiting."""

    port: int = 0
    bodies: list[bytes] = field(default_factory=list)
    ended: Event = field(default_factory=Event)
    answer: Callable[["Collector"], int] = lambda _: 200

    @property
    def endpoint(self) -> str:
        """The value of COBALAMIN_TRACES_ENDPOINT."""
        return f"http://127.0.0.1:{self.port}"

    def requests(self) -> list[ExportTraceServiceRequest]:
        """What it was sent, decoded."""
        return [ExportTraceServiceRequest.FromString(body) for body in self.bodies]

    def spans(self) -> list[Span]:
        """Every span that it was sent."""
        return [
            span
            for request in self.requests()
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


def hang(collector: Collector) -> int:
    """Never answers."""
    collector.ended.wait(60)
    return 200


class _Handler(BaseHTTPRequestHandler):
    collector: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == PATH and self.headers["Content-Type"] == "application/x-protobuf":
            self.collector.bodies.append(body)
        with suppress(ConnectionError):
            self.send_response(self.collector.answer(self.collector))
            self.send_header("Content-Length", "0")
            self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def collecting(answer: Callable[[Collector], int] | None = None) -> Iterator[Collector]:
    """A collector on a free port until the block ends."""
    collector = Collector() if answer is None else Collector(answer=answer)
    handler = type("Own", (_Handler,), {"collector": collector})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        collector.port = server.server_port
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield collector
        finally:
            collector.ended.set()
            server.shutdown()
            thread.join(10)


@contextmanager
def tracing(endpoint: str, *, context: bool = False) -> Iterator[None]:
    """Record spans of this process until the block ends; all have been sent then."""
    settings = Settings(traces_endpoint=endpoint, traces_context=context)
    before, TRACING.recorder = TRACING.recorder, OtlpRecorder(settings)
    try:
        yield
    finally:
        TRACING.shut_down()
        TRACING.recorder = before


def attributes(span: Span) -> dict[str, str | int]:
    """The attributes of a span."""
    return {one.key: one.value.string_value or one.value.int_value for one in span.attributes}
