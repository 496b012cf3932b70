"""Leaves a server alone for a while after it failed again and again."""

from collections.abc import Callable
from threading import Lock
from time import monotonic

FAILURES = 3
PAUSE_SECONDS = 30.0


class Breaker:
    """For one server and one process: open after three calls in a row that got nothing from it.

    After the pause one call may try; the others go on without the server until that one is over.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock, self._lock = clock, Lock()
        self._failures, self._closed_at = 0, float("-inf")

    def allows(self) -> bool:
        """Whether the server may be asked now; the first to hear so after a pause tries it."""
        with self._lock:
            if self._failures < FAILURES:
                return True
            if self._clock() < self._closed_at:
                return False
            self._closed_at = self._clock() + PAUSE_SECONDS
            return True

    def told(self, *, answered: bool) -> None:
        """Take in how a call went: an answer of any use makes all failures forgotten."""
        with self._lock:
            self._failures = 0 if answered else self._failures + 1
            if not answered:
                self._closed_at = self._clock() + PAUSE_SECONDS
