"""The words of the text answer, of draft orders, and of values and facts in words."""

from collections.abc import Mapping

import msgspec

from cobalamin.service.knowledge.card_words import check_slots
from cobalamin.service.knowledge.toml_files import check_complete, check_texts, load_table
from cobalamin.service.knowledge.treatments import Administration
from cobalamin.service.rules.model.vocabulary import History


class _Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class TextTitles(_Words, frozen=True, kw_only=True):
    """The titles of the parts of the text answer."""

    why: str
    suggested: str
    cautions: str
    expect: str
    values: str
    unknown: str
    notes: str
    causes: str
    confounders: str


class TextLines(_Words, frozen=True, kw_only=True):
    """The lines of the text answer."""

    step: str
    status: str
    blood: str
    nerves: str
    listed: str
    note: str
    recommended: str
    alternative: str
    version: str
    version_at_site: str


class ValuePhrases(_Words, frozen=True, kw_only=True):
    """A result, the limit that it is compared with, and a source."""

    quantity: str
    missing: str
    result: str
    short: str
    limit: str
    own_limit: str
    below: str
    at: str
    above: str
    against: str
    source: str
    unsure_source: str


class FactPhrases(_Words, frozen=True, kw_only=True):
    """What is recorded of a symptom, a condition or a medicine."""

    recorded: str
    present: str
    absent: str
    examined: str
    progressive: str
    not_progressive: str
    intermittent: str
    active: str
    past: str
    since: str
    last: str


class UnknownPhrases(_Words, frozen=True, kw_only=True):
    """What is not on record, and why a result does not count."""

    decides: str
    rests: str
    preliminary: str
    not_used: str
    unusable: str


class FhirTexts(_Words, frozen=True, kw_only=True):
    """Texts of the FHIR answer that belong to no code."""

    patient: str
    nerves: str
    nothing_noted: str


class DraftTexts(_Words, frozen=True, kw_only=True):
    """Texts of draft orders: routes, units by their UCUM code, and foods to leave out."""

    diet: str
    liver: str
    routes: dict[Administration, str]
    units: dict[str, str]
    foods: dict[History, str]


class TextWords(_Words, frozen=True, kw_only=True):
    """Every word of answers that are not cards and that belongs to no code."""

    titles: TextTitles
    lines: TextLines
    values: ValuePhrases
    facts: FactPhrases
    unknown: UnknownPhrases
    fhir: FhirTexts
    drafts: DraftTexts


DRAFT_UNITS = ("ug", "mg", "d", "wk", "mo")
SLOTS: Mapping[str, Mapping[str, str]] = {
    "titles": {},
    "lines": {
        "step": "route urgency",
        "status": "status band",
        "blood": "anaemia cells megaloblastic",
        "nerves": "tier",
        "listed": "title names",
        "note": "where text code",
        "recommended": "label source",
        "alternative": "text source",
        "version": "profile version digits",
        "version_at_site": "profile version digits site",
    },
    "values": {
        "quantity": "number unit",
        "result": "name value date",
        "short": "name value",
        "limit": "limit",
        "own_limit": "limit",
        "below": "value limit",
        "at": "value limit",
        "above": "value limit",
        "against": "value limit",
        "source": "title locator",
        "unsure_source": "source verification",
    },
    "facts": {"recorded": "name details", "since": "date", "last": "date"},
    "unknown": {
        "decides": "fact what",
        "rests": "fact",
        "preliminary": "fact value",
        "not_used": "fact reason",
    },
    "fhir": {},
}
"""The slots of every template; a text that is not named here has none."""


def load_text_words(file: str) -> TextWords:
    """The checked words.

    Raises:
        KnowledgeError: a text is missing or empty, or a template has other slots than its own.
    """
    words = load_table(file, TextWords)
    check_texts(file, words)
    check_complete(file, words.drafts.routes, Administration)
    check_complete(file, words.drafts.units, DRAFT_UNITS)
    for part, slots in SLOTS.items():
        texts = getattr(words, part)
        for name in texts.__struct_fields__:
            check_slots(file, f"{part}.{name}", getattr(texts, name), slots.get(name, "").split())
    return words
