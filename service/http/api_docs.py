"""The interface described: OpenAPI for programs, one page for people.

Both are made from the wire's schemas when the project is built, and compared by its checks.
"""

import base64
import hashlib
import re
from pathlib import Path

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from cobalamin.service.http.app_context import context
from cobalamin.service.http.content_negotiation import JSON

FOLDER = Path(__file__).parent
STYLE = re.compile(rb"<style>(.*?)</style>", re.DOTALL)


def reference() -> Blueprint:
    """The routes; both documents are read once, here."""
    pages = Blueprint("reference", __name__)
    document = (FOLDER / "openapi.json").read_bytes()
    page = (FOLDER / "reference.html").read_bytes()
    policy = _policy(page)

    @pages.get("/openapi.json")
    def openapi() -> Response:
        return _kept(Response(document, content_type=JSON))

    @pages.get("/docs", strict_slashes=False)
    def docs() -> Response:
        if not context().settings.shows_pages:
            raise NotFound
        answer = Response(page, content_type="text/html; charset=utf-8")
        answer.headers["Content-Security-Policy"] = policy
        return _kept(answer)

    return pages


def _kept(answer: Response) -> Response:
    """Clients may keep it for a while and ask whether it has changed."""
    answer.add_etag()
    answer.cache_control.max_age = 300
    answer.make_conditional(request)
    return answer


def _policy(page: bytes) -> str:
    """Nothing from elsewhere, no script, and only the style that is in the page."""
    found = STYLE.search(page)
    digest = hashlib.sha256(found[1] if found else b"").digest()
    style = f"'sha256-{base64.b64encode(digest).decode()}'"
    return f"default-src 'none'; style-src {style}; frame-ancestors 'none'; base-uri 'none'"
