"""Limits how many of something run at once in all worker processes of a machine."""

import fcntl
import os
from collections.abc import Callable
from contextlib import suppress
from tempfile import mkstemp
from threading import Lock
from weakref import finalize


class SharedSlots:
    """A number of slots, shared by this process and those that are forked from it.

    A slot is a record lock on one byte of a file that has no name. The kernel releases the locks of
    a process that ends, however it ends.
    """

    def __init__(self, count: int) -> None:
        self._count, self._lock = count, Lock()
        self._file, name = mkstemp()
        os.unlink(name)  # noqa: PTH108 - it is used by its number alone
        finalize(self, os.close, self._file)
        # A record lock does not exclude the process that holds it, so that is known here.
        self._taken: set[int] = set()

    def acquire(self) -> Callable[[], None] | None:
        """Take a slot; returns what gives it back, None if all are taken."""
        with self._lock:
            for slot in range(self._count):
                if slot not in self._taken and self._try_lock(slot):
                    self._taken.add(slot)
                    holder = [slot]
                    return lambda: self._release(holder)
        return None

    def _release(self, holder: list[int]) -> None:
        with self._lock:
            if holder:  # once, as somebody else may have the slot by then
                slot = holder.pop()
                self._taken.discard(slot)
                fcntl.lockf(self._file, fcntl.LOCK_UN, 1, slot)

    def _try_lock(self, slot: int) -> bool:
        with suppress(OSError):  # another process has it
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, slot)
            return True
        return False
