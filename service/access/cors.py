"""Which web pages may call from a browser: those of the listed origins, and no cookie with them."""

from collections.abc import Callable
from wsgiref.types import WSGIEnvironment

from flask import Flask, Response, current_app, request

from cobalamin.service.access.scopes import door_of

PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Accept, X-Correlation-Id",
    "Access-Control-Max-Age": "600",
}
ANY = "*"
Header = tuple[str, str]
VARIES: Header = ("Vary", "Origin")
EXPOSED: Header = ("Access-Control-Expose-Headers", "X-Correlation-Id, Retry-After")


def register_cors(app: Flask) -> None:
    """Answers preflight requests without credential."""

    @app.before_request
    def preflight() -> Response | None:
        if request.method != "OPTIONS" or request.url_rule is None or not door_of(request.path):
            return None
        answer = current_app.make_default_options_response()
        answer.status_code = 204
        answer.headers.update(PREFLIGHT)
        return answer


def cors_headers(origins: frozenset[str]) -> Callable[[WSGIEnvironment], list[Header]]:
    """What tells a browser, and any store on the way, whose page may read an answer of a door."""

    def marks(environ: WSGIEnvironment) -> list[Header]:
        if door_of(f"/{environ.get('PATH_INFO', '').lstrip('/')}") is None:
            return []
        origin = environ.get("HTTP_ORIGIN")
        if origin is None or not (ANY in origins or origin in origins):
            return [VARIES]
        allowed = ANY if ANY in origins else origin
        return [VARIES, ("Access-Control-Allow-Origin", allowed), EXPOSED]

    return marks
