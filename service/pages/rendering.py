"""Renders the pages: one layout, one style sheet in the page, and a policy without scripts."""

import base64
import hashlib
import re
from pathlib import Path

from flask import Response, render_template, url_for
from msgspec import Struct
from werkzeug.exceptions import NotFound

from cobalamin.service.http.app_context import AppContext, get_context
from cobalamin.service.knowledge.profile import Profile

HTML, TEXT = "text/html", "text/plain"
STYLE = re.sub(
    r"\s*\n\s*", "\n", (Path(__file__).parent / "templates" / "style.css").read_text("utf-8")
)
_digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_digest}'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
"""No script and nothing from elsewhere; the one style sheet stands in the page."""


class NavigationEntry(Struct, frozen=True):
    """A page of the navigation: its address, its name, and what is on it."""

    address: str
    title: str
    text: str


def require_pages() -> AppContext:
    """The context of the request, where the pages are switched on.

    Raises:
        NotFound: they are not.
    """
    ctx = get_context()
    if not ctx.settings.shows_pages:
        raise NotFound
    return ctx


def navigation(ctx: AppContext) -> list[NavigationEntry]:
    """The pages that are switched on; none where they are not."""
    if not ctx.settings.shows_pages:
        return []
    return [
        NavigationEntry(url_for("pages.home"), "Start", "What this service is."),
        NavigationEntry(
            url_for("pages.try_page"),
            "Try it",
            "Ready stories, a form, or a body of your own; the answer as an EHR shows it.",
        ),
        NavigationEntry(
            url_for("pages.knowledge"),
            "Knowledge",
            "Every limit, treatment, caution and code with its source, two profiles side by side.",
        ),
        NavigationEntry(
            url_for("reference.docs"),
            "API reference",
            "Every address, what it takes and what it answers.",
        ),
    ]


def render_page(
    template: str, ctx: AppContext, profile: Profile, *, media_type: str = HTML, **values: object
) -> Response:
    """Render a template with what every page shows, as HTML or text."""
    text = render_template(
        template,
        entries=navigation(ctx),
        words=profile.wording.pages,
        profile=profile.knowledge.profile,
        version=profile.knowledge.version,
        contact=profile.site.contact if profile.site else None,
        style=STYLE,
        **values,
    )
    response = Response(text, content_type=f"{media_type}; charset=utf-8")
    response.headers["Content-Security-Policy"] = POLICY
    return response
