"""The WSGI application that gunicorn loads, warmed up so that the first request is not slow."""

import logging
import os
import sys
from collections.abc import Iterable
from typing import NoReturn
from wsgiref.types import WSGIEnvironment
from wsgiref.util import setup_testing_defaults

from flask import Flask

from cobalamin.service.app import create_app
from cobalamin.service.knowledge.errors import KnowledgeError
from cobalamin.service.logs.configuration import configure_logging
from cobalamin.service.settings import (
    EXIT_CODE,
    Settings,
    SettingsError,
    read_settings,
    warnings_of,
)
from cobalamin.service.version import VERSION

LOG = logging.getLogger("cobalamin")


def load() -> Flask:
    """Build the application from the environment; exit 78 with all problems if it is invalid."""
    try:
        settings = read_settings(os.environ)
        configure_logging(settings)
        app = create_app(settings)
    except SettingsError as error:
        _exit(error.problems)
    except KnowledgeError as error:
        _exit((str(error),))
    _warm(app)
    LOG.info("%s", describe(settings))
    for warning in warnings_of(settings):
        LOG.warning("%s", warning)
    return app


def describe(settings: Settings) -> str:
    """One line of what decides who may call and what is answered; it names no secret."""
    clients = "off, whoever reaches it may call" if settings.clients is None else "on"
    return (
        f"cobalamin {VERSION}: environment {settings.environment}, profile {settings.profile}, "
        f"mode {settings.mode}, client authentication {clients}"
    )


def _warm(app: Flask) -> None:
    """Request /readyz once; without the test client, whose imports are slow."""
    environ: WSGIEnvironment = {"PATH_INFO": "/readyz"}
    setup_testing_defaults(environ)
    b"".join(app(environ, lambda *_: bool))


def _exit(problems: Iterable[str]) -> NoReturn:
    for problem in problems:
        sys.stderr.write(f"{problem}\n")
    sys.exit(EXIT_CODE)


app = load()
