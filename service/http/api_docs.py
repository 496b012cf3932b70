"""API documentation: the OpenAPI document and an HTML reference page.

Both are generated from the schemas by `make docs` and compared by `make check`.
"""

import base64
import hashlib
import re
from pathlib import Path

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from cobalamin.service.http.app_context import get_context
from cobalamin.service.http.content_negotiation import JSON

FOLDER = Path(__file__).parent
STYLE = re.compile(rb"<style>(.*?)</style>", re.DOTALL)


def api_docs_blueprint() -> Blueprint:
    """Build the blueprint; both documents are loaded once."""
    pages = Blueprint("reference", __name__)
    document = (FOLDER / "openapi.json").read_bytes()
    page = (FOLDER / "reference.html").read_bytes()
    policy = _content_security_policy(page)

    @pages.get("/openapi.json")
    def openapi() -> Response:
        return _cacheable(Response(document, content_type=JSON))

    @pages.get("/docs", strict_slashes=False)
    def docs() -> Response:
        if not get_context().settings.shows_pages:
            raise NotFound
        response = Response(page, content_type="text/html; charset=utf-8")
        response.headers["Content-Security-Policy"] = policy
        return _cacheable(response)

    return pages


def _cacheable(response: Response) -> Response:
    """Allow clients to cache the response and revalidate it."""
    response.add_etag()
    response.cache_control.max_age = 300
    response.make_conditional(request)
    return response


def _content_security_policy(page: bytes) -> str:
    """Allow no external content and no script, only the style in the page."""
    match = STYLE.search(page)
    digest = hashlib.sha256(match[1] if match else b"").digest()
    style = f"'sha256-{base64.b64encode(digest).decode()}'"
    return f"default-src 'none'; style-src {style}; frame-ancestors 'none'; base-uri 'none'"
