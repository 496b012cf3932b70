"""Per-client rate limit in fixed one-minute windows."""

from collections.abc import Callable
from math import ceil
from threading import Lock

from cobalamin.service.access.clients import Client

SECONDS = 60
RequestCounter = Callable[[str, int], int]
"""Counts a request of a client in a minute; returns the total including it."""


class RateLimiter:
    """Limits the requests of each client per minute.

    `default_limit` applies to clients without a limit in the registry; None means no limit.
    """

    def __init__(
        self, default_limit: int | None, count: RequestCounter, now: Callable[[], float]
    ) -> None:
        self._default_limit, self._count, self._now = default_limit, count, now
        self._exhausted: dict[str, int] = {}

    def check(self, client: Client) -> int:
        """Count a request; returns 0 if it is allowed, else the seconds until the next window."""
        limit = self._default_limit if client.rate_limit is None else client.rate_limit
        if limit is None:
            return 0
        now = self._now()
        minute = int(now // SECONDS)
        # An exhausted client is not counted further, so that a flood does not reach the database.
        if self._exhausted.get(client.id) != minute:
            if self._count(client.id, minute) <= limit:
                return 0
            self._exhausted[client.id] = minute
        return ceil((minute + 1) * SECONDS - now)


class InProcessCounter:
    """Counts the requests of this process only."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._counts: dict[str, tuple[int, int]] = {}

    def __call__(self, client_id: str, minute: int) -> int:
        """Count a request; returns the client's requests in this minute, including this one."""
        with self._lock:
            last_minute, count = self._counts.get(client_id, (minute, 0))
            requests = count + 1 if last_minute == minute else 1
            self._counts[client_id] = minute, requests
            return requests
