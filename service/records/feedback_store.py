"""Feedback store, opened lazily on the first write."""

import time
from collections.abc import Sequence
from threading import Lock
from typing import TYPE_CHECKING

from cobalamin.service.records.errors import StoreError
from cobalamin.service.records.feedback_records import FeedbackRecord

if TYPE_CHECKING:
    from cobalamin.service.records.store import Store


class LazyFeedbackStore:
    """Stores feedback; opens the database, and imports SQLAlchemy, on the first write."""

    def __init__(self, url: str) -> None:
        self._url, self._lock = url, Lock()
        self._store: Store | None = None

    def save(self, records: Sequence[FeedbackRecord]) -> list[bool]:
        """Store the records; the result tells for each whether it was new.

        Raises:
            StoreError: the database cannot be used, or its schema is of another version.
        """
        # Here, because SQLAlchemy is slow to import and most processes never need it.
        from cobalamin.service.records.feedback import save_feedback  # noqa: PLC0415

        return save_feedback(self._open_store(), records, int(time.time()))

    def _open_store(self) -> "Store":
        from cobalamin.service.records.schema_version import check_schema  # noqa: PLC0415
        from cobalamin.service.records.store import Store  # noqa: PLC0415

        with self._lock:
            if self._store is None:
                store = Store(self._url)
                try:
                    check_schema(store)
                except StoreError:
                    store.close()
                    raise
                self._store = store
            return self._store
