"""`cobalamin feedback`: what became of the cards."""

from contextlib import closing
from datetime import UTC, datetime

import click

from cobalamin.service.cli.db import told
from cobalamin.service.cli.settings import usable_settings


@click.group()
def feedback() -> None:
    """What clients told of cards."""


@feedback.command("report")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Only what came from this day on.")
def report(since: datetime | None) -> None:
    """Count the outcomes by service and reason, as tab-separated lines."""
    from cobalamin.service.records.feedback import counted  # noqa: PLC0415
    from cobalamin.service.records.store import Store  # noqa: PLC0415

    start = 0 if since is None else int(since.replace(tzinfo=UTC).timestamp())
    with told(), closing(Store(usable_settings().database_url)) as store:
        found = counted(store, start)
    click.echo("service\toutcome\treason\tcount")
    for line in found:
        click.echo(f"{line.service}\t{line.outcome}\t{line.reason or '-'}\t{line.count}")
