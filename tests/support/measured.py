"""What the service counts, read as Prometheus reads it."""

import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client.parser import text_string_to_metric_families

from cobalamin.service.metrics.prometheus import PrometheusRecorder
from cobalamin.service.metrics.recording import METRICS

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


@contextmanager
def counting() -> Iterator[PrometheusRecorder]:
    """Counts from zero, in this process alone, until the block ends."""
    before, recorder = METRICS.recorder, PrometheusRecorder()
    METRICS.recorder = recorder
    try:
        yield recorder
    finally:
        METRICS.recorder = before


def parse_samples(text: str) -> Samples:
    """Every sample by name and labels."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value_of(samples: Samples, metric: str, /, **labels: str) -> float:
    """The sum of the samples of this name that have these labels."""
    wanted = labels.items()
    return sum(value for (of, has), value in samples.items() if of == metric and wanted <= has)


def counted(recorder: PrometheusRecorder, metric: str, /, **labels: str) -> float:
    """The sum of what was counted under this name with these labels."""
    return value_of(parse_samples(recorder.to_text(()).decode()), metric, **labels)


def scrape(port: int) -> Samples:
    """The samples of a running service."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=20) as answer:
        return parse_samples(answer.read().decode())
