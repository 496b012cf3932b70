"""Makes the plan of a run from its inputs."""

from collections.abc import Iterator
from pathlib import Path

from cobalamin.service.cohort.errors import CohortError
from cobalamin.service.cohort.execution.plan import Input, RunPlan, WorkUnit
from cobalamin.service.cohort.input.files import (
    FileKind,
    find_files,
    hash_of,
    is_compressed,
    kind_of,
)
from cobalamin.service.cohort.input.parts import Part
from cobalamin.service.cohort.input.split import SIZES, check_packed, split

DOCUMENTS = 200


def make_plan(paths: tuple[Path, ...], folder: Path | None, options: str, buckets: int) -> RunPlan:
    """The plan for these inputs; compressed ones are unpacked into the folder, in pieces.

    Without a folder they are left as they are, each in one piece.

    Raises:
        CohortError: an input cannot be read.
    """
    inputs: list[Input] = []
    parts: list[list[Part]] = []
    for file in find_files(paths):
        kind = kind_of(file)
        packed = is_compressed(file) and kind is not FileKind.table
        try:
            if packed and folder is None:
                digest, file_parts = check_packed(file, kind)
            else:
                target = folder / f"unpacked-{len(inputs)}" if folder and packed else None
                digest, file_parts = split(file, kind, target)
        except (OSError, EOFError) as error:
            raise CohortError(f"{file}: cannot be read to its end ({error})") from None
        inputs.append(Input(str(file), kind, file.stat().st_size, digest))
        parts.append(file_parts)
    every = [part for file_parts in parts for part in file_parts]
    bulk = [part for part in every if part.kind is FileKind.bulk]
    tables = tuple(item.file for item in inputs if item.kind is FileKind.table)
    amount = sum(part.end - part.start for part in bulk) + sum(_size(name) for name in tables)
    return RunPlan(
        options=options,
        inputs=tuple(inputs),
        units=tuple(_units([part for part in every if part.kind is not FileKind.bulk])),
        bulk=tuple(_named("bulk", [part], at) for at, part in enumerate(bulk)),
        tables=tables,
        buckets=max(buckets, amount // SIZES.bucket + 1) if bulk or tables else 0,
    )


def hash_inputs(paths: tuple[Path, ...]) -> Iterator[tuple[str, str]]:
    """Each input with its hash, to compare with a plan."""
    for file in find_files(paths):
        yield str(file), hash_of(file)


def _size(name: str) -> int:
    return Path(name).stat().st_size


def _units(parts: list[Part]) -> Iterator[WorkUnit]:
    """Pieces of large files alone, small documents together."""
    at, gathered, size = 0, list[Part](), 0
    for part in parts:
        if gathered and (size + part.end - part.start > SIZES.unit or len(gathered) >= DOCUMENTS):
            yield _named("unit", gathered, at)
            at, gathered, size = at + 1, [], 0
        gathered.append(part)
        size += part.end - part.start
    if gathered:
        yield _named("unit", gathered, at)


def _named(name: str, parts: list[Part], at: int) -> WorkUnit:
    return WorkUnit(f"{name}-{at:06}", tuple(parts), sum(part.end - part.start for part in parts))
