"""What a run was asked for."""

from datetime import date
from pathlib import Path

from msgspec import Struct

from cobalamin.service.knowledge.profile import Profile


class RunOptions(Struct, frozen=True, kw_only=True):
    """What was asked for; without a day each document has its own, or today."""

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
