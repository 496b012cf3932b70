"""CORS: browsers may call from the listed origins, without cookies."""

from collections.abc import Callable
from wsgiref.types import WSGIEnvironment

from flask import Flask, Response, current_app, request

from cobalamin.service.access.scopes import scope_of

PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Accept, X-Correlation-Id",
    "Access-Control-Max-Age": "600",
}
ANY_ORIGIN = "*"
HeaderPair = tuple[str, str]
VARIES: HeaderPair = ("Vary", "Origin")
EXPOSED: HeaderPair = ("Access-Control-Expose-Headers", "X-Correlation-Id, Retry-After")


def install_cors(app: Flask) -> None:
    """Answer preflight requests without a credential."""

    @app.before_request
    def preflight() -> Response | None:
        if request.method != "OPTIONS" or request.url_rule is None or not scope_of(request.path):
            return None
        answer = current_app.make_default_options_response()
        answer.status_code = 204
        answer.headers.update(PREFLIGHT)
        return answer


def cors_headers(
    allowed: Callable[[], frozenset[str]],
) -> Callable[[WSGIEnvironment], list[HeaderPair]]:
    """Build the function that returns the CORS headers of a response; `allowed` are the origins."""

    def headers(environ: WSGIEnvironment) -> list[HeaderPair]:
        if scope_of(f"/{environ.get('PATH_INFO', '').lstrip('/')}") is None:
            return []
        origin, origins = environ.get("HTTP_ORIGIN"), allowed()
        if origin is None or not (ANY_ORIGIN in origins or origin in origins):
            return [VARIES]
        shown = ANY_ORIGIN if ANY_ORIGIN in origins else origin
        return [VARIES, ("Access-Control-Allow-Origin", shown), EXPOSED]

    return headers
