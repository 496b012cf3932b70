"""`cobalamin auth`: tools for the administrator of the client registry."""

import sys
from typing import TextIO

import click

from cobalamin.service.access.api_keys import hash_key, make_key
from cobalamin.service.access.errors import AuthenticationError, KeysUnavailableError
from cobalamin.service.access.registry import CLIENT_ID
from cobalamin.service.assembly import build_authenticator_without_memory
from cobalamin.service.cli.settings import build_authenticator_or_exit, load_settings_or_exit

REFUSED = 1
EXAMPLE = "/cds-services/b12-patient-view"


@click.group()
def auth() -> None:
    """API keys and tokens of clients."""


@auth.command("hash-key")
@click.argument("client")
def hash_new_key(client: str) -> None:
    """Make an API key for CLIENT, its name in the registry; print the key and its hash."""
    if not CLIENT_ID.match(client):
        raise click.BadParameter("use lower-case letters, digits and hyphens, at most 63")
    key = make_key(client)
    click.echo("the key, for the client only; it is not stored and not shown again:", err=True)
    click.echo(key)
    click.echo(f"its hash, for the table [clients.{client}] of the registry:", err=True)
    click.echo(f'api_key = "{hash_key(key)}"')


@auth.command("check-token")
@click.argument("file", type=click.File("r"), default="-")
@click.option("--path", default=EXAMPLE, show_default=True, help="The address that is called.")
def check_token(file: TextIO, path: str) -> None:
    """Print which client the token or API key in FILE belongs to (- is stdin); exit 1 if refused.

    Verifies it with the keys of the client registry, as the service does, without marking it used.
    """
    authenticator = build_authenticator_or_exit(
        load_settings_or_exit(), build_authenticator_without_memory
    )
    if authenticator is None:
        raise click.UsageError("COBALAMIN_CLIENTS is not set, so no credential is required")
    try:
        client = authenticator.authenticate_token(file.read().strip(), path)
    except (AuthenticationError, KeysUnavailableError) as refused:
        click.echo(f"refused: {refused}")
        sys.exit(REFUSED)
    scopes = ", ".join(sorted(client.scopes))
    click.echo(f"accepted: {client.id}, doors {scopes}, profile {client.profile}")
