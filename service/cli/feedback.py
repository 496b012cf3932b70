"""`cobalamin feedback`: reports on the feedback that clients sent about cards."""

from contextlib import closing
from datetime import UTC, datetime

import click

from cobalamin.service.cli.db import exit_on_store_error, open_store


@click.group()
def feedback() -> None:
    """Feedback on cards."""


@feedback.command("report")
@click.option(
    "--since", type=click.DateTime(["%Y-%m-%d"]), help="Only feedback received from this day on."
)
def report(since: datetime | None) -> None:
    """Count the outcomes by service and reason, as tab-separated lines."""
    from cobalamin.service.records.feedback import count_outcomes  # noqa: PLC0415

    start = 0 if since is None else int(since.replace(tzinfo=UTC).timestamp())
    with exit_on_store_error(), closing(open_store()) as store:
        outcomes = count_outcomes(store, start)
    click.echo("service\toutcome\treason\tcount")
    for line in outcomes:
        click.echo(f"{line.service}\t{line.outcome}\t{line.reason or '-'}\t{line.count}")
