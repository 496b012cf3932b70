"""Errors of authentication."""

RETRY_SECONDS = 10


class AuthenticationError(Exception):
    """The credential is not accepted; the reason is for the log and quotes no request data."""


class KeysUnavailableError(Exception):
    """The client's JWKS is unavailable; answer 503, not 401."""
