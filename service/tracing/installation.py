"""Switches traces on where the settings name a collector."""

from importlib.util import find_spec

from cobalamin.service.settings import Settings, SettingsError
from cobalamin.service.tracing.recording import TRACING

PACKAGE = "opentelemetry.exporter.otlp.proto.http"
MISSING = (
    "COBALAMIN_TRACES_ENDPOINT: the packages for traces are not installed; install "
    "cobalamin[tracing], or take the setting away"
)


def check_tracing(settings: Settings) -> None:
    """Check that what the settings switch on is installed.

    Raises:
        SettingsError: a collector is set, and the packages for traces are not there.
    """
    if settings.traces_endpoint is not None and not _is_installed():
        raise SettingsError((MISSING,))


def install_tracing(settings: Settings) -> None:
    """Record spans from now on, in each process that is forked too; nothing without a collector.

    Raises:
        SettingsError: the packages for traces are not installed.
    """
    check_tracing(settings)
    if settings.traces_endpoint is None:
        return
    # Here, because not every service has traces.
    from cobalamin.service.tracing.otlp import OtlpRecorder  # noqa: PLC0415

    TRACING.recorder = OtlpRecorder(settings)


def _is_installed() -> bool:
    try:
        return find_spec(PACKAGE) is not None
    except ModuleNotFoundError:  # of a package above it
        return False
