"""What changed since items were signed: their content then beside their content now."""

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path

import msgspec

from cobalamin.service.knowledge import toml_files
from cobalamin.service.knowledge.review.lines import ReviewItem
from cobalamin.service.knowledge.review.signatures import Signature, SignatureState

CONTENTS = "signed_contents.json"


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One item whose content is no longer what was signed; lines that went and lines that came."""

    signature: Signature
    removed: tuple[str, ...]
    added: tuple[str, ...]


def load_signed_contents(root: Path | None = None) -> Mapping[str, tuple[str, ...]]:
    """The lines that each signed digest stands for; empty where nothing was signed."""
    file = (root or toml_files.ROOT) / CONTENTS
    if not file.exists():
        return {}
    return {digest: tuple(lines) for digest, lines in json.loads(file.read_text("utf-8")).items()}


def get_changes(
    signatures: Iterable[Signature],
    items: Mapping[str, ReviewItem],
    contents: Mapping[str, tuple[str, ...]],
    since: date | None = None,
) -> Iterator[Change]:
    """Each item that differs from its newest signature made up to a day, or from the newest one."""
    newest: dict[str, Signature] = {}
    for one in sorted(signatures, key=lambda one: one.day):
        if since is None or one.day <= since:
            newest[one.item] = one
    for key, one in newest.items():
        now = items[key].lines if key in items else ()
        if key not in items or items[key].digest != one.digest:
            yield _change(one, contents.get(one.digest, ()), now)


def lapsed(
    signatures: Iterable[Signature], items: Mapping[str, ReviewItem], on: date
) -> Iterator[tuple[Signature, SignatureState]]:
    """The signatures that no longer count, and why; objections only while they are open."""
    for one in signatures:
        state = one.state(items, on)
        answered = state is SignatureState.objected and not one.is_open_objection
        if state is not SignatureState.valid and not answered:
            yield one, state


def _change(one: Signature, before: tuple[str, ...], now: tuple[str, ...]) -> Change:
    lines = list(difflib.ndiff(before, now))
    return Change(
        signature=one,
        removed=tuple(line[2:] for line in lines if line.startswith("- ")),
        added=tuple(line[2:] for line in lines if line.startswith("+ ")),
    )
