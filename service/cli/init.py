"""The command `cobalamin init`."""

import os
import re
from ipaddress import ip_network
from pathlib import Path

import click

from cobalamin.service.access.api_keys import hash_key, make_key
from cobalamin.service.access.registry import CLIENT_ID
from cobalamin.service.access.scopes import Scope
from cobalamin.service.cli.first_files import SETTINGS, FirstFiles
from cobalamin.service.cli.profile import PROFILE_OPTION

PRIVATE = 0o600
# Shells, systemd and container engines read such a path alike, without quotes.
PLAIN_PATH = re.compile(r"[A-Za-z0-9/._+-]+\Z")


@click.command("init")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--client", default="first-client", show_default=True, help="Name of the client.")
@click.option(
    "--door",
    type=click.Choice([Scope.cds.value, Scope.lab.value]),
    default=Scope.lab.value,
    show_default=True,
    help="What it may call: CDS Hooks or the laboratory's addresses.",
)
@PROFILE_OPTION
@click.option(
    "--address",
    "addresses",
    multiple=True,
    help="An address or network from which it sends HL7 v2 by MLLP; several may be given.",
)
@click.option("--public-url", help="Address under which callers reach the service.")
def init(
    folder: Path,
    client: str,
    door: str,
    profile_id: str,
    addresses: tuple[str, ...],
    public_url: str | None,
) -> None:
    """Write a first client registry, site file and settings into FOLDER, with comments.

    Prints the key of the first client. Nothing that exists is overwritten.
    """
    folder = folder.absolute()
    if not CLIENT_ID.match(client):
        raise click.BadParameter("use lower-case letters, digits and hyphens, at most 63")
    if not PLAIN_PATH.match(str(folder)):
        raise click.BadParameter("use a folder whose path needs no quotes")
    if public_url is not None and not public_url.startswith(("http://", "https://")):
        raise click.BadParameter("must be an http or https address")
    for address in addresses:
        _check_address(address, Scope(door))
    key = make_key(client)
    contents = FirstFiles(
        folder=folder,
        client=client,
        scope=Scope(door),
        profile=profile_id,
        public_url=public_url,
        hashed=str(hash_key(key)),
        addresses=addresses,
    ).contents()
    existing = [name for name in contents if (folder / name).exists()]
    if existing:
        raise click.UsageError(f"{folder} has {', '.join(existing)} already; take another folder")
    _write(folder, contents)
    _print_next_steps(folder, client)
    click.echo(key)


def _check_address(address: str, scope: Scope) -> None:
    try:
        ip_network(address)
    except ValueError:
        raise click.BadParameter("--address must be an IP address or network") from None
    if scope is not Scope.lab:
        raise click.BadParameter("--address is for the door lab alone")


def _write(folder: Path, contents: dict[str, str]) -> None:
    """Write files that their owner alone may read."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in contents.items():
        number = os.open(folder / name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE)
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(text)
        click.echo(f"written: {folder / name}", err=True)


def _print_next_steps(folder: Path, client: str) -> None:
    for line in (
        "next: read the files, then",
        f"  set -a; . {folder / SETTINGS}; set +a",
        "  cobalamin db upgrade",
        "  cobalamin config check",
        "  cobalamin serve",
        f"the key of {client}, for the client only; it is not stored and not shown again:",
    ):
        click.echo(line, err=True)
