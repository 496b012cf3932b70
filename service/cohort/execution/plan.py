"""The plan of a run: its inputs with their hashes, and the units of work they are split into.

A unit is small enough that a worker holds it in memory, and is done as a whole or not at all; that
is what a run is resumed by.
"""

from msgspec import Struct

from cobalamin.service.cohort.input.files import FileKind
from cobalamin.service.cohort.input.parts import Part


class Input(Struct, frozen=True):
    """One input file, as the manifest names it."""

    file: str
    kind: FileKind
    size: int
    sha256: str


class WorkUnit(Struct, frozen=True):
    """What one worker does at a time."""

    name: str
    parts: tuple[Part, ...]
    size: int = 0


class RunPlan(Struct, frozen=True):
    """Everything that is to be done, for the options that it was made with."""

    options: str
    inputs: tuple[Input, ...]
    units: tuple[WorkUnit, ...]
    bulk: tuple[WorkUnit, ...]
    tables: tuple[str, ...]
    buckets: int

    @property
    def size(self) -> int:
        """Bytes of all units."""
        return sum(unit.size for unit in (*self.units, *self.bulk))
