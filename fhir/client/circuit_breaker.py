"""Circuit breaker: stops calls to a server that keeps failing."""

from collections.abc import Callable
from threading import Lock
from time import monotonic

FAILURES = 3
PAUSE_SECONDS = 30.0


class CircuitBreaker:
    """Circuit breaker of one server in one process; opens after `FAILURES` failures in a row.

    After the pause one call is let through as a trial; the others are refused until it is over.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock, self._lock = clock, Lock()
        self._failures, self._open_until = 0, float("-inf")

    def allows(self) -> bool:
        """Whether the server may be called now; the first caller after a pause is the trial."""
        with self._lock:
            if self._failures < FAILURES:
                return True
            if self._clock() < self._open_until:
                return False
            self._open_until = self._clock() + PAUSE_SECONDS
            return True

    def record_success(self) -> None:
        """Reset the failure count."""
        with self._lock:
            self._failures = 0

    def record_failure(self) -> None:
        """Count a failure and start the pause anew."""
        with self._lock:
            self._failures += 1
            self._open_until = self._clock() + PAUSE_SECONDS
