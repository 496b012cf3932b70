"""`cobalamin auth`: what the keeper of the client registry needs."""

import sys
from typing import TextIO

import click

from cobalamin.service.access.api_keys import hash_key, make_key
from cobalamin.service.access.errors import KeysAwayError, RefusedError
from cobalamin.service.access.registry import CLIENT_ID
from cobalamin.service.assembly import open_gate_without_memory
from cobalamin.service.cli.settings import usable_gate, usable_settings

REFUSED = 1
EXAMPLE = "/cds-services/b12-patient-view"


@click.group()
def auth() -> None:
    """Who may call."""


@auth.command("hash-key")
@click.argument("client")
def hash_new_key(client: str) -> None:
    """Make an API key for CLIENT, its name in the registry; print the key and its hash."""
    if not CLIENT_ID.match(client):
        raise click.BadParameter("use small letters, digits and hyphens, at most 63")
    key = make_key(client)
    click.echo("the key, for the client alone; it is kept nowhere and not shown again:", err=True)
    click.echo(key)
    click.echo(f"its hash, for the table [clients.{client}] of the registry:", err=True)
    click.echo(f'api_key = "{hash_key(key)}"')


@auth.command("check-token")
@click.argument("file", type=click.File("r"), default="-")
@click.option("--path", default=EXAMPLE, show_default=True, help="The address that is called.")
def check_token(file: TextIO, path: str) -> None:
    """Say whose token or API key FILE holds (- is stdin), or why it is refused; exit 1 then.

    Looks at it as the service does, with the keys of the client registry, but does not use it up.
    """
    gate = usable_gate(usable_settings(), open_gate_without_memory)
    if gate is None:
        raise click.UsageError("COBALAMIN_CLIENTS names no registry, so no token is asked for")
    try:
        client = gate.owner_of(file.read().strip(), path)
    except (RefusedError, KeysAwayError) as refused:
        click.echo(f"refused: {refused}")
        sys.exit(REFUSED)
    doors = ", ".join(sorted(client.doors))
    click.echo(f"accepted: {client.id}, doors {doors}, profile {client.profile}")
