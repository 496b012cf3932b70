"""Flask without features that no address needs: sessions, async views, host matching per request.

These cost more than a tenth of a small request (docs/performance.md).
"""

from collections.abc import Callable
from typing import Any

from flask import Flask, Request
from flask.sessions import NullSession, SessionInterface
from werkzeug.routing import MapAdapter

MAX_ADAPTERS = 64
AdapterKey = tuple[str | None, str, str | None]


class _NoSessions(SessionInterface):
    """No state is kept between requests."""

    def __init__(self) -> None:
        self._none = NullSession()

    def open_session(self, app: Flask, request: Request) -> NullSession:  # noqa: ARG002
        """Return one empty session that cannot be modified."""
        return self._none


class FlaskApp(Flask):
    """Equivalent to Flask for every request that this service answers."""

    session_interface = _NoSessions()

    def __init__(self, name: str) -> None:
        super().__init__(name, static_folder=None)
        # Nothing redirects: the Location of Flask's own redirects repeats the Host that was sent.
        self.url_map.merge_slashes = False
        self._adapters: dict[AdapterKey, MapAdapter] = {}

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the view unchanged: none is async."""
        return func

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Create the adapter as Flask does, from a cached one of the same host, scheme and root."""
        if request is None:
            return super().create_url_adapter(None)
        environ = request.environ
        query = environ.get("QUERY_STRING", "")
        if "HTTP_UPGRADE" in environ or not query.isascii():
            return super().create_url_adapter(request)
        key = (environ.get("HTTP_HOST"), environ["wsgi.url_scheme"], environ.get("SCRIPT_NAME"))
        cached = self._adapters.get(key)
        if cached is None:
            return self._cache_adapter(key, super().create_url_adapter(request))
        return MapAdapter(
            cached.map,
            cached.server_name,
            cached.script_name,
            cached.subdomain,
            cached.url_scheme,
            request.path,
            request.method,
            query,
        )

    def _cache_adapter(self, key: AdapterKey, adapter: MapAdapter | None) -> MapAdapter | None:
        """Cache a limited number of adapters, because clients may send any Host."""
        if adapter is not None and len(self._adapters) < MAX_ADAPTERS:
            self._adapters[key] = adapter
        return adapter
