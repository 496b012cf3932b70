"""How far a run is: a line that changes on a terminal, a line a minute elsewhere."""

import sys
import time
from collections.abc import Callable
from typing import TextIO

QUICK, SLOW = 0.2, 60.0


class Progress:
    """Says on a stream what was done, at which rate, and how much time is left."""

    def __init__(
        self, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._clock = clock
        self._terminal = self._stream.isatty()
        self._said = self._began = clock()
        self._size = self._done = self._rows = 0
        self._what = ""

    def begin(self, what: str, size: int) -> None:
        """A phase of the run, with the bytes that it has to do."""
        self._what, self._size, self._done, self._rows = what, size, 0, 0
        self._began = self._clock()
        self._say(f"{what}\n" if not self._terminal else f"\r\x1b[K{what}")

    def add(self, size: int, rows: int) -> None:
        """A unit is done."""
        self._done += size
        self._rows += rows
        now = self._clock()
        if now - self._said >= (QUICK if self._terminal else SLOW):
            self._said = now
            line = self._line(now - self._began)
            self._say(f"\r\x1b[K{line}" if self._terminal else f"{line}\n")

    def _line(self, seconds: float) -> str:
        share = self._done / self._size if self._size else 1.0
        left = seconds / share - seconds if share else 0.0
        rate = self._rows / seconds if seconds else 0.0
        return (
            f"{self._what}: {share:.0%}, {self._rows:,} assessed, {rate:,.0f} a second, "
            f"{left:,.0f} s left"
        )

    def end(self) -> None:
        """Leaves the line as it is."""
        if self._terminal:
            self._say("\n")

    def _say(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
