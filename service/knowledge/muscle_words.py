"""The words about muscle complaints and emergencies, checked against the comparison they name."""

from string import Formatter

import msgspec

from cobalamin.service.knowledge.errors import KnowledgeError
from cobalamin.service.knowledge.toml_files import check_complete, check_texts, load_table
from cobalamin.service.rules.model.facts import Flag
from cobalamin.service.rules.model.vocabulary import Analyte, BodySite

EMERGENCIES = (Analyte.creatine_kinase, Analyte.potassium, Analyte.calcium, Analyte.magnesium)
SIDES = (Flag.low, Flag.high)
SLOTS = {
    "with": {"feature"},
    "dark_urine": {"complaint"},
    "for_b12": {"signs"},
    "against_b12": {"signs"},
    "for_other": {"cause", "signs"},
    "only_for_b12": set(),
    "only_against_b12": set(),
    "both_b12": set(),
    "open_b12": set(),
    "open_all": set(),
    "value": {"side", "analyte", "value"},
    "with_statin": {"value"},
    "explains": {"values"},
}
KNOWN_SLOTS = frozenset({"times", "beside", "value"})


class EmergencyWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An emergency in a few words, and what is added where there is room."""

    text: str
    more: str


class SignWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a sign of the comparison is said that is neither a feature nor a history entry."""

    site: str
    low: str
    normal: str
    high: str
    low_b12: str
    sufficient_b12: str
    progressive: str


class MuscleWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything that may be said about muscles; `cause` names the columns of the comparison."""

    beside: str = msgspec.field(name="with")
    dark_urine: str
    for_b12: str
    against_b12: str
    for_other: str
    only_for_b12: str
    only_against_b12: str
    both_b12: str
    open_b12: str
    open_all: str
    value: str
    with_statin: str
    explains: str
    emergency: dict[Analyte, EmergencyWords]
    side: dict[Flag, str]
    sign: SignWords
    site: dict[BodySite, str]
    cause: dict[str, str]


def load_muscle_words(file: str) -> MuscleWords:
    """The checked words.

    Raises:
        KnowledgeError: a text is missing, or has other slots than are filled.
    """
    words = load_table(file, MuscleWords)
    check_texts(file, words)
    check_complete(file, words.emergency, EMERGENCIES)
    check_complete(file, words.side, SIDES)
    check_complete(file, words.site, BodySite)
    texts = msgspec.to_builtins(words)
    for key, slots in SLOTS.items():
        if _slots(texts[key]) != slots:
            raise KnowledgeError(file, key, f"needs exactly these slots: {sorted(slots)}")
    for analyte, templates in words.emergency.items():
        if not _slots(templates.text) <= KNOWN_SLOTS:
            raise KnowledgeError(file, f"emergency.{analyte}", "has a slot that nothing fills")
    return words


def _slots(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
