"""Spans by the SDK of OpenTelemetry, sent to a collector by OTLP over HTTP.

A thread of the SDK sends them, so that no request waits for a collector; a queue of bounded length
lies between. Each process makes its own, because threads and connections do not survive a fork.
"""

import logging
import os
from collections.abc import Sequence
from threading import Lock, Thread

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import (
    SERVICE_NAME,
    SERVICE_VERSION,
    OTELResourceDetector,
    Resource,
)
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from cobalamin.service.outgoing.http_client import build_session
from cobalamin.service.settings import Settings
from cobalamin.service.tracing.attributes import Attribute, SpanKind
from cobalamin.service.tracing.recording import Span
from cobalamin.service.version import VERSION

LOG = logging.getLogger("cobalamin.tracing")
NAME = "cobalamin"
PATH = "/v1/traces"
SEND_SECONDS = 5
"""For one batch of spans, repetitions included."""
END_SECONDS = 2
"""What a process waits for the last ones."""
TRACEPARENT = "traceparent"
KINDS = {SpanKind.server: trace.SpanKind.SERVER, SpanKind.client: trace.SpanKind.CLIENT}
_HEADER = TraceContextTextMapPropagator()


class OtlpSpan:
    """A span of OpenTelemetry with the attributes of this service alone."""

    def __init__(self, span: trace.Span, *, sends_context: bool) -> None:
        self.context = trace.set_span_in_context(span, Context())
        self._span, self._sends_context = span, sends_context

    @property
    def trace_id(self) -> str:
        """The trace to which it belongs, as 32 hexadecimal digits."""
        return trace.format_trace_id(self._span.get_span_context().trace_id)

    @property
    def traceparent(self) -> str | None:
        """The header for other servers; None where they are not to know of it."""
        if not self._sends_context:
            return None
        headers: dict[str, str] = {}
        _HEADER.inject(headers, self.context)
        return headers.get(TRACEPARENT)

    def set(self, attribute: Attribute, value: str | int) -> None:
        """Set an attribute."""
        self._span.set_attribute(attribute.value, value)

    def end(self, name: str, *, failed: bool = False) -> None:
        """Name and end it."""
        self._span.update_name(name)
        if failed:
            self._span.set_status(trace.StatusCode.ERROR)
        self._span.end()


class OtlpRecorder:
    """Makes spans and sends them to the collector of the settings."""

    def __init__(self, settings: Settings) -> None:
        # Its lines repeat what a collector answers, one for each batch; see _WatchedExporter.
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
        self._settings, self._lock = settings, Lock()
        # What OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say comes first.
        own = Resource({SERVICE_NAME: NAME, SERVICE_VERSION: VERSION})
        self._resource = Resource.create().merge(own).merge(OTELResourceDetector().detect())
        self._process, self._provider = 0, TracerProvider(shutdown_on_exit=False)

    def start(self, kind: SpanKind, parent: Span | None, traceparent: str | None) -> OtlpSpan:
        """Begin a span, below another one of this or, by its header, of another program."""
        tracer = self._provider_of_this_process().get_tracer(NAME, VERSION)
        context = Context()
        if isinstance(parent, OtlpSpan):
            context = parent.context
        elif traceparent is not None and self._settings.traces_context:
            # Of the headers beside it none is taken: `tracestate` and `baggage` hold free text.
            context = _HEADER.extract({TRACEPARENT: traceparent}, context)
        span = tracer.start_span(kind.value, context, KINDS[kind])
        return OtlpSpan(span, sends_context=self._settings.traces_context)

    def shut_down(self) -> None:
        """Send what waits; a collector that hangs is not waited for."""
        if self._process == os.getpid():
            thread = Thread(target=self._provider.shutdown, daemon=True)
            thread.start()
            thread.join(END_SECONDS)

    def _provider_of_this_process(self) -> TracerProvider:
        if self._process != os.getpid():
            with self._lock:
                if self._process != os.getpid():
                    self._provider = self._build_provider()
                    self._process = os.getpid()
        return self._provider

    def _build_provider(self) -> TracerProvider:
        address = self._settings.traces_endpoint or ""
        session = build_session(self._settings, address)
        exporter = OTLPSpanExporter(f"{address}{PATH}", timeout=SEND_SECONDS, session=session)
        provider = TracerProvider(resource=self._resource, shutdown_on_exit=False)
        provider.add_span_processor(BatchSpanProcessor(_WatchedExporter(exporter)))
        return provider


class _WatchedExporter(SpanExporter):
    """Logs when spans cannot be sent, and when they can again; not each batch that is lost."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter, self._is_working = exporter, True

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send them; those that cannot be sent are lost."""
        try:
            result = self._exporter.export(spans)
        except Exception:  # noqa: BLE001 - whatever a transport raises, the next batch may go well
            result = SpanExportResult.FAILURE
        is_working = result is SpanExportResult.SUCCESS
        if is_working != self._is_working:
            LOG.warning("traces are sent again" if is_working else "traces cannot be sent")
        self._is_working = is_working
        return result

    def shutdown(self) -> None:
        """End it."""
        self._exporter.shutdown()
