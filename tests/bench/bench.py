"""`make bench`: the service against a floor application, as ratios of the same run.

The two servers run side by side under the service's own gunicorn settings and are asked in turn.
Processor time of the process trees decides; wall figures share the cores with the client and are
indicative. Exit 1 when a limit is exceeded.
"""

import argparse
import os
import platform
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import inside
import load
from payloads import patient_view
from servers import Server

SERVICE, FLOOR = "cobalamin.service.wsgi:app", "floor:app"
FEW, MANY, VERY_MANY = 5, 200, 5000
BUSY = 8
STARTS = 4


class Limit(NamedTuple):
    """What a figure may be; one that only warns never fails the run."""

    value: float
    aim: float | None = None
    at_least: bool = False
    warns: bool = False


class Round(NamedTuple):
    """Processor seconds per request, and what the client saw."""

    cpu: float
    rate: float
    median: float
    p99: float


class Bench:
    """Two servers and the rows that were measured so far."""

    def __init__(self, rounds: int, seconds: float) -> None:
        self.rounds, self.seconds = rounds, seconds
        self.rows: list[tuple[str, float, Limit]] = []
        first = patient_view(FEW)
        self.service, self.floor = Server(SERVICE, first), Server(FLOOR, first)

    def add(self, figure: str, ratio: float, limit: Limit) -> None:
        """Keeps a figure."""
        self.rows.append((figure, ratio, limit))

    def compare(self, body: Path, connections: int) -> Callable[[str], float]:
        """The median over the rounds of service divided by floor, for a field of a round."""
        pairs = [
            tuple(self.one(server, body, connections) for server in (self.service, self.floor))
            for _ in range(self.rounds)
        ]
        return lambda name: statistics.median(
            getattr(ours, name) / getattr(theirs, name) for ours, theirs in pairs
        )

    def one(self, server: Server, body: Path, connections: int) -> Round:
        """One round of load on one server."""
        before = server.cpu()
        done = load.apply(server.port, body, connections, self.seconds)
        cpu = (server.cpu() - before) / done.requests
        return Round(cpu, done.requests / done.seconds, done.median, done.p99)

    def first_answer(self, body: bytes) -> float:
        """The median of several starts, each beside one of the floor."""
        ratios = [self.service.first_answer / self.floor.first_answer]
        for _ in range(STARTS):
            pair = Server(SERVICE, body), Server(FLOOR, body)
            for server in pair:
                server.stop()
            ratios.append(pair[0].first_answer / pair[1].first_answer)
        return statistics.median(ratios)

    def stop(self) -> None:
        """Ends both servers."""
        self.service.stop()
        self.floor.stop()


def measure(bench: Bench, folder: Path) -> None:
    """Every figure whose endpoint exists."""
    bodies = {}
    for number in (FEW, MANY, VERY_MANY):
        bodies[number] = folder / f"{number}.json"
        bodies[number].write_bytes(patient_view(number))
    _under_load(bench, bodies[FEW], FEW, (2.0, 1.4), (0.50, 0.70), 2.5)
    _under_load(bench, bodies[MANY], MANY, (1.0, 0.7), (1.0, 1.4), 1.5)
    for number, most in ((FEW, 2.0), (MANY, 1.0)):
        latency = bench.compare(bodies[number], 1)("median")
        bench.add(f"unloaded median latency / floor, {number}", latency, Limit(most))
    # Before the largest bodies, which only the service gets: until here both did the same work.
    memory = bench.service.memory() / bench.floor.memory()
    growth = [
        bench.one(bench.service, bodies[VERY_MANY], 2).cpu
        / bench.one(bench.service, bodies[MANY], 2).cpu
        for _ in range(3)
    ]
    bench.add("CPU of 5000 / CPU of 200", statistics.median(growth), Limit(30))
    bench.add("first answer / floor's", bench.first_answer(bodies[FEW].read_bytes()), Limit(1.6))
    bench.add("memory / floor's", memory, Limit(1.4))
    for number, limit in ((FEW, Limit(10, 5)), (MANY, Limit(1.0))):
        ratio = inside.ratio(bodies[number].read_bytes(), bench.rounds, 0.2)
        bench.add(f"in process / json.loads, {number}", ratio, limit)


def _under_load(
    bench: Bench,
    body: Path,
    number: int,
    cpu: tuple[float, float],
    rate: tuple[float, float],
    p99: float,
) -> None:
    seen = bench.compare(body, BUSY)
    bench.add(f"CPU per request / floor, {number}", seen("cpu"), Limit(*cpu))
    bench.add(f"requests per second / floor, {number}", seen("rate"), Limit(*rate, at_least=True))
    bench.add(f"99th percentile / floor, {number}", seen("p99"), Limit(p99, warns=True))


def verdict(ratio: float, limit: Limit) -> str:
    """ok, aim met, or what is wrong."""
    within = ratio >= limit.value if limit.at_least else ratio <= limit.value
    if not within:
        return "warns" if limit.warns else "EXCEEDED"
    if limit.aim is None:
        return "ok"
    met = ratio >= limit.aim if limit.at_least else ratio <= limit.aim
    return "aim met" if met else "ok"


def table(rows: list[tuple[str, float, Limit]]) -> str:
    """The figures as a table."""
    lines = ["| figure | measured | limit | aim | verdict |", "|---|---|---|---|---|"]
    for figure, ratio, limit in rows:
        word = "at least" if limit.at_least else "at most"
        aim = "" if limit.aim is None else f"{limit.aim:g}"
        found = verdict(ratio, limit)
        lines.append(f"| {figure} | {ratio:.2f} | {word} {limit.value:g} | {aim} | {found} |")
    return "\n".join(lines)


def main() -> int:
    """Measures and prints; 1 when a limit is exceeded."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    quick = parser.parse_args().quick
    bench = Bench(rounds=3 if quick else 5, seconds=1.0 if quick else 2.0)
    try:
        with tempfile.TemporaryDirectory() as folder:
            measure(bench, Path(folder))
    finally:
        bench.stop()
    cores = len(os.sched_getaffinity(0))
    print(f"Python {platform.python_version()}, {cores} cores, client: {load.tool()}\n")
    print(table(bench.rows))
    failed = any(verdict(ratio, limit) == "EXCEEDED" for _, ratio, limit in bench.rows)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
