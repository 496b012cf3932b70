"""What is kept beside used tokens; the database is opened when there is something to keep."""

import time
from collections.abc import Sequence
from threading import Lock
from typing import TYPE_CHECKING

from cobalamin.service.records.errors import StoreError
from cobalamin.service.records.feedback_records import Verdict

if TYPE_CHECKING:
    from cobalamin.service.records.store import Store


class Kept:
    """Keeps feedback. Nothing is opened, or even loaded, before the first comes."""

    def __init__(self, address: str) -> None:
        self._address, self._opening = address, Lock()
        self._opened: Store | None = None

    def keep(self, verdicts: Sequence[Verdict]) -> list[bool]:
        """For each whether it is new.

        Raises:
            StoreError: the database cannot be used, or has the tables of another version.
        """
        # Here, because SQLAlchemy is slow to import and most processes never need it.
        from cobalamin.service.records.feedback import keep  # noqa: PLC0415

        return keep(self._store(), verdicts, int(time.time()))

    def _store(self) -> "Store":
        from cobalamin.service.records.schema_version import check_schema  # noqa: PLC0415
        from cobalamin.service.records.store import Store  # noqa: PLC0415

        with self._opening:
            if self._opened is None:
                store = Store(self._address)
                try:
                    check_schema(store)
                except StoreError:
                    store.close()
                    raise
                self._opened = store
            return self._opened
