"""A site's policy for reflex tests: which are added to a sample or only suggested, for whom not."""

from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from cobalamin.service.knowledge.toml_files import UNSAFE
from cobalamin.service.rules.model.codes import SuggestionCode as S

# In the order in which they follow each other; everything else needs the patient.
REFLEX_TESTS = (
    S.test_b12,
    S.test_b12_active,
    S.test_mma,
    S.test_homocysteine,
    S.test_folate,
    S.test_intrinsic_factor_antibody,
    S.test_gastrin,
)
MOST_DAYS = 3650


class ReflexAction(StrEnum):
    """What a laboratory does with a test that the plan names; `withhold` does nothing."""

    add = "add"
    suggest = "suggest"
    withhold = "withhold"


class ReflexGroup(StrEnum):
    """Patients for whom a test is not added.

    `pregnancy_not_known` are women of an age at which somebody may be pregnant of whom nothing is
    said about it; `privacy` are patients whose record is protected (PD1-12).
    """

    children = "children"
    pregnancy = "pregnancy"
    pregnancy_not_known = "pregnancy-not-known"
    privacy = "privacy"


class ReflexRule(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is done with one test, with who chose it, why and when.

    Within `minimum_days` of the last result of what it measures the test is withheld, and so it is
    for the groups of `never_for`.
    """

    action: ReflexAction
    author: str
    why: str
    reviewed: date
    minimum_days: Annotated[int, Meta(ge=1, le=MOST_DAYS)] | None = None
    never_for: tuple[ReflexGroup, ...] = ()


def reflex_faults(rules: Mapping[str, ReflexRule]) -> Iterator[str]:
    """What is wrong with the policy of a file, a sentence for each."""
    for code, rule in rules.items():
        if code not in REFLEX_TESTS:
            yield f"reflex.{code}: is none of {', '.join(REFLEX_TESTS)}"
        for text in (rule.author, rule.why):
            if not text.strip() or UNSAFE & set(text):
                yield f"reflex.{code}: author and why must be plain text without markup"


def reflex_changes(rules: Mapping[str, ReflexRule]) -> Iterator[str]:
    """A sentence for each rule."""
    for code, rule in rules.items():
        interval = "" if rule.minimum_days is None else f", not within {rule.minimum_days} days"
        groups = f", never for {', '.join(rule.never_for)}" if rule.never_for else ""
        yield f"reflex {code}: {rule.action}{interval}{groups} ({rule.author}: {rule.why})"
