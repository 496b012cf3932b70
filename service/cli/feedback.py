"""`cobalamin feedback`: reports on the feedback that clients sent about cards."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from cobalamin.service.cli.db import exit_on_store_error, open_store

if TYPE_CHECKING:
    from cobalamin.service.records.store import Store

SERVICE = "service"
NONE = "-"


@click.group()
def feedback() -> None:
    """Feedback on cards."""


@feedback.command("report")
@click.option(
    "--since", type=click.DateTime(["%Y-%m-%d"]), help="Only what came from this day on, UTC."
)
@click.option(
    "--by",
    "grouping",
    type=click.Choice([SERVICE, "topic", "client", "knowledge"]),
    default=SERVICE,
    show_default=True,
    help="All but service tell of the cards that were shown; they need the audit trail.",
)
def report(since: datetime | None, grouping: str) -> None:
    """Count what became of cards, as tab-separated lines.

    By topic, client or version of the knowledge, each share of the cards shown has its 95 %
    interval; `returned` is any feedback, `none` that none came.
    """
    start = 0 if since is None else int(since.replace(tzinfo=UTC).timestamp())
    with exit_on_store_error(), closing(open_store()) as store:
        if grouping == SERVICE:
            lines = list(_by_service(store, start))
        else:
            lines = list(_of_shown_cards(store, grouping, start))
    for line in lines:
        click.echo("\t".join(line))


def _by_service(store: "Store", since: int) -> Iterator[tuple[str, ...]]:
    from cobalamin.service.records.feedback import count_outcomes  # noqa: PLC0415

    yield SERVICE, "outcome", "reason", "count"
    for line in count_outcomes(store, since):
        yield line.service, line.outcome, line.reason or NONE, str(line.count)


def _of_shown_cards(store: "Store", by: str, since: int) -> Iterator[tuple[str, ...]]:
    from cobalamin.service.records.audit.responses import (  # noqa: PLC0415
        ResponseGrouping,
        count_responses,
    )

    yield by, "outcome", "reason", "count", "share", "from", "to"
    for line in count_responses(store, ResponseGrouping(by), since * 1000):
        shares = [NONE] * 3
        if line.share is not None:
            found = (line.share.share, line.share.low, line.share.high)
            shares = [f"{100 * part:.1f} %" for part in found]
        texts = (line.group or NONE, line.outcome.value, line.reason or NONE, str(line.cards))
        yield *texts, *shares
