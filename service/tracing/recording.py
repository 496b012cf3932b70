"""Begins spans, where traces are switched on; else costs next to nothing."""

from contextvars import ContextVar
from typing import Protocol

from cobalamin.service.tracing.attributes import Attribute, SpanKind


class Span(Protocol):
    """A piece of work with a beginning and, once `end` is called, an end."""

    @property
    def trace_id(self) -> str:
        """The trace to which it belongs, as 32 hexadecimal digits."""

    @property
    def traceparent(self) -> str | None:
        """The header that makes what another server does a part of it; None where none is sent."""

    def set(self, attribute: Attribute, value: str | int) -> None:
        """Set an attribute."""

    def end(self, name: str, *, failed: bool = False) -> None:
        """Name and end it."""


class SpanRecorder(Protocol):
    """Makes spans and sends them on."""

    def start(self, kind: SpanKind, parent: Span | None, traceparent: str | None) -> Span:
        """Begin a span, below another one of this or, by its header, of another program."""

    def shut_down(self) -> None:
        """Send what waits, within a short time."""


class Tracing:
    """Where the spans of this process go; nowhere until a recorder is set."""

    def __init__(self) -> None:
        self.recorder: SpanRecorder | None = None
        self._current: ContextVar[Span | None] = ContextVar("cobalamin_span", default=None)

    @property
    def current(self) -> Span | None:
        """The span of what this thread is answering."""
        return self._current.get()

    def start_answering(self, traceparent: str | None = None) -> Span | None:
        """Begin the span of what this thread answers from now on; None while traces are off."""
        if self.recorder is None:
            return None
        span = self.recorder.start(SpanKind.server, None, traceparent)
        self._current.set(span)
        return span

    def stop_answering(self) -> None:
        """From now on this thread answers nothing."""
        if self.recorder is not None:
            self._current.set(None)

    def start_asking(self, parent: Span | None) -> Span | None:
        """Begin the span of a request to another server; None without one that it belongs to."""
        if self.recorder is None or parent is None:
            return None
        return self.recorder.start(SpanKind.client, parent, None)

    def note_evaluation(self, outcome: str, profile: str) -> None:
        """Tell the current span what its evaluation came to, and by which profile."""
        span = self.current if self.recorder is not None else None
        if span is not None:
            span.set(Attribute.outcome, outcome)
            span.set(Attribute.profile, profile)

    def shut_down(self) -> None:
        """Send what waits, within a short time; afterwards nothing is recorded."""
        recorder, self.recorder = self.recorder, None
        if recorder is not None:
            recorder.shut_down()


TRACING = Tracing()
"""Of the process: the same for all that runs in it."""
