"""Prints docs/review/texts.md: every text of answers, cards, pages and reports, by its key."""

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

KNOWLEDGE = Path(__file__).resolve().parent.parent / "service" / "knowledge"
FOLDERS = ("words/en", "regimens")
HEAD = """\
# Every text

Every text that a doctor or a laboratory's reader can get, as the knowledge holds it; the packets of
[uk-nice](uk-nice.md) and [us-aafp](us-aafp.md) show those to be judged. `{…}` is filled in from the
record. `make docs` writes this page.
"""


def texts_of(value: object, key: str = "") -> Iterator[tuple[str, str]]:
    """Every text within a table of a knowledge file, with the path of its key."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield from texts_of(member, f"{key}.{name}" if key else name)
    elif isinstance(value, list):
        for member in value:
            yield from texts_of(member, key)
    elif isinstance(value, str):
        yield key, value


def page() -> str:
    """The whole page."""
    lines = [HEAD]
    for path in (
        path for folder in FOLDERS for path in sorted((KNOWLEDGE / folder).glob("*.toml"))
    ):
        lines += [f"\n## {path.parent.name}/{path.stem}\n", "| key | text |", "|---|---|"]
        table = tomllib.loads(path.read_text("utf-8"))
        lines += [f"| `{key}` | {text.replace('|', '&#124;')} |" for key, text in texts_of(table)]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())
