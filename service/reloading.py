"""Values that are made from files, and made anew when a file has changed, without a restart.

Any setting that a running service follows goes through `ReloadedValue`: the client registry and
the site file do, and a file that switches something on or off can do the same. Each worker process
holds a value of its own and looks at the files when a request needs the value, at most once a
second, so that every worker follows within a second of its next request and none needs a signal.
"""

import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Generic, TypeVar

LOG = logging.getLogger("cobalamin.reloading")
CHECK_SECONDS = 1.0
RETRY_SECONDS = 30.0
"""After a failure that may not be the file's, such as a database that does not answer."""
Value = TypeVar("Value")
Source = TypeVar("Source")
FileState = tuple[int, int, int]
States = tuple[FileState | None, ...]


class ReloadedValue(Generic[Value]):
    """A value made from files; while a changed file cannot be used, the last good value stays.

    `load` makes the value and `files_of` tells which files it was made from; both are called again
    whenever the modification time, size or inode of one of the files has changed. `problem` is why
    the newest files are not used, None while they are.

    Raises:
        Exception: what `load` raises, but only here: there is no earlier value to keep.
    """

    def __init__(
        self,
        name: str,
        load: Callable[[], Value],
        files_of: Callable[[Value], Iterable[Path]],
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._name, self._load, self._files_of, self._clock = name, load, files_of, clock
        self._lock = Lock()
        self.problem: str | None = None
        self._value = load()
        self._files = tuple(files_of(self._value))
        self._states = _states(self._files)
        self._checked = self._failed = clock()

    @property
    def value(self) -> Value:
        """The value as it is, without a look at the files."""
        return self._value

    def get(self) -> Value:
        """The value of the newest usable files.

        Where another thread is making it anew, the last one, so that no request waits for it.
        """
        if (
            self._files
            and self._clock() - self._checked >= CHECK_SECONDS
            and self._lock.acquire(blocking=False)
        ):
            try:
                self._check()
            finally:
                self._lock.release()
        return self._value

    def _check(self) -> None:
        now = self._clock()
        states = _states(self._files)
        retries = self.problem is not None and now - self._failed >= RETRY_SECONDS
        if states != self._states or retries:
            self._reload(states, now)
        self._checked = now

    def _reload(self, states: States, now: float) -> None:
        try:
            value = self._load()
        except Exception as error:  # noqa: BLE001 - whatever is wrong, requests go on as before
            self._fail(error, now)
            self._states = states
            return
        self._value, self.problem = value, None
        # Taken before the files were read: a change meanwhile is found by the next check.
        files = tuple(self._files_of(value))
        self._states = states if files == self._files else _states(files)
        self._files = files
        LOG.warning("%s was read anew", self._name)

    def _fail(self, error: Exception, now: float) -> None:
        """Keep the value; the problem is logged once, not at each further try."""
        problem = str(error) or type(error).__name__
        if problem != self.problem:
            LOG.error("%s is not used, the last usable one stays: %s", self._name, problem)
        self.problem, self._failed = problem, now


class DerivedValue(Generic[Source, Value]):
    """A value that is made from another one, once for as long as that one stays the same object."""

    def __init__(self, make: Callable[[Source], Value]) -> None:
        self._make = make
        self._made: tuple[Source, Value] | None = None

    def of(self, source: Source) -> Value:
        """The value made from this source."""
        made = self._made
        if made is None or made[0] is not source:
            made = self._made = source, self._make(source)
        return made[1]


def _states(files: Iterable[Path]) -> States:
    return tuple(map(_state, files))


def _state(file: Path) -> FileState | None:
    """What changes with a file, also where a link leads to another one; None if it is missing."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
