"""The words of alerts about orders, problems and discharge, by alert code."""

from collections.abc import Container, Mapping
from typing import Literal

from cobalamin.service.knowledge.errors import KnowledgeError
from cobalamin.service.knowledge.toml_files import (
    Sourced,
    check_complete,
    check_sources,
    check_texts,
    load_entries,
)
from cobalamin.service.rules.model.codes import ALERT_CODES
from cobalamin.service.rules.model.parameter import Citation

TOPIC_LENGTH = 100
WRITTEN = ("order-", "problem-")
# Leaves the longest name and two dates their room in a summary of 139 characters.
HEADLINE_LENGTH = 90


class AlertText(Sourced, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is said: the headline names what it is about as `{about}`, and perhaps the `{status}`.

    `because` and `do` are on the card, `text` is on the page that explains it. `…_deficient` is
    said where vitamin B12 is deficient. `shows` are the values of the patient on the card.
    """

    title: str
    headline: str
    because: str
    do: str
    headline_deficient: str | None = None
    do_deficient: str | None = None
    shows: tuple[Literal["status", "nerves"], ...] = ()
    warns: bool = False


class AlertWords(AlertText, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The words of one alert, and other words for its variants."""

    topic: str
    variants: Mapping[str, AlertText] = {}

    def text_for(self, variant: str | None) -> AlertText:
        """The words of a variant, or the usual ones."""
        return self if variant is None else self.variants[variant]


def load_alert_words(
    file: str, citations: Mapping[str, Citation], taken: Container[str]
) -> Mapping[str, AlertWords]:
    """The checked words of every alert; `taken` are the topics that cards already have.

    Raises:
        KnowledgeError: the file is wrong; the message names file and key.
    """
    words = load_entries(file, AlertWords)
    check_texts(file, words)
    check_sources(file, words, citations)
    check_complete(file, words, ALERT_CODES)
    topics = [entry.topic for entry in words.values()]
    for code, entry in words.items():
        if entry.topic in taken or topics.count(entry.topic) > 1 or not is_topic(entry.topic):
            raise KnowledgeError(file, code, "needs a topic of its own")
        for text in (entry, *entry.variants.values()):
            _check_headline(file, code, text)
    return words


def _check_headline(file: str, code: str, text: AlertText) -> None:
    about = code.startswith(WRITTEN)
    for headline in (text.headline, text.headline_deficient or text.headline):
        if headline.startswith("{about}: ") is not about or len(headline) > HEADLINE_LENGTH:
            problem = "must begin with what it is about, if about anything, and leave room for it"
            raise KnowledgeError(file, code, problem)


def is_topic(topic: str) -> bool:
    """Whether a topic consists of ASCII letters and digits, as clients key overrides by it."""
    return topic.isascii() and topic.isalnum() and len(topic) <= TOPIC_LENGTH
