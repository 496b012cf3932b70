"""Which web pages may call from a browser: those of the listed origins, and no cookie with them."""

from flask import Flask, Response, current_app, request

from cobalamin.service.access.doors import door_of

PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Accept, X-Correlation-Id",
    "Access-Control-Max-Age": "600",
}
ANY = "*"


def register_cors(app: Flask, origins: frozenset[str]) -> None:
    """Answers preflight requests without credential, and marks every answer of a door."""

    @app.before_request
    def preflight() -> Response | None:
        if request.method != "OPTIONS" or request.url_rule is None or not door_of(request.path):
            return None
        answer = current_app.make_default_options_response()
        answer.status_code = 204
        answer.headers.update(PREFLIGHT)
        return answer

    @app.after_request
    def mark(response: Response) -> Response:
        if door_of(request.path) is None:
            return response
        response.headers.add("Vary", "Origin")
        origin = request.headers.get("Origin")
        if origin is not None and (ANY in origins or origin in origins):
            response.headers["Access-Control-Allow-Origin"] = ANY if ANY in origins else origin
            response.headers["Access-Control-Expose-Headers"] = "X-Correlation-Id, Retry-After"
        return response
