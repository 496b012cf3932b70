"""The command `cobalamin serve`."""

import os
import sys

import click

from cobalamin.service.cli.settings import build_authenticator_or_exit, load_settings_or_exit

GUNICORN_CONF = "python:cobalamin.service.server.gunicorn_conf"
APPLICATION = "cobalamin.service.wsgi:app"


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def serve(arguments: tuple[str, ...]) -> None:
    """Serve with gunicorn on HOST and PORT; ARGUMENTS go to gunicorn."""
    build_authenticator_or_exit(load_settings_or_exit())
    command = [sys.executable, "-m", "gunicorn", "--config", GUNICORN_CONF, *arguments, APPLICATION]
    os.execv(sys.executable, command)  # noqa: S606 - replaces the process, so that signals arrive
