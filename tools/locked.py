"""Reads requirements.lock: which packages it pins, and which of them a set needs.

The one lock file holds the runtime, build, dev, cohort and tracing sets. Its `# via` comments say
who asked for each package, so a set is what can be reached from the project's own entries. The
container uses this to leave the test tools out, the licence gate to look at what is shipped.

    python3 tools/locked.py SET... < requirements.lock > subset.lock
"""

import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass

SETS = ("runtime", "build", "dev", "cohort", "tracing")
_PIN = re.compile(
    r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)(?:\s*;\s*(?P<marker>[^\\]+))?"
)
_ROOT = re.compile(r"^cobalamin \(pyproject\.toml(?::(?P<group>[a-z]+))?\)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """One locked package: its lines as they stand, and the names of those that asked for it."""

    name: str
    version: str
    marker: str | None
    lines: tuple[str, ...]
    wanted_by: tuple[str, ...]


def read_lock(text: str) -> tuple[Pin, ...]:
    """Every pin of the lock file, in its order."""
    return tuple(_read_pin(block) for block in _blocks(text.splitlines()))


def _blocks(lines: Iterable[str]) -> list[list[str]]:
    blocks: list[list[str]] = []
    for line in lines:
        if _PIN.match(line):
            blocks.append([line])
        elif blocks:
            blocks[-1].append(line)
    return blocks


def _read_pin(block: list[str]) -> Pin:
    match = _PIN.match(block[0])
    if match is None:
        message = f"requirements.lock: {block[0]!r} is not a pin; run `make lock`"
        raise ValueError(message)
    comments = (line.strip().removeprefix("#").strip() for line in block if "#" in line)
    dependents = (comment.removeprefix("via").strip() for comment in comments)
    return Pin(
        name=match["name"],
        version=match["version"],
        marker=match["marker"].strip() if match["marker"] else None,
        lines=tuple(line for line in block if "#" not in line),
        wanted_by=tuple(name for name in dependents if name),
    )


def pins_of(pins: Iterable[Pin], sets: Iterable[str]) -> tuple[Pin, ...]:
    """The pins that the named sets need, directly or through another package."""
    everything = tuple(pins)
    wanted = set(sets)
    names = {pin.name for pin in everything if wanted & _own_sets(pin)}
    grown = True
    while grown:
        more = {pin.name for pin in everything if names & set(pin.wanted_by)} - names
        names |= more
        grown = bool(more)
    return tuple(pin for pin in everything if pin.name in names)


def _own_sets(pin: Pin) -> set[str]:
    roots = (_ROOT.match(name) for name in pin.wanted_by)
    return {root["group"] or "runtime" for root in roots if root}


def main(sets: list[str]) -> int:
    """Prints the subset of the lock file on standard input that the named sets need."""
    unknown = [name for name in sets if name not in SETS]
    if unknown or not sets:
        print(
            f"usage: locked.py {{{'|'.join(SETS)}}}...  (got {unknown or 'none'})", file=sys.stderr
        )
        return 2
    for pin in pins_of(read_lock(sys.stdin.read()), sets):
        print("\n".join(pin.lines))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
