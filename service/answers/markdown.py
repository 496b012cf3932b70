"""Text from elsewhere made harmless in GitHub Markdown, where some clients allow HTML."""

import re

ESCAPED = str.maketrans(
    {
        **{mark: f"\\{mark}" for mark in "\\`*_[]|~#!"},
        "<": "\u2039",
        ">": "\u203a",
        "&": "+",
    }
)
# Nearly every line consists of these alone; an address would need ww, or :/ together.
HARMLESS = re.compile(r"(?:[A-VX-Za-vx-z0-9 ,.;()%'+=/-]++|[Ww](?![Ww])|:(?!/))*+")


def escaped(text: str) -> str:
    """The text as it reads, on one line, without markup, HTML or links."""
    return text if HARMLESS.fullmatch(text) else made_safe(text)


def made_safe(text: str) -> str:
    """The same for any text: mark by mark."""
    line = "".join(c if c.isprintable() else " " for c in text)
    bare = line.translate(ESCAPED).replace("://", r"\://")
    return bare.replace("www.", r"www\.").replace("WWW.", r"WWW\.")
