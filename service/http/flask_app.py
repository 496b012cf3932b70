"""Flask without what no address here needs: sessions, awaited views, a host read again and again.

What is left out costs more than a tenth of a small call (docs/performance.md).
"""

from collections.abc import Callable
from typing import Any

from flask import Flask, Request
from flask.sessions import NullSession, SessionInterface
from werkzeug.routing import MapAdapter

MOST_PLACES = 64
Place = tuple[str | None, str, str | None]


class _NoSessions(SessionInterface):
    """Nothing is kept of a caller between two requests."""

    def __init__(self) -> None:
        self._none = NullSession()

    def open_session(self, app: Flask, request: Request) -> NullSession:  # noqa: ARG002
        """The same empty session for all: it refuses to be written."""
        return self._none


class Application(Flask):
    """The same as Flask for every request that this service answers."""

    session_interface = _NoSessions()

    def __init__(self, name: str) -> None:
        super().__init__(name, static_folder=None)
        self._adapters: dict[Place, MapAdapter] = {}

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """No view here is awaited."""
        return func

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """As Flask makes it, but from the first one of the same host, scheme and root."""
        if request is None:
            return super().create_url_adapter(None)
        environ = request.environ
        query = environ.get("QUERY_STRING", "")
        if "HTTP_UPGRADE" in environ or not query.isascii():
            return super().create_url_adapter(request)
        place = (environ.get("HTTP_HOST"), environ["wsgi.url_scheme"], environ.get("SCRIPT_NAME"))
        known = self._adapters.get(place)
        if known is None:
            return self._remembered(place, super().create_url_adapter(request))
        return MapAdapter(
            known.map,
            known.server_name,
            known.script_name,
            known.subdomain,
            known.url_scheme,
            request.path,
            request.method,
            query,
        )

    def _remembered(self, place: Place, made: MapAdapter | None) -> MapAdapter | None:
        """Up to a number of places, as callers may name any host."""
        if made is not None and len(self._adapters) < MOST_PLACES:
            self._adapters[place] = made
        return made
