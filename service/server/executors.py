"""Thread pools by kind of request, so that none waits for one that takes long."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum, auto

PROBES = frozenset({b"/livez", b"/readyz"})
BATCH = b"/v1/assessments/batch"


class PoolKind(StrEnum):
    """Kinds of requests that do not wait for each other."""

    probe = auto()
    batch = auto()
    single = auto()


def pool_kind_of(path: bytes) -> PoolKind:
    """The pool of a request, by its decoded path."""
    if path in PROBES:
        return PoolKind.probe
    return PoolKind.batch if path.rstrip(b"/") == BATCH else PoolKind.single


@dataclass(frozen=True, slots=True)
class Executors:
    """One thread pool for each kind; threads are started when they are first needed."""

    pools: dict[PoolKind, ThreadPoolExecutor]

    @classmethod
    def build(cls, threads: int, batches: int) -> "Executors":
        """Pools with this many threads for single requests and batches, and one for probes."""
        sizes = {PoolKind.single: threads, PoolKind.batch: batches, PoolKind.probe: 1}
        return cls(
            {
                pool_kind: ThreadPoolExecutor(size, pool_kind.value)
                for pool_kind, size in sizes.items()
            }
        )

    def shut_down(self) -> None:
        """Drop what is waiting; running threads end by themselves."""
        for pool in self.pools.values():
            pool.shutdown(wait=False, cancel_futures=True)
