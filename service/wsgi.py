"""What gunicorn loads: the application, warmed so that no first caller waits."""

import os
import sys
from collections.abc import Iterable
from typing import NoReturn

from flask import Flask

from cobalamin.service.app import create_app
from cobalamin.service.knowledge.errors import KnowledgeError
from cobalamin.service.settings import EXIT_CODE, SettingsError, read_settings


def load() -> Flask:
    """The application of this environment; wrong settings end the process and are all named."""
    try:
        app = create_app(read_settings(os.environ))
    except SettingsError as error:
        _end(error.problems)
    except KnowledgeError as error:
        _end((str(error),))
    app.test_client().get("/readyz")
    return app


def _end(problems: Iterable[str]) -> NoReturn:
    for problem in problems:
        sys.stderr.write(f"{problem}\n")
    sys.exit(EXIT_CODE)


app = load()
