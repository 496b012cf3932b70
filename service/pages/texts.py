"""The words of the pages, by code; templates hold the sentences around them."""

from functools import cache
from pathlib import Path

import msgspec

Texts = dict[str, str]


class PageTexts(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Every section of the file."""

    spec_title: str
    row_file: str
    bands: Texts
    indicators: Texts
    states: Texts
    findings: Texts
    formats: Texts
    choices: Texts
    groups: Texts
    switches: Texts
    moved: Texts
    kinds: Texts
    bounds: Texts
    codes: Texts


@cache
def page_texts() -> PageTexts:
    """The words in English, read once."""
    text = (Path(__file__).parent / "words" / "en.toml").read_bytes()
    return msgspec.toml.decode(text, type=PageTexts)
