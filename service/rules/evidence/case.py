"""One patient on one day, as the rules query it.

Every rule takes a `Case` and is computed at most once for it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import TypeVar

from cobalamin.service.rules.evidence.date_checks import refuse_impossible_dates
from cobalamin.service.rules.evidence.record import Fact, Hypothesis, Record, build_record
from cobalamin.service.rules.model.facts import (
    Facts,
    FeatureFact,
    HistoryFact,
    Result,
    age_on,
)
from cobalamin.service.rules.model.knowledge import Knowledge
from cobalamin.service.rules.model.truth import Truth
from cobalamin.service.rules.model.vocabulary import Analyte, Feature, History

Answer = TypeVar("Answer")
Rule = Callable[["Case"], object]
_NOT_COMPUTED = object()


def concept(rule: Callable[[Case], Answer]) -> Callable[[Case], Answer]:
    """Decorator: cache the value of a rule in the case, so that it is computed at most once."""

    @wraps(rule)
    def cached(case: Case) -> Answer:
        value = case.values.get(rule, _NOT_COMPUTED)
        if value is _NOT_COMPUTED:
            value = case.values[rule] = rule(case)
        return value  # type: ignore[return-value]

    return cached


class FactSet:
    """An ordered set of fact codes of one kind that are looked up together."""

    __slots__ = ("members", "order")

    def __init__(self, *members: Fact) -> None:
        self.order = members
        self.members = frozenset(members)

    def __or__(self, other: FactSet) -> FactSet:
        return FactSet(*self.order, *(m for m in other.order if m not in self.members))


class Case:
    """The facts known about one patient on one day, with one profile's thresholds.

    `facts` are those whose dates can be meant. `age` is in completed years, None if neither a
    birth date nor an age was sent. `values` caches the value of each rule that was computed.
    """

    __slots__ = ("age", "facts", "knowledge", "on", "record", "sex", "thresholds", "values")

    def __init__(
        self, facts: Facts, knowledge: Knowledge, on: date, record: Record | None = None
    ) -> None:
        self.facts = facts = facts if record else refuse_impossible_dates(facts, on)
        self.knowledge = knowledge
        self.thresholds = knowledge.thresholds
        self.on = on
        self.age = age_on(facts.patient, on)
        self.sex = facts.patient.sex
        self.record = build_record(facts, knowledge, on) if record is None else record
        self.values: dict[Rule, object] = {}

    def with_hypothesis(self, fact: Hypothesis) -> Case:
        """A new case for the same patient with one more fact."""
        return Case(self.facts, self.knowledge, self.on, self.record.with_fact(fact))

    # --- results

    def results(self, analyte: Analyte) -> tuple[Result, ...]:
        """Every accepted result, the newest first; age limits are not applied here."""
        return self.record.results.get(analyte, ())

    def latest(self, analyte: Analyte) -> Result | None:
        """The newest accepted result of any age."""
        results = self.record.results.get(analyte)
        return results[0] if results else None

    # --- symptoms and signs

    def feature(self, code: Feature) -> FeatureFact | None:
        """What the record says about a symptom or sign."""
        return self.record.features.get(code)

    def is_present(self, code: Feature) -> Truth:
        """Whether a symptom or sign is present; not recorded is not known."""
        fact = self.feature(code)
        return None if fact is None else fact.present

    def present_features(self, codes: FactSet) -> tuple[FeatureFact, ...]:
        """The members of a group that are present, in the order of the codes."""
        if self.record.present.isdisjoint(codes.members):
            return ()
        record = self.record
        return tuple([record.features[c] for c in codes.order if c in record.present])

    def is_recorded(self, codes: FactSet) -> bool:
        """Whether anything at all was said about a group of symptoms or signs."""
        return not codes.members.isdisjoint(self.record.features)

    # --- history

    def history(self, code: History) -> HistoryFact | None:
        """What the record says about a condition, medicine, procedure or habit."""
        return self.record.history.get(code)

    def has(self, code: History) -> bool:
        """Whether the record holds it as current; not recorded is neither caution nor comfort."""
        return code in self.record.recorded

    def active_history(self, codes: FactSet) -> tuple[HistoryFact, ...]:
        """The members of a group that the record holds as current, in the order of the codes."""
        if self.record.recorded.isdisjoint(codes.members):
            return ()
        record = self.record
        return tuple([record.history[c] for c in codes.order if c in record.recorded])

    # --- the patient

    @property
    def is_pregnant(self) -> Truth:
        """Whether the patient is pregnant; a man is not, a woman without record is not known."""
        return self.record.pregnant

    @property
    def is_breastfeeding(self) -> bool:
        """Whether breastfeeding is recorded, as a fact or in the history."""
        return bool(self.facts.patient.breastfeeding) or self.has(History.breastfeeding)
