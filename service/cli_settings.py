"""The settings of a command: usable, or the end of it."""

import os

import click

from cobalamin.service.access.registry import Registry, load_registry
from cobalamin.service.settings import EXIT_CODE, Settings, SettingsError, read_settings
from cobalamin.service.trust import open_gate_without_memory


def usable_settings() -> Settings:
    """The settings of the environment; exit 78 with every fault."""
    try:
        return read_settings(os.environ)
    except SettingsError as error:
        refuse(error)
        raise SystemExit(EXIT_CODE) from None


def usable_registry(settings: Settings) -> Registry | None:
    """The client registry with key sets that can be read; exit 78 with every fault."""
    try:
        registry = load_registry(settings)
        if registry is not None:
            open_gate_without_memory(registry, settings)
    except SettingsError as error:
        refuse(error)
        raise SystemExit(EXIT_CODE) from None
    return registry


def refuse(error: SettingsError) -> None:
    """Says every fault on standard error."""
    for problem in error.problems:
        click.echo(problem, err=True)
