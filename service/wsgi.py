"""What gunicorn loads: the application, warmed so that no first caller waits."""

import os
import sys
from collections.abc import Iterable
from typing import NoReturn
from wsgiref.types import WSGIEnvironment
from wsgiref.util import setup_testing_defaults

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
    _warm(app)
    return app


def _warm(app: Flask) -> None:
    """Asks once for readiness; not by the test client, whose imports take longer than that."""
    environ: WSGIEnvironment = {"PATH_INFO": "/readyz"}
    setup_testing_defaults(environ)
    b"".join(app(environ, lambda *_: bool))


def _end(problems: Iterable[str]) -> NoReturn:
    for problem in problems:
        sys.stderr.write(f"{problem}\n")
    sys.exit(EXIT_CODE)


app = load()
