"""The topics of cards, by which clients and sites switch them on and off."""

from cobalamin.service.answers.cards import UNAVAILABLE_TOPIC
from cobalamin.service.knowledge.wording import Wording


def topic_codes(wording: Wording) -> frozenset[str]:
    """The topics of all cards that this wording can make."""
    steps = {words.topic for words in wording.rungs.values()}
    alerts = {words.topic for words in wording.alerts.values()}
    return frozenset({*steps, *alerts, UNAVAILABLE_TOPIC})
