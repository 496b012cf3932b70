"""`cobalamin audit`: verifies the audit trail, and explains one card from what was stored."""

import sys
from contextlib import closing
from datetime import UTC, date, datetime

import click

from cobalamin.service.cli.audit_text import explain_card
from cobalamin.service.cli.db import FAILED, exit_on_store_error, open_store
from cobalamin.service.cli.settings import audit_keys_or_exit, load_settings_or_exit


@click.group()
def audit() -> None:
    """The audit trail."""


@audit.command("verify")
def verify() -> None:
    """Verify every entry; name those that were altered or are missing, and exit with 1.

    The last line of a run may be kept elsewhere: a later run must not show fewer chains.
    """
    from cobalamin.service.records.audit.verification import verify_trail  # noqa: PLC0415

    keys = audit_keys_or_exit(load_settings_or_exit())
    with exit_on_store_error(), closing(open_store()) as store:
        found = verify_trail(store, keys)
    for fault in found.faults:
        click.echo(fault)
    click.echo(
        f"{found.entries} entries in {found.chains} chains verified at "
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC; {len(found.faults)} faults; "
        f"{found.unrecorded} evaluations were answered without an entry",
        err=True,
    )
    if found.faults:
        sys.exit(FAILED)


@audit.command("rates")
@click.option(
    "--since", type=click.DateTime(["%Y-%m-%d"]), help="Only what was found from this day on."
)
def rates(since: datetime | None) -> None:
    """Tell how often cards of a topic, or codes not known, changed, as tab-separated lines.

    Days that are over and were not counted yet are counted first. Exit 1 if there is a change.
    """
    from cobalamin.service.records.audit.daily_counts import (  # noqa: PLC0415
        check_days,
        load_changes,
    )

    settings = load_settings_or_exit()
    start = date.min if since is None else since.date()
    with exit_on_store_error(), closing(open_store()) as store:
        check_days(store, datetime.now(settings.time_zone).date())
        found = load_changes(store, start)
    click.echo("day\tkind\tname\tdays\tcount\texpected")
    for kind, name, change in found:
        texts = (change.day.isoformat(), kind, name or "-", str(change.days), str(change.count))
        click.echo("\t".join((*texts, f"{change.expected:.1f}")))
    if found:
        sys.exit(FAILED)


@audit.command("show")
@click.argument("card")
def show(card: str) -> None:
    """Explain the card with the identifier CARD from what was stored; exit 1 if none is found."""
    from cobalamin.service.records.audit.query import find_card  # noqa: PLC0415

    settings = load_settings_or_exit()
    keys = audit_keys_or_exit(settings)
    with exit_on_store_error(), closing(open_store()) as store:
        found = find_card(store, keys, card)
    if found is None:
        click.echo("the audit trail has no such card", err=True)
        sys.exit(FAILED)
    for line in explain_card(found, settings):
        click.echo(line)
    if not found.is_intact:
        sys.exit(FAILED)
