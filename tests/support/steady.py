"""Answers without what is made anew for each: identifiers, and hashes of what was loaded.

Only the very hash that was loaded gives way to its name, in full or as the short form of a
card's detail. Any other one stays as it is, so that a kept answer shows that it is wrong.
"""

import re
from collections.abc import Mapping

from cobalamin.service.answers.evidence_text import SHORT_HASH
from cobalamin.service.knowledge.loader import knowledge_hash

IDENTITY = re.compile(r"00000000-0000-4000-8000-[0-9]{12}")
KNOWLEDGE = "KNOWLEDGE-HASH"


def steady(text: str, hashes: Mapping[str, str] | None = None) -> str:
    """The text with identifiers numbered as they appear, and each named hash as its name.

    The hash of the knowledge in use always has one; `hashes` are others, by their names.
    """
    known: dict[str, str] = {}

    def number(found: re.Match[str]) -> str:
        return known.setdefault(found[0], f"00000000-0000-4000-8000-{len(known):012d}")

    text = IDENTITY.sub(number, text)
    for name, loaded in {KNOWLEDGE: knowledge_hash(), **(hashes or {})}.items():
        text = text.replace(loaded, name).replace(loaded[:SHORT_HASH], name)
    return text
