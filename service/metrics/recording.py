"""Counts and observes, where metrics are switched on; else costs next to nothing."""

from typing import Protocol

from cobalamin.service.metrics.definitions import Metric

Labels = tuple[str, ...]


class MetricRecorder(Protocol):
    """Keeps what is counted."""

    def add(self, metric: Metric, labels: Labels, amount: float) -> None:
        """Add to a counter."""

    def observe(self, metric: Metric, labels: Labels, value: float) -> None:
        """Add a value to a histogram."""


class Recording:
    """What this process counts, and where to; nowhere until a recorder is set."""

    def __init__(self) -> None:
        self.recorder: MetricRecorder | None = None

    @property
    def is_on(self) -> bool:
        """Whether anything is counted."""
        return self.recorder is not None

    def count(self, metric: Metric, *labels: str, amount: float = 1) -> None:
        """Add to a counter; the labels are in the order of its definition."""
        if self.recorder is not None:
            self.recorder.add(metric, labels, amount)

    def observe(self, metric: Metric, value: float, *labels: str) -> None:
        """Add a value to a histogram."""
        if self.recorder is not None:
            self.recorder.observe(metric, labels, value)


METRICS = Recording()
"""Of the process, as its counts are: the same for all that runs in it."""
