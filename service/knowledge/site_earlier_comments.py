"""How long a site has report comments remembered, and when the same one is left out."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated

from msgspec import Meta, Struct

from cobalamin.service.knowledge.toml_files import UNSAFE

MOST_DAYS = 3650
Days = Annotated[int, Meta(ge=1, le=MOST_DAYS)]


class EarlierComments(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How long a comment is remembered, with who chose it, why and when.

    For `keep_days` it is replaced or withdrawn by reference where its result changes. Within
    `repeat_after_days` the same comment of the same patient is left out; None leaves none out.
    """

    keep_days: Days
    author: str
    why: str
    reviewed: date
    repeat_after_days: Days | None = None


def earlier_faults(earlier: EarlierComments) -> Iterator[str]:
    """What is wrong with the choice of a file, a sentence for each."""
    if (earlier.repeat_after_days or 0) > earlier.keep_days:
        yield "comments.earlier.repeat_after_days: must be at most keep_days"
    for text in (earlier.author, earlier.why):
        if not text.strip() or UNSAFE & set(text):
            yield "comments.earlier: author and why must be plain text without markup"


def earlier_changes(earlier: EarlierComments) -> Iterator[str]:
    """A sentence for each choice."""
    by = f"{earlier.author}: {earlier.why}"
    yield f"comments are replaced and withdrawn for {earlier.keep_days} days ({by})"
    if earlier.repeat_after_days is not None:
        yield f"the same comment is left out within {earlier.repeat_after_days} days ({by})"
