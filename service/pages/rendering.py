"""Renders the pages: one layout, one style sheet in the page, and a policy without scripts."""

import base64
import hashlib
import re
from pathlib import Path

from flask import Response, render_template
from werkzeug.exceptions import NotFound

from cobalamin.service.http.app_context import AppContext, get_context
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.pages.texts import page_texts

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


def require_pages() -> AppContext:
    """The context of the request, where the pages are switched on.

    Raises:
        NotFound: they are not.
    """
    ctx = get_context()
    if not ctx.settings.shows_pages:
        raise NotFound
    return ctx


def render_page(
    template: str, ctx: AppContext, profile: Profile, *, media_type: str = HTML, **values: object
) -> Response:
    """Render a template with what every page shows, as HTML or text."""
    text = render_template(
        template,
        shows_pages=ctx.settings.shows_pages,
        texts=page_texts(),
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
