"""Thread pools by kind of request, so that none waits for one that takes long."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum, auto

PROBES = frozenset({b"/livez", b"/readyz"})
BATCH = b"/v1/assessments/batch"


class Lane(StrEnum):
    """Kinds of requests that do not wait for each other."""

    probe = auto()
    batch = auto()
    single = auto()


def lane_of(path: bytes) -> Lane:
    """The lane of a request, by its decoded path."""
    if path in PROBES:
        return Lane.probe
    return Lane.batch if path.rstrip(b"/") == BATCH else Lane.single


@dataclass(frozen=True, slots=True)
class Executors:
    """One thread pool for each lane; threads are started when they are first needed."""

    pools: dict[Lane, ThreadPoolExecutor]

    @classmethod
    def build(cls, threads: int, batches: int) -> "Executors":
        """Pools with this many threads for single requests and batches, and one for probes."""
        sizes = {Lane.single: threads, Lane.batch: batches, Lane.probe: 1}
        return cls({lane: ThreadPoolExecutor(size, lane.value) for lane, size in sizes.items()})

    def shut_down(self) -> None:
        """Drop what is waiting; running threads end by themselves."""
        for pool in self.pools.values():
            pool.shutdown(wait=False, cancel_futures=True)
