"""Limits of the server."""

from dataclasses import dataclass

from cobalamin.service.settings import Settings

MIB = 1024 * 1024
MAX_BODY_BYTES = 8 * MIB
FINISH_SECONDS = 20
LIMITS = "cobalamin.server_limits"
"""Extension of the Flask application with its limits; one without has the defaults."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerLimits:
    """Limits of one worker process.

    `client_seconds` is the time for a header, for a body that comes slowly, and for a client to
    take something of a response. After SIGTERM connections are accepted for `drain_seconds`; then
    running requests have `finish_seconds`.
    """

    max_body_bytes: int = MAX_BODY_BYTES
    max_batch_bytes: int = 256 * MIB
    client_seconds: float = 10
    threads: int = 32
    batches: int = 4
    drain_seconds: float = 0
    finish_seconds: float = FINISH_SECONDS

    @classmethod
    def from_settings(cls, settings: Settings) -> "ServerLimits":
        """The limits that follow from the settings."""
        return cls(
            max_batch_bytes=settings.batch_max_mib * MIB,
            client_seconds=settings.client_timeout,
            batches=settings.batch_concurrency,
            drain_seconds=settings.drain_seconds,
        )
