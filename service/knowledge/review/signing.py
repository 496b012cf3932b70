"""Adds signatures to the file of signatures, and keeps the content that they cover."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from cobalamin.service.knowledge.review.changes import CONTENTS, load_signed_contents
from cobalamin.service.knowledge.review.lines import ReviewItem
from cobalamin.service.knowledge.review.signatures import FILE, Signature


def add_signatures(
    root: Path, signatures: Iterable[Signature], items: Iterable[ReviewItem]
) -> None:
    """Append the signatures, and the lines of each item under its digest."""
    contents = {digest: list(lines) for digest, lines in load_signed_contents(root).items()}
    contents.update((item.digest, list(item.lines)) for item in items)
    with (root / FILE).open("a", encoding="utf-8") as file:
        for signature in signatures:
            file.write("\n".join(("", "[[signature]]", *_entry(signature), "")))
    text = json.dumps(contents, ensure_ascii=False, indent=1, sort_keys=True)
    (root / CONTENTS).write_text(text + "\n", "utf-8")


def _entry(one: Signature) -> Iterator[str]:
    for name in ("item", "profile", "digest", "name", "registration", "role"):
        # A JSON string is a TOML basic string too.
        yield f"{name} = {json.dumps(getattr(one, name), ensure_ascii=False)}"
    yield f"date = {one.day}"
    yield f"look_again = {one.look_again}"
    yield f'verdict = "{one.verdict}"'
    if one.comment:
        yield f"comment = {json.dumps(one.comment, ensure_ascii=False)}"
