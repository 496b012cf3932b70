"""The start page: what the service is, for whom, and in which state it runs."""

from flask import Response

from cobalamin.service.pages.rendering import render_page, require_pages
from cobalamin.service.settings import Mode
from cobalamin.service.version import VERSION

MODE_TEXT = {
    Mode.live: "cards are shown",
    Mode.silent: "everything is assessed, and no card is shown",
    Mode.off: "CDS Hooks calls are not assessed",
}


def render_home() -> Response:
    """The page; it contains no patient data."""
    ctx = require_pages()
    profile = ctx.profile
    knowledge = profile.knowledge
    return render_page(
        "home.html",
        ctx,
        profile,
        title="Vitamin B12 deficiency, found in time",
        service_version=VERSION,
        guideline=knowledge.citations[knowledge.care.source].title,
        knowledge=knowledge,
        site_name=profile.site.name if profile.site else None,
        mode=ctx.mode.value,
        mode_text=MODE_TEXT[ctx.mode],
        has_clients=ctx.settings.clients is not None,
    )
