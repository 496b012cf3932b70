"""PostgreSQL connections that time out when the server hangs.

`statement_timeout` is enforced by the server, so it does not help when the server is stopped or
unreachable.
"""

from collections.abc import Generator
from time import monotonic
from typing import Any

from psycopg import Connection, OperationalError

WAIT_LIMIT_SECONDS = 5.0


class TimeLimitedConnection(Connection[Any]):
    """A connection whose waits are limited in time; it is closed after a timeout."""

    def wait(self, gen: Generator[Any, Any, Any], *options: Any, **more: Any) -> Any:  # noqa: ANN401
        return super().wait(self._limited(gen, monotonic() + WAIT_LIMIT_SECONDS), *options, **more)

    def _limited(self, gen: Generator[Any, Any, Any], deadline: float) -> Generator[Any, Any, Any]:
        """Wrap the driver's wait generator with a check of the deadline."""
        ready = None
        while True:
            try:
                wanted = gen.send(ready)
            except StopIteration as end:
                return end.value
            ready = yield wanted
            if monotonic() > deadline:
                self.close()
                raise OperationalError("the server did not answer in time")
