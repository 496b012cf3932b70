"""A connection to PostgreSQL that gives up where its server hangs.

The limits in the options are kept by the server, which a stopped or unplugged one does not do.
"""

from collections.abc import Generator
from time import monotonic
from typing import Any

from psycopg import Connection, OperationalError

LONGEST_SECONDS = 5.0


class BoundedConnection(Connection[Any]):
    """Each wait for the server ends in time; the connection is of no use afterwards."""

    def wait(self, gen: Generator[Any, Any, Any], *options: Any, **more: Any) -> Any:  # noqa: ANN401
        return super().wait(self._limited(gen, monotonic() + LONGEST_SECONDS), *options, **more)

    def _limited(self, gen: Generator[Any, Any, Any], until: float) -> Generator[Any, Any, Any]:
        """What the driver waits for, asked about the time whenever it looks up."""
        ready = None
        while True:
            try:
                wanted = gen.send(ready)
            except StopIteration as end:
                return end.value
            ready = yield wanted
            if monotonic() > until:
                self.close()
                raise OperationalError("the server did not answer in time")
