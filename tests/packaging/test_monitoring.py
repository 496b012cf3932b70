"""Alert rules and dashboard name metrics that exist, and the page explains each of them."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from app import ROOT
from cobalamin.service.metrics.definitions import ALL, Metric, MetricKind

FOLDER = ROOT / "deploy" / "monitoring"
RULES, TESTS, DASHBOARD = (FOLDER / n for n in ("alerts.yml", "alerts_test.yml", "dashboard.json"))
PAGE = (ROOT / "docs" / "metrics.md").read_text("utf-8")
SUFFIXES = {
    MetricKind.counter: ("_total",),
    MetricKind.histogram: ("_bucket", "_count", "_sum"),
    MetricKind.gauge: ("",),
}
GIVEN = frozenset({"le", "job", "instance"})  # labels that Prometheus gives


def by_sample_name() -> dict[str, Metric]:
    return {metric.name + end: metric for metric in ALL for end in SUFFIXES[metric.kind]}


def panels() -> list[dict[str, object]]:
    read: list[dict[str, object]] = json.loads(DASHBOARD.read_text("utf-8"))["panels"]
    return read


@pytest.mark.parametrize("file", [RULES, TESTS, DASHBOARD], ids=lambda file: file.name)
def test_every_metric_and_label_that_is_named_exists(file: Path) -> None:
    text, known = file.read_text("utf-8"), by_sample_name()
    named = set(re.findall(r"\bcobalamin_[a-z_]+", text))
    assert named
    assert named - known.keys() == set()
    for name, selector in re.findall(r"\b(cobalamin_[a-z_]+)\{([^}]*)\}", text):
        labels = set(re.findall(r"([a-z_]+)\s*[=!]", selector))
        assert labels <= {*known[name].labels, *GIVEN}, name


def test_every_panel_and_every_metric_is_on_the_dashboard_and_explained() -> None:
    titles = [str(panel["title"]) for panel in panels()]
    rows = re.findall(r"^\| ([A-Z][^|`]*?) \| [^|]+ \| [^|]+ \|$", PAGE, re.MULTILINE)
    assert rows == titles
    assert len({panel["id"] for panel in panels()}) == len(titles)
    shown = {name for name in by_sample_name() if name in DASHBOARD.read_text("utf-8")}
    missing = {metric.name for metric in ALL} - {by_sample_name()[name].name for name in shown}
    assert missing == set()


def test_every_alert_is_explained_by_a_panel() -> None:
    alerts = re.findall(r"alert: (\w+)", RULES.read_text("utf-8"))
    rows = re.findall(r"^\| `(Cobalamin\w+)` \| [^|]+ \| ([^|]+) \|$", PAGE, re.MULTILINE)
    assert [name for name, _ in rows] == alerts
    titles = {str(panel["title"]) for panel in panels()}
    for _, where in rows:
        assert set(re.findall(r"\*([^*]+)\*", where)) <= titles


@pytest.mark.parametrize("arguments", [("check", "rules", RULES), ("test", "rules", TESTS)])
def test_promtool_accepts_the_rules(arguments: tuple[str, ...]) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed (Debian package prometheus)")
    command = [promtool, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stdout + done.stderr
