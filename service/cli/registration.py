"""The command `cobalamin registration`."""

import click

from cobalamin.service.cds_hooks.registration import Registration, registration_sheet
from cobalamin.service.cds_hooks.services import offered
from cobalamin.service.cli.profile import load_profile_or_exit
from cobalamin.service.cli.settings import find_client_or_exit, load_settings_or_exit


@click.command()
@click.option("--client", "name", required=True, help="Name of the client in the registry.")
def registration(name: str) -> None:
    """Print the registration sheet for an EHR; it contains no secret."""
    settings = load_settings_or_exit()
    client = find_client_or_exit(settings, name)
    if settings.public_url is None:
        raise click.UsageError("set COBALAMIN_PUBLIC_URL; every URL of the sheet begins with it")
    profile = load_profile_or_exit(client.profile, settings.site)
    details = Registration(
        client=client,
        offered=offered(settings.services),
        public_url=settings.public_url,
        profile=profile,
    )
    click.echo(registration_sheet(details))
