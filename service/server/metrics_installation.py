"""Switches metrics on, and tells what is so at the moment they are asked for."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from flask import Flask

from cobalamin.service.http.app_context import Configuration
from cobalamin.service.metrics.definitions import BUILD, CONFIGURATION_USED, KNOWLEDGE, MODE
from cobalamin.service.metrics.recording import METRICS
from cobalamin.service.modes import Modes, strictest
from cobalamin.service.reloading import ReloadedValue
from cobalamin.service.server.metrics_page import METRICS_PAGE, MetricsPage
from cobalamin.service.settings import Settings
from cobalamin.service.version import VERSION

if TYPE_CHECKING:
    from cobalamin.service.metrics.prometheus import Gauge


def install_metrics(
    app: Flask,
    settings: Settings,
    configuration: ReloadedValue[Configuration],
    modes: ReloadedValue[Modes] | None,
) -> None:
    """Count from now on, and give the application its page of metrics; nothing without a port."""
    if settings.metrics_port is None:
        return
    # Here, because not every service has metrics.
    from cobalamin.service.metrics.prometheus import PrometheusRecorder  # noqa: PLC0415

    METRICS.recorder = recorder = PrometheusRecorder()
    now = CurrentState(settings, configuration, modes)
    app.extensions[METRICS_PAGE] = MetricsPage(
        settings.metrics_port, lambda: recorder.to_text(now.gauges())
    )


class CurrentState:
    """What the process that is asked knows of itself; the others follow the same files."""

    def __init__(
        self,
        settings: Settings,
        configuration: ReloadedValue[Configuration],
        modes: ReloadedValue[Modes] | None,
    ) -> None:
        self._settings, self._configuration, self._modes = settings, configuration, modes

    def gauges(self) -> "Iterator[Gauge]":
        """Version, knowledge and mode, and whether the newest files are used."""
        from cobalamin.service.metrics.prometheus import Gauge  # noqa: PLC0415

        yield Gauge(BUILD, {(VERSION,): 1})
        yield Gauge(KNOWLEDGE, dict.fromkeys(self._knowledge(), 1))
        yield Gauge(MODE, {(self._mode(),): 1})
        yield Gauge(CONFIGURATION_USED, {(): int(self._uses_newest_files())})

    def _knowledge(self) -> Iterator[tuple[str, ...]]:
        profiles = self._configuration.get().context.profiles
        for knowledge in (profiles[profile].knowledge for profile in profiles.in_use):
            site = knowledge.site or ""
            yield knowledge.profile, knowledge.version, knowledge.hash, site

    def _mode(self) -> str:
        mode = self._settings.mode
        return (mode if self._modes is None else strictest(mode, self._modes.get().service)).value

    def _uses_newest_files(self) -> bool:
        followed = (self._configuration, self._modes)
        return all(value is None or value.problem is None for value in followed)
