"""Everything that is loaded once at start: limits, units, codes and wording of a profile."""

from dataclasses import dataclass

from cobalamin.service.knowledge.codes import Codes, load_codes
from cobalamin.service.knowledge.loader import load_knowledge
from cobalamin.service.knowledge.wording import Wording, load_wording
from cobalamin.service.rules.knowledge import Knowledge


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """What the doors hand to readers, rules and answers."""

    knowledge: Knowledge
    codes: Codes
    wording: Wording


def load_library(profile: str) -> Library:
    """The checked knowledge of a profile.

    Raises:
        KnowledgeError: any file is wrong; the message names file and key.
    """
    knowledge = load_knowledge(profile)
    return Library(
        knowledge=knowledge,
        codes=load_codes(),
        wording=load_wording(profile, knowledge.citations),
    )
