"""The one place where it is decided what is logged, how it is written, and where to.

Own loggers write from the level of the settings on, those of other libraries warnings and errors.
Everything goes to standard error.
"""

import logging
import sys

from cobalamin.service.logs.fields import OWN
from cobalamin.service.logs.formatters import ConsoleFormatter, JsonFormatter
from cobalamin.service.settings import LogFormat, Settings

FORMATTERS: dict[LogFormat, type[logging.Formatter]] = {
    LogFormat.console: ConsoleFormatter,
    LogFormat.json: JsonFormatter,
}


def configure_logging(settings: Settings) -> None:
    """Give the root logger its only handler, and own loggers the level of the settings."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter_of(settings))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger(OWN).setLevel(settings.log_level.upper())


def formatter_of(settings: Settings) -> logging.Formatter:
    """The formatter of the settings."""
    return FORMATTERS[settings.log_format]()
