"""What a run was asked for."""

from datetime import date
from enum import StrEnum
from pathlib import Path

from msgspec import Struct

from cobalamin.service.knowledge.profile import Profile


class Engine(StrEnum):
    """What assesses: worker processes of this machine, or Apache Spark."""

    local = "local"
    spark = "spark"


class RunOptions(Struct, frozen=True, kw_only=True):
    """What was asked for; without a day each document has its own, or today.

    Without a `master` it is the one that Spark is configured with.
    """

    paths: tuple[Path, ...]
    output: Path
    profile: Profile
    site: Path | None
    today: date
    on: date | None
    mapping: Path | None
    laboratory: bool
    sample: int
    jobs: int
    resume: bool
    engine: Engine = Engine.local
    master: str | None = None
