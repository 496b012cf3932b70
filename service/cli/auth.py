"""`cobalamin auth`: tools for the administrator of the client registry."""

import os
import sys
from pathlib import Path
from typing import BinaryIO, TextIO

import click

from cobalamin.service.access.api_keys import hash_key, make_key
from cobalamin.service.access.clients import Algorithm, TokenIssuer
from cobalamin.service.access.errors import AuthenticationError, KeysUnavailableError
from cobalamin.service.access.registry import CLIENT_ID
from cobalamin.service.assembly import build_authenticator_without_memory
from cobalamin.service.cli.settings import (
    build_authenticator_or_exit,
    find_client_or_exit,
    load_settings_or_exit,
)

REFUSED = 1
EXAMPLE = "/cds-services/b12-patient-view"
PRIVATE = 0o600


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


@auth.command("make-key")
@click.argument("client")
@click.option("--output", required=True, type=click.Path(dir_okay=False, path_type=Path))
def make_signing_key(client: str, output: Path) -> None:
    """Make a private key for test tokens of CLIENT; print its table for the registry.

    The key is written to OUTPUT, which its owner alone may read and which must not exist.
    """
    # Here, because the library is slow to import and other commands do not sign.
    from cobalamin.service.cli.token_signing import (  # noqa: PLC0415
        load_private_key,
        make_private_key,
        public_jwk,
    )

    if not CLIENT_ID.match(client):
        raise click.BadParameter("use lower-case letters, digits and hyphens, at most 63")
    pem = make_private_key()
    try:
        number = os.open(output, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE)
    except OSError as error:
        raise click.UsageError(f"{output} cannot be written: {error.strerror}") from None
    with os.fdopen(number, "wb") as file:
        file.write(pem)
    members = public_jwk(load_private_key(pem)).items()
    click.echo(f"for the registry, in place of another credential of {client}:", err=True)
    click.echo(f"[clients.{client}.jwt]")
    click.echo(f'iss = "https://{client}.example.org"')
    written = ", ".join(f'{name} = "{text}"' for name, text in members)
    click.echo(f"keys = [{{ {written} }}]")


@auth.command("make-token")
@click.argument("client")
@click.option("--key", required=True, type=click.File("rb"), help="The file of make-key.")
@click.option("--path", default=EXAMPLE, show_default=True, help="The address that is called.")
def make_token(client: str, key: BinaryIO, path: str) -> None:
    """Print a signed test token of CLIENT for one call within five minutes."""
    from cobalamin.service.cli.token_signing import (  # noqa: PLC0415
        load_private_key,
        sign_token,
    )

    settings = load_settings_or_exit()
    issuer = find_client_or_exit(settings, client).credential
    if not isinstance(issuer, TokenIssuer) or Algorithm.ES384 not in issuer.algorithms:
        raise click.UsageError(
            f"{client} signs no tokens with ES384; see `cobalamin auth make-key`"
        )
    try:
        private_key = load_private_key(key.read())
    except ValueError:
        raise click.UsageError("the file is not a key of `cobalamin auth make-key`") from None
    click.echo(sign_token(private_key, issuer, f"{settings.public_url}{path}"))
