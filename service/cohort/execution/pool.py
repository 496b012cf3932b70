"""Worker processes that end with their parent, whatever ends it; none where one job is enough."""

import gc
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import connection, get_context
from multiprocessing.connection import Connection

from cobalamin.service.cohort.errors import CohortError, LostWorkerError
from cobalamin.service.cohort.execution.job import Counts, Job
from cobalamin.service.cohort.execution.plan import WorkUnit
from cobalamin.service.cohort.execution.worker import UnitWorker

LOST = (
    "a worker ended unexpectedly, perhaps for want of memory; what is done is kept: run the same "
    "command with --resume, with fewer --jobs"
)
# Not forked: a child then has its own pipe alone, and sees it close when the parent is killed.
_processes = get_context("spawn")


@contextmanager
def open_pool(job: Job, workers: int) -> Iterator["Pool | SerialPool"]:
    """The workers of a run; they end with the block."""
    if workers == 1:
        yield SerialPool(job)
        return
    with Pool(job, workers) as pool:
        yield pool


class SerialPool:
    """Does the units in this process, one after the other."""

    def __init__(self, job: Job) -> None:
        self._worker = UnitWorker(job)

    def run(self, units: tuple[WorkUnit, ...]) -> Iterator[tuple[WorkUnit, Counts]]:
        """Each unit as it is done, in order.

        Raises:
            CohortError: a result could not be kept.
        """
        for unit in units:
            yield unit, _checked(_done(self._worker, unit))


class Pool:
    """As many workers as asked for; ends them on exit."""

    def __init__(self, job: Job, workers: int) -> None:
        pairs = [_processes.Pipe() for _ in range(workers)]
        self._ends = [ours for ours, _ in pairs]
        self._workers = [
            _processes.Process(target=_work, args=(theirs, job), daemon=True) for _, theirs in pairs
        ]
        # They inherit that it is ignored: Ctrl-C is the parent's to answer.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        for worker, (_, theirs) in zip(self._workers, pairs, strict=True):
            worker.start()
            theirs.close()
        signal.signal(signal.SIGINT, before)

    def __enter__(self) -> "Pool":
        return self

    def __exit__(self, *_: object) -> None:
        for end in self._ends:
            end.close()
        for worker in self._workers:
            worker.terminate()
            worker.join()

    def run(self, units: tuple[WorkUnit, ...]) -> Iterator[tuple[WorkUnit, Counts]]:
        """Each unit as it is done, in any order.

        Raises:
            LostWorkerError: a worker ended unexpectedly.
            CohortError: a worker could not keep its results.
        """
        waiting = list(reversed(units))
        busy: dict[Connection, WorkUnit] = {}
        for end in self._ends:
            _give(end, waiting, busy)
        while busy:
            ready = set(connection.wait(list(busy)))
            for end in [pipe for pipe in busy if pipe in ready]:
                counts = _answer(end)
                yield busy.pop(end), counts
                _give(end, waiting, busy)


def _give(end: Connection, waiting: list[WorkUnit], busy: dict[Connection, WorkUnit]) -> None:
    if waiting:
        busy[end] = waiting.pop()
        try:
            end.send(busy[end])
        except OSError:
            raise LostWorkerError(LOST) from None


def _answer(end: Connection) -> Counts:
    try:
        received = end.recv()
    except (EOFError, OSError):
        raise LostWorkerError(LOST) from None
    return _checked(received)


def _checked(received: Counts | str) -> Counts:
    if isinstance(received, str):
        raise CohortError(received)
    return received


def _work(end: Connection, job: Job) -> None:
    """Does units until the other end is closed."""
    worker = UnitWorker(job)
    # Hardly anything that a document makes refers to itself, and the knowledge stays.
    gc.freeze()
    gc.disable()
    # The other end may be gone at any time.
    with suppress(EOFError, OSError):
        while True:
            end.send(_done(worker, end.recv()))
            gc.collect()


def _done(worker: UnitWorker, unit: WorkUnit) -> Counts | str:
    """What the unit came to, or why its results cannot be kept."""
    try:
        return worker.run(unit)
    except OSError as error:
        return f"a result cannot be kept: {error.strerror}"
