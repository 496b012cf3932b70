"""What a site file says about report comments: who releases them, how wide they are."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Literal

from msgspec import Struct

from cobalamin.service.knowledge.comments import MEANINGS
from cobalamin.service.knowledge.site_earlier_comments import (
    EarlierComments,
    earlier_changes,
    earlier_faults,
)
from cobalamin.service.knowledge.toml_files import UNSAFE
from cobalamin.service.message_form import LineWidth

ReleaseChoice = Literal["required", "automatic", "off"]


class CommentRelease(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How the comments of one code are released, with who chose it, why and when.

    `automatic` and `off` count for a routine comment alone.
    """

    value: ReleaseChoice
    author: str
    why: str
    reviewed: date


class SiteComments(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a site chooses for its report comments.

    `line_width` is the most characters of an NTE line; None makes each sentence a line.
    """

    release: Mapping[str, CommentRelease] = {}
    earlier: EarlierComments | None = None
    line_width: LineWidth | None = None


def comment_faults(comments: SiteComments) -> Iterator[str]:
    """What is wrong with the choices of a file, a sentence for each."""
    for code, release in comments.release.items():
        if code not in MEANINGS:
            yield f"comments.release.{code}: is none of {', '.join(sorted(MEANINGS))}"
        for text in (release.author, release.why):
            if not text.strip() or UNSAFE & set(text):
                yield f"comments.release.{code}: author and why must be plain text without markup"
    if comments.earlier is not None:
        yield from earlier_faults(comments.earlier)


def comment_changes(comments: SiteComments) -> Iterator[str]:
    """A sentence for each choice."""
    for code, release in comments.release.items():
        yield f"comment {code}: {release.value} ({release.author}: {release.why})"
    if comments.earlier is not None:
        yield from earlier_changes(comments.earlier)
    if comments.line_width is not None:
        yield f"comment lines have at most {comments.line_width} characters"
