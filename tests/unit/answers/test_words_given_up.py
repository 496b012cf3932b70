"""No answer says any more what a clinician would not sign, whatever the record."""

import json
import re

import pytest

from assessments import a_card_context, get_profile
from cobalamin.service.answers.cards import to_cards
from cobalamin.service.answers.comment import to_comment
from cobalamin.service.answers.plain import to_plain
from cobalamin.service.answers.text import to_text
from cobalamin.service.rules.assess import assess
from spec_tables import PROFILES, spec_rows

NOWHERE = (
    "result that still counts",
    "broken red cells",
    "could change the vitamin B12 status",
    "Folic acid alone corrects",
    "monitor B12 every",
    "monitor vitamin B12 every",
    "lack of working",
    "not to be had",
    "is lacking",
    "is no reassurance",
    "that goes on",
    "raises the tier",
)
NOT_ON_CARDS = ("Consider as well", "not yet checked", "from a summary", "above the limit of 180")
ABOVE_A_LEVEL = re.compile(r"(?:Total|Active) vitamin B12 [^,\n]*, above the limit of")
ROWS = tuple(spec_rows())


@pytest.mark.parametrize("profile", PROFILES)
def test_no_answer_to_a_spec_row_says_what_was_given_up(profile: str) -> None:
    chosen = get_profile(profile)
    found = []
    for row in ROWS:
        assessment = assess(row.facts, chosen.knowledge, row.on)
        cards = to_cards(a_card_context(assessment, profile), show_unavailable=True)
        comment = to_comment(assessment, chosen)
        on_cards = " ".join(f"{card['summary']} {card.get('detail', '')}" for card in cards)
        everywhere = json.dumps(
            to_plain(assessment, chosen, cards), ensure_ascii=False, default=str
        )
        text = to_text(assessment, chosen)
        everywhere += text + (comment.text if comment else "")
        begins = "folic-acid-after-b12" in everywhere
        phrases = [p for p in NOWHERE if p in everywhere and (begins or p != NOWHERE[3])]
        phrases += [phrase for phrase in NOT_ON_CARDS if phrase in on_cards]
        phrases += ["a level above its lower limit"] if ABOVE_A_LEVEL.search(text) else []
        found += [f"{row.place}: {phrase}" for phrase in phrases]
    assert not found, found[:5]
