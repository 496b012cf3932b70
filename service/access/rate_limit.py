"""How often a client may call: so many requests in each minute of the clock."""

from collections.abc import Callable
from math import ceil
from threading import Lock

from cobalamin.service.access.clients import Client

SECONDS = 60
Count = Callable[[str, int], int]
"""Counts one request of a client in a minute, and says how many there are with it."""


class Pace:
    """Knows whether a client has requests left in this minute.

    `usual` is what a client may send whose entry in the registry says nothing; None is no limit.
    """

    def __init__(self, usual: int | None, count: Count, now: Callable[[], float]) -> None:
        self._usual, self._count, self._now = usual, count, now
        self._spent: dict[str, int] = {}

    def wait(self, client: Client) -> int:
        """Counts a request; 0 if it may go on, else the seconds until the client may call again."""
        most = self._usual if client.rate_limit is None else client.rate_limit
        if most is None:
            return 0
        now = self._now()
        minute = int(now // SECONDS)
        # Who has spent a minute is not counted further, so that a flood never reaches the database.
        if self._spent.get(client.id) != minute:
            if self._count(client.id, minute) <= most:
                return 0
            self._spent[client.id] = minute
        return ceil((minute + 1) * SECONDS - now)


class Alone:
    """Counts what comes to this process alone."""

    def __init__(self) -> None:
        self._counting = Lock()
        self._counted: dict[str, tuple[int, int]] = {}

    def __call__(self, client_id: str, minute: int) -> int:
        """How many requests of the client there are in this minute, with this one."""
        with self._counting:
            counted_in, before = self._counted.get(client_id, (minute, 0))
            requests = before + 1 if counted_in == minute else 1
            self._counted[client_id] = minute, requests
            return requests
