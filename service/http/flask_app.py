"""The class of the application."""

from flask import Flask, Request
from flask.sessions import NullSession, SessionInterface


class _NoSessions(SessionInterface):
    """No state is kept between requests."""

    def open_session(self, app: Flask, request: Request) -> NullSession:  # noqa: ARG002
        """Return an empty session that cannot be modified."""
        return NullSession()


class FlaskApp(Flask):
    """Flask without sessions, static files and redirects."""

    session_interface = _NoSessions()

    def __init__(self, name: str) -> None:
        super().__init__(name, static_folder=None)
        # Nothing redirects: the Location of Flask's own redirects repeats the Host that was sent.
        self.url_map.merge_slashes = False
