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
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import inside
import load
import signed_load
from payloads import bundle, patient_view, plain_form
from recorded import RecordedServer
from servers import Server

SERVICE, FLOOR = "cobalamin.service.wsgi:app", "floor:app"
BUSY = 8
STARTS = 4
SIGNED_A_SECOND = 200
MANY, VERY_MANY = 200, 5000


class Call(NamedTuple):
    """A request that is measured, with limit and aim of its processor time."""

    observations: int
    card: bool
    limit: float
    aim: float

    def __str__(self) -> str:
        return f"{self.observations}, {'card' if self.card else 'nothing to say'}"


CALLS = (
    Call(5, True, 2.5, 1.5),  # noqa: FBT003 - the columns of a table
    Call(30, True, 2.4, 1.4),  # noqa: FBT003
    Call(30, False, 1.7, 1.2),  # noqa: FBT003
    Call(200, True, 1.4, 0.9),  # noqa: FBT003
    Call(200, False, 1.2, 0.7),  # noqa: FBT003
)


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


WARNS = Limit(2.5, warns=True)


def _median_ratio(rounds: Sequence[tuple[Round, Round]]) -> Callable[[str], float]:
    def of(field: str) -> float:
        ratios = (getattr(ours, field) / getattr(theirs, field) for ours, theirs in rounds)
        return float(statistics.median(ratios))

    return of


def _median_round(rounds: Sequence[tuple[Round, Round]]) -> Round:
    """The median over the rounds of each figure of the service, in its own unit."""
    ours = [one for one, _ in rounds]
    return Round(*(statistics.median(values) for values in zip(*ours, strict=True)))


class Bench:
    """Two servers and the rows that were measured so far."""

    def __init__(self, rounds: int, seconds: float) -> None:
        self.rounds, self.seconds = rounds, seconds
        self.rows: list[tuple[str, float, Limit]] = []
        self.absolute: list[tuple[str, Round]] = []
        first = patient_view(CALLS[0].observations)
        self.service, self.floor = Server(SERVICE, first), Server(FLOOR, first)

    def add(self, figure: str, ratio: float, limit: Limit) -> None:
        """Keeps a figure."""
        self.rows.append((figure, ratio, limit))

    def compare(
        self, bodies: Mapping[Call, Path], connections: int
    ) -> dict[Call, Callable[[str], float]]:
        """For each call the median over the rounds of service divided by floor, by field.

        The rounds of all calls alternate, so that what else runs on the machine meets all alike.
        """
        pairs: dict[Call, list[tuple[Round, Round]]] = {call: [] for call in bodies}
        for _ in range(self.rounds):
            for call, body in bodies.items():
                ours = self.one(self.service, body, connections)
                pairs[call].append((ours, self.one(self.floor, body, connections)))
        self.absolute += [(str(call), _median_round(rounds)) for call, rounds in pairs.items()]
        return {call: _median_ratio(rounds) for call, rounds in pairs.items()}

    def one(self, server: Server, body: Path, connections: int) -> Round:
        """One round of load on one server."""
        before = server.cpu()
        done = load.apply(server.port, body, connections, self.seconds)
        cpu = (server.cpu() - before) / done.requests
        return Round(cpu, done.requests / done.seconds, done.median, done.p99)

    def recorded(self, body: bytes, folder: Path, *, is_watched: bool = False) -> float:
        """The processor time of a service that stores everything, divided by the floor's."""
        folder.mkdir(exist_ok=True)
        recorded = RecordedServer(SERVICE, body, folder, is_watched=is_watched)
        file, tokens, ratios = folder / "recorded.json", folder / "tokens", []
        file.write_bytes(body)
        try:
            for _ in range(self.rounds):
                signed = recorded.sign(int(SIGNED_A_SECOND * self.seconds))
                tokens.write_text("\n".join(signed), "ascii")
                costs = []
                for server in (recorded.server, self.floor):
                    before = server.cpu()
                    done = signed_load.apply(server.port, file, BUSY, tokens)
                    costs.append((server.cpu() - before) / done)
                ratios.append(costs[0] / costs[1])
        finally:
            recorded.stop()
        return statistics.median(ratios)

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
    bodies = {call: folder / f"{number}.json" for number, call in enumerate(CALLS)}
    for call, path in bodies.items():
        path.write_bytes(patient_view(call.observations, card=call.card))
    rounds = bench.compare(bodies, BUSY)
    for call, seen in rounds.items():
        limit = Limit(call.limit, call.aim)
        bench.add(f"CPU per request / floor, {call}", seen("cpu"), limit)
    for call, seen in rounds.items():
        bench.add(f"wall: median latency / floor, {call}", seen("median"), WARNS)
        bench.add(f"wall: 99th percentile / floor, {call}", seen("p99"), WARNS)
    # Before the largest bodies, which only the service gets: until here both did the same work.
    memory = bench.service.memory() / bench.floor.memory()
    bench.add("memory / floor's", memory, Limit(1.4, 1.2))
    largest = folder / "largest.json"
    largest.write_bytes(patient_view(VERY_MANY))
    many = next(path for call, path in bodies.items() if call.observations == MANY and call.card)
    growth = [
        bench.one(bench.service, largest, 2).cpu / bench.one(bench.service, many, 2).cpu
        for _ in range(3)
    ]
    bench.add("CPU of 5000 / CPU of 200", statistics.median(growth), Limit(30, 15))
    recorded = bench.recorded(patient_view(30), folder)
    figure = "CPU per request / floor, 30, card, with RS384 token, replay memory and audit"
    bench.add(figure, recorded, Limit(4.0, 2.5))
    watched = bench.recorded(patient_view(30), folder / "watched", is_watched=True)
    bench.add(f"{figure}, log of requests, metrics and traces", watched, Limit(4.0, 2.5))
    first = bench.first_answer(patient_view(CALLS[0].observations))
    bench.add("first answer / floor's", first, Limit(2.0, 1.5))
    for name, line, limit in (
        ("plain form", plain_form(), Limit(30, 15)),
        ("Bundle of 6 Observations", bundle(), Limit(12, 8)),
    ):
        ratio = inside.line_ratio(line, bench.rounds, 0.2, fhir=name != "plain form")
        bench.add(f"batch: short answer / json.loads of a {name}", ratio, limit)
    page = inside.page_ratio(plain_form(), bench.rounds, 0.3)
    bench.add("try page / /v1/assessments of the same plain form", page, Limit(2.0))


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


def absolute_table(rounds: list[tuple[str, Round]], cores: int, kilobytes: int) -> str:
    """What one machine took, before any ratio: it says nothing of another machine."""
    lines = [
        f"memory of master and workers: {kilobytes / 1024:.0f} MB",
        "",
        "| request | median, ms | 99th percentile, ms | requests a second a core | CPU, ms |",
        "|---|---|---|---|---|",
    ]
    for call, one in rounds:
        rate, cpu = one.rate / cores, one.cpu * 1000
        lines.append(f"| {call} | {one.median:.1f} | {one.p99:.1f} | {rate:.0f} | {cpu:.2f} |")
    return "\n".join(lines)


def main() -> int:
    """Measures and prints; 1 when a limit is exceeded."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    quick = parser.parse_args().quick
    before = os.getloadavg()
    bench = Bench(rounds=3 if quick else 7, seconds=0.5 if quick else 2.0)
    try:
        with tempfile.TemporaryDirectory() as folder:
            measure(bench, Path(folder))
            kilobytes = bench.service.memory()
    finally:
        bench.stop()
    cores = len(os.sched_getaffinity(0))
    print(f"load of the machine before: {before[0]:.1f}, after: {os.getloadavg()[0]:.1f}")
    print(f"Python {platform.python_version()}, {cores} cores, client: {load.tool()}\n")
    print(absolute_table(bench.absolute, cores, kilobytes), end="\n\n")
    print(table(bench.rows))
    exceeded = [row for row, ratio, limit in bench.rows if verdict(ratio, limit) == "EXCEEDED"]
    for row in exceeded:
        print(f"over its limit: {row}")
    return 1 if exceeded else 0


if __name__ == "__main__":
    sys.exit(main())
