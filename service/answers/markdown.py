"""Text from elsewhere made harmless in GitHub Markdown, where some clients allow HTML."""

from functools import lru_cache

ESCAPED = str.maketrans(
    {
        **{mark: f"\\{mark}" for mark in "\\`*_[]|~#!"},
        "<": "\u2039",
        ">": "\u203a",
        "&": "+",
    }
)


@lru_cache(maxsize=4096)
def escaped(text: str) -> str:
    """The text as it reads, on one line, without markup, HTML or links."""
    line = "".join(c if c.isprintable() else " " for c in text)
    bare = line.translate(ESCAPED).replace("://", r"\://")
    return bare.replace("www.", r"www\.").replace("WWW.", r"WWW\.")
