"""`cobalamin db`: migrate and purge the database."""

import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from cobalamin.service.cli.settings import audit_keys_or_exit, load_settings_or_exit
from cobalamin.service.records.errors import StoreError

if TYPE_CHECKING:
    from cobalamin.service.records.store import Store

FAILED = 1
DAY = 24 * 60 * 60


@click.group()
def db() -> None:
    """The database."""


@db.command("upgrade")
def upgrade_database() -> None:
    """Upgrade the database to the schema of this version; does nothing if it is current."""
    # Here, because Alembic takes half a second to import and no other command needs it.
    from cobalamin.service.records.migrate import upgrade  # noqa: PLC0415
    from cobalamin.service.records.schema_version import VERSION  # noqa: PLC0415

    with exit_on_store_error(), closing(open_store()) as store:
        upgrade(store)
    click.echo(f"the database has version {VERSION}", err=True)


@db.command("purge")
@click.option(
    "--feedback-days",
    type=click.IntRange(min=1),
    help="Also delete feedback older than this many days.",
)
@click.option(
    "--audit-days",
    type=click.IntRange(min=1),
    help="Also delete entries of the audit trail older than this many days.",
)
@click.option(
    "--count-days",
    type=click.IntRange(min=1),
    help="Also delete daily counts, and changes found in them, older than this many days.",
)
@click.option(
    "--message-days",
    type=click.IntRange(min=1),
    help="Also delete messages that came by MLLP and are answered, older than this many days.",
)
@click.option(
    "--comment-days",
    type=click.IntRange(min=1),
    help="Also delete what is kept of report comments, older than this many days.",
)
def purge_database(
    feedback_days: int | None,
    audit_days: int | None,
    count_days: int | None,
    message_days: int | None,
    comment_days: int | None,
) -> None:
    """Delete used tokens that have expired; run it daily."""
    from cobalamin.service.records.feedback import delete_feedback  # noqa: PLC0415
    from cobalamin.service.records.token_replay import delete_expired  # noqa: PLC0415

    now = int(time.time())
    with exit_on_store_error(), closing(open_store()) as store:
        click.echo(f"expired tokens deleted: {delete_expired(store, now)}", err=True)
        if feedback_days is not None:
            count = delete_feedback(store, now - feedback_days * DAY)
            click.echo(f"feedback deleted: {count}", err=True)
        if audit_days is not None:
            count = _delete_entries(store, (now - audit_days * DAY) * 1000)
            click.echo(f"audit entries deleted: {count}", err=True)
        if count_days is not None:
            count = _delete_counts(store, count_days)
            click.echo(f"daily counts deleted: {count}", err=True)
        if message_days is not None:
            count = _delete_messages(store, (now - message_days * DAY) * 1000)
            click.echo(f"messages deleted: {count}", err=True)
        if comment_days is not None:
            count = _delete_reports(store, (now - comment_days * DAY) * 1000)
            click.echo(f"earlier comments deleted: {count}", err=True)


def _delete_counts(store: "Store", days: int) -> int:
    from cobalamin.service.records.audit.daily_counts import delete_counts  # noqa: PLC0415

    return delete_counts(store, datetime.now(UTC).date() - timedelta(days=days))


def _delete_messages(store: "Store", before: int) -> int:
    from cobalamin.service.records.messages import delete_messages  # noqa: PLC0415
    from cobalamin.service.records.outbox import delete_sent  # noqa: PLC0415

    return delete_messages(store, before) + delete_sent(store, before)


def _delete_reports(store: "Store", before: int) -> int:
    from cobalamin.service.records.report_comments import delete_reports  # noqa: PLC0415

    return delete_reports(store, before)


def _delete_entries(store: "Store", before: int) -> int:
    from cobalamin.service.records.audit.purge import delete_entries  # noqa: PLC0415

    return delete_entries(store, audit_keys_or_exit(load_settings_or_exit()), before)


def open_store() -> "Store":
    """The database of the settings, without the limits in time that calls have."""
    from cobalamin.service.records.store import Store  # noqa: PLC0415

    return Store(load_settings_or_exit().database_url, time_limited=False)


@contextmanager
def exit_on_store_error() -> Iterator[None]:
    """Exit 1 with one sentence if the database cannot be used."""
    try:
        yield
    except StoreError as error:
        click.echo(f"COBALAMIN_DATABASE_URL: {error}", err=True)
        sys.exit(FAILED)
