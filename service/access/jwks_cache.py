"""A client's keys, fetched when they are needed and kept: by age, by name, and through outages."""

import logging
from collections.abc import Callable
from threading import Lock, Thread
from time import monotonic

from jwt import PyJWK

from cobalamin.service.access.errors import ASK_AGAIN_SECONDS, KeysAwayError
from cobalamin.service.access.jwks import KeySet, KeySetError

LOG = logging.getLogger("cobalamin.access")
FRESH = 10 * 60
STALE = 24 * 60 * 60
PAUSE = 60
PAUSE_AFTER_FAILURE = ASK_AGAIN_SECONDS
PATIENCE = 0.1


class KeyCache:
    """The keys at one pinned address, for one process.

    Fetched again when they are older than ten minutes, or when a token names a key that is not
    among them, which is what a rotation looks like; never twice within the pause, so that invented
    names cause no storm. While the address fails, keys stay good for a day.
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
        self._fails = False

    def key(self, kid: str, algorithm: str) -> PyJWK | None:
        """The key of this name for the algorithm; None where the set has none.

        Raises:
            KeysAwayError: the address fails, and what was kept has no such key.
        """
        found = self._known(kid, algorithm)
        if found is None:
            with self._fetching:
                self._refresh(kid, algorithm)
            found = self._known(kid, algorithm)
            if found is None and self._fails:
                raise KeysAwayError("its key set is not to be had")
        elif self._is_due() and self._fetching.acquire(blocking=False):
            aside = Thread(target=self._refresh_aside, args=(kid, algorithm), daemon=True)
            aside.start()
            aside.join(PATIENCE)  # whoever has a key waits for no server that hangs
            found = self._known(kid, algorithm)
        return found

    def _refresh_aside(self, kid: str, algorithm: str) -> None:
        try:
            self._refresh(kid, algorithm)
        finally:
            self._fetching.release()

    def _is_due(self) -> bool:
        return self._age() > FRESH and self._clock() >= self._not_before

    def _known(self, kid: str, algorithm: str) -> PyJWK | None:
        if self._keys is None or self._age() > STALE:
            return None
        return self._keys.key(kid, algorithm)

    def _age(self) -> float:
        return self._clock() - self._fetched_at

    def _refresh(self, kid: str, algorithm: str) -> None:
        if self._clock() < self._not_before:
            return
        if self._age() <= FRESH and self._known(kid, algorithm) is not None:
            return
        try:
            self._keys = self._fetch(self._url)
        except KeySetError as error:
            self._fails = True
            self._not_before = self._clock() + PAUSE_AFTER_FAILURE
            LOG.warning("the key set at %s is not to be had: %s", self._url, error)
            return
        self._fails, self._fetched_at = False, self._clock()
        self._not_before = self._fetched_at + PAUSE
