"""`cobalamin modes`: shows and switches the modes of a running service."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

import click
from msgspec.structs import replace

from cobalamin.service.answers.topics import topic_codes
from cobalamin.service.cli.profile import load_profile_or_exit
from cobalamin.service.cli.settings import (
    exit_if_not_usable,
    find_client_or_exit,
    load_settings_or_exit,
)
from cobalamin.service.modes import Modes, load_modes, to_toml
from cobalamin.service.settings import Mode, Settings

FAILED = 1


@click.group()
def modes() -> None:
    """Modes of a running service: live, silent, off."""


@modes.command("show")
def show_modes() -> None:
    """Print the modes file as it is read."""
    settings, file = _file_or_exit()
    click.echo(to_toml(_load_or_exit(settings, file)), nl=False)


@modes.command("set")
@click.argument("mode", type=click.Choice([mode.value for mode in Mode]))
@click.option("--client", help="One client of the registry.")
@click.option("--topic", help="One topic of cards, as their source names it.")
def set_mode(mode: str, client: str | None, topic: str | None) -> None:
    """Switch the whole service, one client or one topic to MODE; workers follow at the next call.

    The file is written anew: comments in it are lost.
    """
    if client is not None and topic is not None:
        raise click.UsageError("name a client or a topic, not both")
    settings, file = _file_or_exit()
    if client is not None:
        find_client_or_exit(settings, client)
    if topic is not None and topic not in _topics(settings):
        raise click.UsageError(f"no card has that topic; use one of {_listed(settings)}")
    changed = _changed(_load_or_exit(settings, file), Mode(mode), client, topic)
    try:
        _write(file, to_toml(changed))
    except OSError as error:
        click.echo(f"COBALAMIN_MODES: {error.strerror}", err=True)
        raise SystemExit(FAILED) from None
    click.echo(f"modes: {changed.describe()}", err=True)


def _changed(before: Modes, mode: Mode, client: str | None, topic: str | None) -> Modes:
    if client is not None:
        return replace(before, clients={**before.clients, client: mode})
    if topic is not None:
        return replace(before, topics={**before.topics, topic: mode})
    return replace(before, service=mode)


def _write(file: Path, text: str) -> None:
    """Replace the file in one step, so that no worker reads half of it.

    Its owner and permissions stay, so that the service can read it, and a link leads to it still.
    """
    file = file.resolve()
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as new:
            new.write(text)
        before = file.stat()
        with suppress(PermissionError):  # only root may give a file to another user
            os.chown(name, before.st_uid, before.st_gid)
        Path(name).chmod(before.st_mode & 0o777)
        Path(name).replace(file)
    except OSError:
        with suppress(OSError):
            os.unlink(name)  # noqa: PTH108 - it may be gone
        raise


def _file_or_exit() -> tuple[Settings, Path]:
    settings = load_settings_or_exit()
    if settings.modes is None:
        raise click.UsageError("COBALAMIN_MODES is not set; it names the file of the modes")
    return settings, settings.modes


def _load_or_exit(settings: Settings, file: Path) -> Modes:
    with exit_if_not_usable():
        return load_modes(file, _topics(settings))


def _topics(settings: Settings) -> frozenset[str]:
    return topic_codes(load_profile_or_exit(settings.profile, settings.site).wording)


def _listed(settings: Settings) -> str:
    return ", ".join(sorted(_topics(settings)))
