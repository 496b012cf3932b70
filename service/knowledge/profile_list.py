"""The list of profiles: settings, documents, the loader and the tests all take it from here."""

from collections.abc import Mapping
from functools import cache

import msgspec

from cobalamin.service.knowledge.toml_files import load_entries

FILE = "profiles.toml"


class ProfileEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One profile of the list: its title, and its table of thresholds."""

    title: str
    table: str


@cache
def profile_list() -> Mapping[str, ProfileEntry]:
    """Every profile by its id.

    Raises:
        KnowledgeError: the file has another shape.
    """
    return load_entries(FILE, ProfileEntry)


def profile_ids() -> tuple[str, ...]:
    """The ids of the profiles, in the order in which they are documented; the first is the default.

    Raises:
        KnowledgeError: the list cannot be read.
    """
    return tuple(profile_list())
