"""The modes of the current request, and the record of each time that they changed."""

import logging
from collections.abc import Callable
from threading import Lock

from flask import Flask, current_app, g, has_request_context

from cobalamin.service.modes import ALL_LIVE, Modes
from cobalamin.service.reloading import ReloadedValue

LOG = logging.getLogger("cobalamin.modes")
KEY = "cobalamin.modes"


def install_modes(app: Flask, modes: ReloadedValue[Modes] | None) -> None:
    """Take the modes once for each request, so that all of it is answered in the same ones."""
    app.extensions[KEY] = modes

    @app.before_request
    def take_modes() -> None:
        g.modes = ALL_LIVE if modes is None else modes.get()


def current_modes() -> Modes:
    """The modes of the current request; without a file of modes, all live."""
    found: Modes = g.get("modes", ALL_LIVE) if has_request_context() else ALL_LIVE
    return found


def modes_problem() -> str | None:
    """Why a changed file of modes is not used; None while the newest one is, or without one."""
    modes: ReloadedValue[Modes] | None = current_app.extensions[KEY]
    return None if modes is None else modes.problem


class ModeChanges:
    """Tells once in each process when it follows other modes than before, and from its start."""

    def __init__(self) -> None:
        self._lock, self._told = Lock(), ALL_LIVE

    def tell(self, modes: Modes, record: Callable[[Modes], bool]) -> None:
        """Log other modes than those told last, and record them; what was not recorded is told
        again by the next call.
        """
        if modes is self._told or modes == self._told:
            return
        with self._lock:
            if modes != self._told and record(modes):
                self._told = modes
                LOG.warning("modes: %s", modes.describe())
