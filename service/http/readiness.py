"""Whether the database has the tables that the service needs."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from threading import Lock
from time import monotonic

from cobalamin.service.records.errors import DatabaseSchemaError, StoreError
from cobalamin.service.settings import Settings

ASK_AGAIN_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class DatabaseProblem:
    """What is wrong with the database; `is_lasting` where only its operator can mend it."""

    text: str
    is_lasting: bool


class DatabaseReadiness:
    """Looks at the schema until it is right, then no more.

    A later outage does not make the service unready: what needs no database is still answered, and
    what needs it says so. While the database does not answer it is asked every ten seconds, because
    asking may take as long as its time-out.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock, self._lock = clock, Lock()
        self._is_right = False
        self._problem: DatabaseProblem | None = None
        self._asked = float("-inf")

    def check(self, settings: Settings) -> DatabaseProblem | None:
        """What is wrong, None if nothing is."""
        if self._is_right:
            return None
        with self._lock:
            is_recent = self._clock() - self._asked < ASK_AGAIN_SECONDS
            if self._problem is None or self._problem.is_lasting or not is_recent:
                self._problem = _look(settings)
                self._is_right = self._problem is None
                self._asked = self._clock()
            return self._problem


def _look(settings: Settings) -> DatabaseProblem | None:
    # Here, because SQLAlchemy is slow to import and not every service stores something.
    from cobalamin.service.records.schema_version import check_schema  # noqa: PLC0415
    from cobalamin.service.records.store import Store  # noqa: PLC0415

    # Closed at once: a connection must not be shared with the workers that are forked later.
    with closing(Store(settings.database_url)) as store:
        try:
            check_schema(store)
        except DatabaseSchemaError as error:
            return DatabaseProblem(str(error), is_lasting=True)
        except StoreError as error:
            return DatabaseProblem(str(error), is_lasting=False)
    return None
