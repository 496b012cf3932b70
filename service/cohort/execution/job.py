"""What the units of a run have in common, and what each of them came to."""

from datetime import date

from msgspec import Struct


class Job(Struct, frozen=True, kw_only=True):
    """What all units of a run have in common; without a day each document has its own."""

    profile: str
    site: str | None
    today: date
    on: date | None
    folder: str
    mapping: str | None
    laboratory: bool
    sample: int
    buckets: int


class Counts(Struct):
    """What a unit came to; `passed` counts resources by the types that are not read."""

    rows: int = 0
    refused: int = 0
    passed: dict[str, int] = {}
