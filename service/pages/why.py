"""The page that a card links to, as HTML, or as text where that is asked for."""

from flask import Response, request

from cobalamin.service.http.app_context import get_context
from cobalamin.service.http.errors import ApiError
from cobalamin.service.pages.rendering import HTML, TEXT, render_page
from cobalamin.service.pages.topics import get_page


def render_topic(topic: str) -> Response:
    """The page of a topic; it contains no patient data.

    Raises:
        ApiError: 404 for a topic that no card has.
    """
    ctx = get_context()
    page = get_page(topic, ctx.profile)
    if page is None:
        raise ApiError(404, "unknown topic; use the link of a card's source")
    kind = request.accept_mimetypes.best_match((HTML, TEXT), default=HTML)
    template = "why.html" if kind == HTML else "why.txt"
    response = render_page(template, ctx, ctx.profile, media_type=kind, title=page.title, page=page)
    response.vary.add("Accept")
    return response
