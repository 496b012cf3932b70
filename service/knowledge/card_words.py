"""The words that put a card together: titles, and templates with named slots."""

from collections.abc import Iterable, Mapping
from string import Formatter
from typing import Annotated

import msgspec
from msgspec import Meta

from cobalamin.service.knowledge.errors import KnowledgeError
from cobalamin.service.knowledge.toml_files import check_complete, check_texts, load_table
from cobalamin.service.rules.model.assessment import Status
from cobalamin.service.rules.model.codes import ReasonCode
from cobalamin.service.rules.model.quantities import Comparator
from cobalamin.service.rules.model.thresholds import Thresholds
from cobalamin.service.rules.model.vocabulary import Analyte


class _Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class CardTitles(_Words, frozen=True, kw_only=True):
    """The titles of the parts of a card."""

    because: str
    do: str
    care: str
    change: str


class ValueWords(_Words, frozen=True, kw_only=True):
    """How a result is shown with its limit, what that means, and its date."""

    plain: str
    dated: str
    all_dated: str
    meaning: str
    meaning_dated: str
    limit: str
    own_limit: str
    between: str
    over: str
    unclear: str
    about: str
    low: str
    not_low: str
    raised: str
    not_raised: str
    day: str
    month: str
    days: str
    age: str


class LimitWords(_Words, frozen=True, kw_only=True):
    """What a result is called on the side of a limit that counts, and on the other."""

    met: str
    unmet: str


class FactWords(_Words, frozen=True, kw_only=True):
    """How a recorded symptom, condition or medicine is shown."""

    since: str
    last: str
    past: str
    progressive: str
    cause: str
    no_level: str
    old_level: str
    pending_level: str
    folic_acid: str


class ActionWords(_Words, frozen=True, kw_only=True):
    """How the suggestions of a plan become sentences."""

    urgent: str
    soon: str
    if_not: str
    ask_doses: str
    if_given: str
    if_missed: str
    samples: str
    alternative: str
    refer: str
    tests: str
    review: str
    and_last: str
    tests_urgent: str
    tests_soon: str
    draft: str
    instead: str
    remove: str
    remove_order: str
    referrals: str
    first_tests: str


class ChangeWords(_Words, frozen=True, kw_only=True):
    """How what is not known, not sent or not used is named."""

    facts: str
    not_sent: str
    not_read: str
    not_used: str
    pending: str
    pending_value: str


class LastLineWords(_Words, frozen=True, kw_only=True):
    """The last line of a card: the profile, who signed the step, and the site's contact."""

    profile: str
    contact: str
    signed: str
    not_signed: str


class OrderNameWords(_Words, frozen=True, kw_only=True):
    """What an order is called; `dose` is what one piece holds or what is taken in a day."""

    dosed: str
    b12_dosed: str
    test: str


class SourceWords(_Words, frozen=True, kw_only=True):
    """The label of a card's source, of its link, and the title of a card without advice."""

    label: str
    link: str
    unavailable: str


class ChildWords(_Words, frozen=True, kw_only=True):
    """What a card about a child says: what was found, and paediatrics with its day."""

    quiet: str
    quiet_without_finding: str
    quiet_do: str
    summary: str
    without_finding: str
    low: str
    do: str
    comment: str
    infant: str
    care: str


class CardWords(_Words, frozen=True, kw_only=True):
    """Every word of a card that belongs to no code."""

    months: Annotated[tuple[str, ...], Meta(min_length=12, max_length=12)]
    titles: CardTitles
    comparators: dict[Comparator, str]
    value: ValueWords
    reasons: dict[str, str]
    limits: dict[str, LimitWords]
    fact: FactWords
    do: ActionWords
    change: ChangeWords
    lists: dict[str, str]
    last: LastLineWords
    names: dict[Analyte, str]
    units: dict[str, str]
    order: OrderNameWords
    status: dict[Status, str]
    source: SourceWords
    override: dict[str, str]
    child: ChildWords


OVERRIDE_CODES = (
    "action-completed",
    "patient-contraindication",
    "patient-refuses",
    "patient-ineligible",
    "does-not-align-latest-evidence",
    "need-more-info",
    "service-not-available",
    "limited-time",
)
"""Codes of HL7's non-adherence reasons that a card offers."""

SLOTS: Mapping[str, Mapping[str, str]] = {
    "value": {
        "plain": "name value",
        "dated": "value date",
        "all_dated": "date values",
        "meaning": "value meaning",
        "meaning_dated": "value meaning date",
        "limit": "meaning limit",
        "own_limit": "meaning limit",
        "between": "low high",
        "over": "high",
        "unclear": "limit",
        "about": "number",
        "day": "day month year",
        "month": "month year",
        "days": "first last",
        "age": "age",
    },
    "fact": {
        "since": "fact date",
        "last": "fact date",
        "past": "fact",
        "progressive": "fact",
        "cause": "causes",
        "old_level": "date",
        "pending_level": "result value",
    },
    "do": {
        "urgent": "first",
        "soon": "first",
        "if_not": "first",
        "if_given": "first",
        "if_missed": "first",
        "samples": "product",
        "alternative": "product other",
        "refer": "specialties",
        "tests": "tests",
        "review": "when",
        "and_last": "most last",
        "tests_urgent": "tests",
        "tests_soon": "tests",
        "draft": "label",
        "instead": "label",
        "remove": "order",
    },
    "change": {
        "facts": "facts",
        "not_sent": "lists",
        "not_read": "lists",
        "not_used": "result reason",
        "pending": "result",
        "pending_value": "result value",
    },
    "last": {
        "profile": "profile",
        "contact": "line contact",
        "signed": "line name date",
        "not_signed": "line",
    },
    "child": {
        "quiet": "found",
        "summary": "found when",
        "without_finding": "when",
        "low": "value",
        "do": "when",
        "comment": "when",
    },
    "order": {"dosed": "name dose", "b12_dosed": "name dose", "test": "name"},
}
"""The slots of every template; a text that is not named here has none."""


def load_card_words(file: str, lists: Iterable[str]) -> CardWords:
    """The checked words; `lists` are the lists of a record that need a name.

    Raises:
        KnowledgeError: the file is wrong, or a template has other slots than its own.
    """
    words = load_table(file, CardWords)
    check_texts(file, words)
    check_complete(file, words.lists, lists)
    check_complete(file, words.comparators, Comparator)
    check_complete(file, words.status, Status)
    check_complete(file, words.override, OVERRIDE_CODES)
    for comparator, text in words.comparators.items():
        check_slots(file, f"comparators.{comparator}", text, ["number"])
    for key in words.reasons:
        if key not in frozenset(ReasonCode):
            raise KnowledgeError(file, f"reasons.{key}", "is no reason of an answer")
    for key in words.limits:
        if key not in Thresholds.__struct_fields__:
            raise KnowledgeError(file, f"limits.{key}", "is no limit of a rule")
    for part, slots in SLOTS.items():
        texts = getattr(words, part)
        for name in texts.__struct_fields__:
            check_slots(file, f"{part}.{name}", getattr(texts, name), slots.get(name, "").split())
    return words


def check_slots(file: str, key: str, template: str, slots: Iterable[str]) -> None:
    """A template has exactly its slots.

    Raises:
        KnowledgeError: names the template and the slots that it needs.
    """
    named = {name for _, name, _, _ in Formatter().parse(template) if name is not None}
    if named != set(slots):
        raise KnowledgeError(file, key, f"needs exactly these slots: {sorted(set(slots))}")
