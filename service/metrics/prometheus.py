"""Counts with prometheus_client, whose files all workers share.

In a folder that `PROMETHEUS_MULTIPROC_DIR` names, each process has files of its own, mapped into
its memory: a process that is killed leaves its counts there, and one that starts with the number of
a dead one goes on with them. Whoever is asked reads the files of all.
"""

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from cobalamin.service.metrics.definitions import ALL, SECONDS, Metric, MetricKind
from cobalamin.service.metrics.folder import FOLDER

MOST_SERIES = 1000
"""Of one metric: a set of labels that is not closed must not fill memory and disk."""
OTHER = "other"


class Gauge(NamedTuple):
    """What a gauge is at the moment, by its labels."""

    metric: Metric
    values: Mapping[tuple[str, ...], float]


class PrometheusRecorder:
    """The counters and histograms of this process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._counters = {
            metric: Counter(metric.name, metric.text, metric.labels, registry=self.registry)
            for metric in ALL
            if metric.kind is MetricKind.counter
        }
        self._histograms = {
            metric: Histogram(
                metric.name, metric.text, metric.labels, registry=self.registry, buckets=SECONDS
            )
            for metric in ALL
            if metric.kind is MetricKind.histogram
        }
        self._seen: defaultdict[Metric, set[tuple[str, ...]]] = defaultdict(set)

    def add(self, metric: Metric, labels: tuple[str, ...], amount: float) -> None:
        """Add to a counter."""
        self._counters[metric].labels(*self._bounded(metric, labels)).inc(amount)

    def observe(self, metric: Metric, labels: tuple[str, ...], value: float) -> None:
        """Add a value to a histogram."""
        self._histograms[metric].labels(*self._bounded(metric, labels)).observe(value)

    def _bounded(self, metric: Metric, labels: tuple[str, ...]) -> tuple[str, ...]:
        seen = self._seen[metric]
        if labels not in seen and len(seen) >= MOST_SERIES:
            return (OTHER,) * len(labels)
        seen.add(labels)
        return labels

    def to_text(self, gauges: Iterable[Gauge]) -> bytes:
        """All counts of all processes, and these gauges, as Prometheus reads them."""
        if FOLDER not in os.environ:
            return generate_latest(self.registry) + _gauges_to_text(gauges)
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry) + _gauges_to_text(gauges)


class _GaugeCollector(Collector):
    def __init__(self, gauges: Iterable[Gauge]) -> None:
        self._gauges = tuple(gauges)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for metric, values in self._gauges:
            family = GaugeMetricFamily(metric.name, metric.text, labels=metric.labels)
            for labels, value in values.items():
                family.add_metric(labels, value)
            yield family


def _gauges_to_text(gauges: Iterable[Gauge]) -> bytes:
    registry = CollectorRegistry()
    registry.register(_GaugeCollector(gauges))
    return generate_latest(registry)
