"""Caches a client's JWK Set: by age, by `kid`, and through outages."""

import logging
from collections.abc import Callable
from threading import Lock, Thread
from time import monotonic

from jwt import PyJWK

from cobalamin.service.access.errors import RETRY_SECONDS, KeysUnavailableError
from cobalamin.service.access.jwks import KeySet, KeySetError

LOG = logging.getLogger("cobalamin.access")
REFRESH_AFTER_SECONDS = 10 * 60
EXPIRE_AFTER_SECONDS = 24 * 60 * 60
PAUSE_SECONDS = 60
PAUSE_AFTER_FAILURE_SECONDS = RETRY_SECONDS
WAIT_FOR_REFRESH_SECONDS = 0.1


class JwksCache:
    """Cache of the JWK Set at one pinned URL, for one process.

    Refreshed when older than ten minutes, or when a token has an unknown `kid` (a key rotation),
    but never twice within the pause, so that random `kid` values cause no flood of requests. While
    the URL fails, cached keys stay valid for a day.
    """

    def __init__(
        self,
        url: str,
        fetch: Callable[[str], KeySet],
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._url, self._fetch, self._clock = url, fetch, clock
        self._keys: KeySet | None = None
        self._fetched_at = self._not_before = float("-inf")
        self._fetching = Lock()
        self._failed = False

    def key(self, kid: str, algorithm: str) -> PyJWK | None:
        """Return the key with this `kid` for the algorithm; None if the set has none.

        Raises:
            KeysUnavailableError: the URL fails and the cache has no such key.
        """
        jwk = self._cached(kid, algorithm)
        if jwk is None:
            with self._fetching:
                self._refresh(kid, algorithm)
            jwk = self._cached(kid, algorithm)
            if jwk is None and self._failed:
                raise KeysUnavailableError("its key set is unavailable")
        elif self._is_due() and self._fetching.acquire(blocking=False):
            refresh = Thread(target=self._refresh_in_background, args=(kid, algorithm), daemon=True)
            refresh.start()
            refresh.join(
                WAIT_FOR_REFRESH_SECONDS
            )  # a request with a cached key does not wait for a hanging server
            jwk = self._cached(kid, algorithm)
        return jwk

    def _refresh_in_background(self, kid: str, algorithm: str) -> None:
        try:
            self._refresh(kid, algorithm)
        finally:
            self._fetching.release()

    def _is_due(self) -> bool:
        return self._age() > REFRESH_AFTER_SECONDS and self._clock() >= self._not_before

    def _cached(self, kid: str, algorithm: str) -> PyJWK | None:
        if self._keys is None or self._age() > EXPIRE_AFTER_SECONDS:
            return None
        return self._keys.key(kid, algorithm)

    def _age(self) -> float:
        return self._clock() - self._fetched_at

    def _refresh(self, kid: str, algorithm: str) -> None:
        if self._clock() < self._not_before:
            return
        if self._age() <= REFRESH_AFTER_SECONDS and self._cached(kid, algorithm) is not None:
            return
        try:
            self._keys = self._fetch(self._url)
        except KeySetError as error:
            self._failed = True
            self._not_before = self._clock() + PAUSE_AFTER_FAILURE_SECONDS
            LOG.warning("the key set at %s is unavailable: %s", self._url, error)
            return
        self._failed, self._fetched_at = False, self._clock()
        self._not_before = self._fetched_at + PAUSE_SECONDS
