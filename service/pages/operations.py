"""The page for those who run the service: what its records say about the last days."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

from flask import Response, request

from cobalamin.service.pages.rendering import render_page, require_pages
from cobalamin.service.records.audit.operations import load_operations
from cobalamin.service.records.store import Store

DAYS = (7, 30, 90)
DEFAULT_DAYS = 30


def render_operations() -> Response:
    """Counts alone: no patient, no value, no identifier.

    Raises:
        StoreError: the database cannot be used.
    """
    ctx = require_pages()
    days = request.args.get("days", DEFAULT_DAYS, type=int)
    days = days if days in DAYS else DEFAULT_DAYS
    since = ctx.today() - timedelta(days=days - 1)
    midnight = datetime(since.year, since.month, since.day, tzinfo=UTC)
    with closing(Store(ctx.settings.database_url)) as store:
        report = load_operations(store, since, int(midnight.timestamp()))
    return render_page(
        "operations.html",
        ctx,
        ctx.profile,
        report=report,
        days=days,
        choices=DAYS,
        is_audited=ctx.audit is not None,
        since=since.isoformat(),
    )
