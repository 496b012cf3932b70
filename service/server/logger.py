"""gunicorn's own lines in the format of the settings."""

import os
from typing import Any

from gunicorn.glogging import Logger

from cobalamin.service.logs.configuration import formatter_of
from cobalamin.service.settings import read_settings


class ServerLogger(Logger):
    """Writes what gunicorn says as all other lines are written; no line holds a stack trace."""

    def setup(self, cfg: Any) -> None:  # noqa: ANN401 - gunicorn's
        """Set up the handlers, at start and when gunicorn reads its settings anew."""
        super().setup(cfg)
        formatter = formatter_of(read_settings(os.environ))
        for handler in self.error_log.handlers:
            handler.setFormatter(formatter)
