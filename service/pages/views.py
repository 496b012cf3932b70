"""The page that a card links to, as HTML, or as text where that is asked for."""

import base64
import hashlib
from pathlib import Path

from flask import Blueprint, Response, render_template, request

from cobalamin.service.http.app_context import get_context
from cobalamin.service.http.errors import ApiError
from cobalamin.service.pages.topics import get_page

HTML, TEXT = "text/html", "text/plain"
STYLE = (Path(__file__).parent / "templates" / "style.css").read_text("utf-8")
_digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_digest}'; frame-ancestors 'none'; base-uri 'none'"
)
"""No script and nothing from elsewhere; the one style sheet stands in the page."""


def topic_pages_blueprint() -> Blueprint:
    """Build the blueprint; the pages contain no patient data."""
    pages = Blueprint("why", __name__, template_folder="templates")

    @pages.get("/why/<topic>")
    def page(topic: str) -> Response:
        profile = get_context().profile
        topic_page = get_page(topic, profile)
        if topic_page is None:
            raise ApiError(404, "unknown topic; use the link of a card's source")
        kind = request.accept_mimetypes.best_match((HTML, TEXT), default=HTML)
        contact = profile.site.contact if profile.site else None
        text = render_template(
            "why.html" if kind == HTML else "why.txt",
            page=topic_page,
            words=profile.wording.pages,
            profile=profile.knowledge.profile,
            version=profile.knowledge.version,
            contact=contact,
            style=STYLE,
        )
        response = Response(text, content_type=f"{kind}; charset=utf-8")
        response.headers["Content-Security-Policy"] = POLICY
        response.vary.add("Accept")
        return response

    return pages
