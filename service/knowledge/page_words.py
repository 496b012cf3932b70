"""The words of the pages that explain a card."""

import msgspec

from cobalamin.service.knowledge.card_words import check_slots
from cobalamin.service.knowledge.toml_files import check_complete, check_texts, load_table
from cobalamin.service.rules.plan.pathway import STEPS_BY_ID


class PageWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Titles and sentences of a page; `comes_when` says by step when it comes."""

    service: str
    comes: str
    earlier: str
    suggests: str
    limits: str
    treatments: str
    others: str
    cautions: str
    muscles: str
    alternative: str
    how_sure: str
    source: str
    when: str
    signed: str
    not_signed: str
    objection: str
    attributes_title: str
    attributes: tuple[str, ...]
    report: str
    report_text: str
    contact: str
    last: str
    unavailable: str
    comes_when: dict[str, str]


def load_page_words(file: str) -> PageWords:
    """The checked words.

    Raises:
        KnowledgeError: a text is missing or empty, or a template has other slots than its own.
    """
    words = load_table(file, PageWords)
    check_texts(file, words)
    check_complete(file, words.comes_when, frozenset(STEPS_BY_ID))
    check_slots(file, "signed", words.signed, ["name", "role", "date", "again"])
    check_slots(file, "objection", words.objection, ["name", "role", "date", "comment"])
    check_slots(file, "contact", words.contact, ["contact"])
    check_slots(file, "last", words.last, ["profile", "version"])
    return words
