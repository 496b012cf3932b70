"""Why no client sent a request, or why nobody can say now whether one did."""

ASK_AGAIN_SECONDS = 10


class RefusedError(Exception):
    """A credential that is not accepted; the reason is for the log and holds nothing sent."""


class KeysAwayError(Exception):
    """A client's keys cannot be had, which is no fault of its credential."""
