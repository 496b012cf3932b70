"""The start page: what the service is, for whom, and in which state it runs."""

from flask import Response

from cobalamin.service.pages.rendering import render_page, require_pages
from cobalamin.service.version import VERSION


def render_home() -> Response:
    """The page; it contains no patient data."""
    ctx = require_pages()
    profile = ctx.profile
    knowledge = profile.knowledge
    return render_page(
        "home.html",
        ctx,
        profile,
        service_version=VERSION,
        guideline=knowledge.citations[knowledge.care.source].title,
        knowledge=knowledge,
        site_name=profile.site.name if profile.site else None,
        mode=ctx.mode.value,
        has_clients=ctx.settings.clients is not None,
    )
