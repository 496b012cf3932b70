"""What is broadcast to the workers of Spark, and what each of them loads from it once."""

import gc
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from cobalamin.service.cohort.code_counts import CodeSample
from cobalamin.service.cohort.errors import CohortError
from cobalamin.service.cohort.input.documents import DocumentOptions
from cobalamin.service.cohort.input.table.mapping import TableMapping
from cobalamin.service.knowledge.errors import KnowledgeError
from cobalamin.service.knowledge.profile import Profile, load_profile
from cobalamin.service.knowledge.site import load_site
from cobalamin.service.version import VERSION

if TYPE_CHECKING:
    from pyspark import Broadcast

OTHER = (
    "a worker of Spark has another version of cobalamin or another site file than the driver; "
    "install the same on every machine"
)


class Shared(Struct, frozen=True, kw_only=True):
    """The options of a run, and the profile by name, site file and hash.

    The profile itself is loaded by each worker, because its tables are mapped into memory from
    the installed package; the hash makes sure that it is the driver's.
    """

    profile: str
    site: str | None
    hash: str
    site_hash: str | None
    version: str
    today: date
    on: date | None
    mapping: TableMapping | None
    laboratory: bool
    sample: int

    @classmethod
    def of(  # noqa: PLR0913 - the options of a run
        cls,
        profile: Profile,
        *,
        site: Path | None,
        today: date,
        on: date | None,
        mapping: TableMapping | None = None,
        laboratory: bool = False,
        sample: int = 0,
    ) -> "Shared":
        """What workers need to assess with this profile."""
        return cls(
            profile=profile.knowledge.profile,
            site=None if site is None else str(site.absolute()),
            hash=profile.knowledge.hash,
            site_hash=None if profile.site is None else profile.site.hash,
            version=VERSION,
            today=today,
            on=on,
            mapping=mapping,
            laboratory=laboratory,
            sample=sample,
        )


_loaded: dict[tuple[str, str, str | None], Profile] = {}


def options_of(shared: "Broadcast[Shared]") -> DocumentOptions:
    """What documents are read with in this worker.

    Raises:
        CohortError: the worker has another knowledge than the driver.
    """
    told = shared.value
    profile = _profile(told)
    return DocumentOptions(
        profile=profile,
        today=told.today,
        on=told.on,
        mapping=told.mapping,
        laboratory=told.laboratory,
        codes=CodeSample(profile.codes, told.sample),
    )


def _profile(told: Shared) -> Profile:
    key = (told.profile, told.hash, told.site_hash)
    if key not in _loaded:
        try:
            site = None if told.site is None else load_site(Path(told.site))
            profile = load_profile(told.profile, site)
        except KnowledgeError as error:
            raise CohortError(f"a worker of Spark cannot load the profile: {error}") from None
        own = None if profile.site is None else profile.site.hash
        if (VERSION, profile.knowledge.hash, own) != (told.version, told.hash, told.site_hash):
            raise CohortError(OTHER)
        _loaded[key] = profile
        # The knowledge stays as long as the worker.
        gc.freeze()
    return _loaded[key]
