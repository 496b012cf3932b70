"""Why no client sent a request."""


class RefusedError(Exception):
    """A credential that is not accepted; the reason is for the log and holds nothing sent."""
