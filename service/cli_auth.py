"""`cobalamin auth`: what the keeper of the client registry needs."""

import click

from cobalamin.service.access.keys import hash_key, make_key
from cobalamin.service.access.registry import CLIENT_ID


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
