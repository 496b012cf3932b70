"""One patient on one day, as the rules ask about them.

Every question goes through a `Case`, which remembers the answer of each concept together with
the facts that it read. That trace makes it cheap to ask "what if this fact were known?": only
the concepts that read the fact are worked out again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import TypeVar

from cobalamin.service.rules.evidence.record import Fact, Supposed, record_of
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
Entry = tuple[object, int]

PREGNANT = "pregnant"
# The facts that may be supposed. Only these are traced, so that a trace stays a small number.
SUPPOSABLE: tuple[Fact, ...] = (
    Analyte.b12_total,
    Analyte.b12_active,
    Analyte.mma,
    Analyte.egfr,
    Analyte.homocysteine,
    Analyte.haemoglobin,
    Analyte.haematocrit,
    Analyte.mcv,
    Analyte.platelets,
    Analyte.neutrophils,
    Analyte.folate_serum,
    Analyte.folate_rbc,
    Analyte.ferritin,
    Analyte.haptoglobin,
    Analyte.ldh,
    Analyte.intrinsic_factor_antibody,
    Analyte.schistocytes,
    Analyte.hypersegmented_neutrophils,
    Feature.vibration_loss,
    History.nitrous_oxide_recreational,
    History.b12_replacement_parenteral,
    PREGNANT,
)
BIT: dict[Fact, int] = dict.fromkeys((*Analyte, *Feature, *History), 0)
BIT.update((fact, 1 << index) for index, fact in enumerate(SUPPOSABLE))


def concept(rule: Callable[[Case], Answer]) -> Callable[[Case], Answer]:
    """A rule whose answer the case remembers, with the facts it was made from."""

    @wraps(rule)
    def answer(case: Case) -> Answer:
        known = case.get(rule)
        if known is None and case.parent is not None:
            known = case.kept(rule)
        if known is not None:
            case.reads |= known[1]
            return known[0]  # type: ignore[return-value]
        # What this rule reads is its own trace first, then a part of its caller's.
        outer, case.reads = case.reads, 0
        value = rule(case)
        reads = case.reads
        case[rule] = (value, reads)
        case.reads = outer | reads
        return value

    return answer


class Group:
    """Facts of one kind that are asked about together."""

    __slots__ = ("mask", "members", "order")

    def __init__(self, *members: Fact) -> None:
        self.order = members
        self.members = frozenset(members)
        self.mask = sum(BIT[member] for member in self.members)

    def __or__(self, other: Group) -> Group:
        return Group(*self.order, *(m for m in other.order if m not in self.members))


class Case(dict[Rule, Entry]):
    """What is known about one patient on one day, by one set of limits.

    As a mapping it holds, for each rule that was asked, its answer and a trace of what was read.
    """

    __slots__ = (
        "_bit",
        "age",
        "cut",
        "facts",
        "knowledge",
        "on",
        "parent",
        "reads",
        "record",
        "sex",
    )

    def __init__(self, facts: Facts, knowledge: Knowledge, on: date) -> None:
        self.facts = facts
        self.knowledge = knowledge
        self.cut = knowledge.thresholds
        self.on = on
        self.reads = 0
        # Completed years, or None if neither a birth date nor an age was sent.
        self.age = age_on(facts.patient, on)
        self.sex = facts.patient.sex
        self.record = record_of(facts, knowledge, on)
        self.parent: Case | None = None
        self._bit = 0

    def trace(self, rule: Rule) -> int:
        """The facts that may be supposed and that a rule read on the way to its answer."""
        rule(self)
        return self[getattr(rule, "__wrapped__", rule)][1]

    def kept(self, rule: Rule) -> Entry | None:
        """The answer of the case that this one was supposed from, if it did not read the fact."""
        known = None if self.parent is None else self.parent.get(rule)
        if known is None or known[1] & self._bit:
            return None
        self[rule] = known
        return known

    def supposing(self, fact: Fact, known: Supposed) -> Case:
        """The same case with one more fact; what did not read that fact is not asked again.

        Raises:
            ValueError: the fact is not one of those that may be supposed.
        """
        bit = BIT[fact]
        if not bit:
            raise ValueError(f"{fact} is not traced, so it cannot be supposed")
        other = Case.__new__(Case)
        other.facts, other.knowledge, other.cut = self.facts, self.knowledge, self.cut
        other.on, other.age, other.sex = self.on, self.age, self.sex
        other.record = self.record.knowing(known)
        other.parent, other._bit, other.reads = self, bit, 0  # noqa: SLF001 - one of its own kind
        return other

    # --- results

    def results(self, analyte: Analyte) -> tuple[Result, ...]:
        """Every accepted result, the newest first; age limits are not applied here."""
        self.reads |= BIT[analyte]
        return self.record.results.get(analyte, ())

    def latest(self, analyte: Analyte) -> Result | None:
        """The newest accepted result of any age."""
        self.reads |= BIT[analyte]
        found = self.record.results.get(analyte)
        return found[0] if found else None

    # --- symptoms and signs

    def feature(self, code: Feature) -> FeatureFact | None:
        """What the record says about a symptom or sign."""
        self.reads |= BIT[code]
        return self.record.features.get(code)

    def is_present(self, code: Feature) -> Truth:
        """Whether a symptom or sign is present; not recorded is not known."""
        fact = self.feature(code)
        return None if fact is None else fact.present

    def present(self, group: Group) -> tuple[FeatureFact, ...]:
        """The members of a group that are present, in the order of the group."""
        self.reads |= group.mask
        if self.record.present.isdisjoint(group.members):
            return ()
        record = self.record
        return tuple([record.features[c] for c in group.order if c in record.present])

    def is_recorded(self, group: Group) -> bool:
        """Whether anything at all was said about a group of symptoms or signs."""
        self.reads |= group.mask
        return not group.members.isdisjoint(self.record.features)

    # --- history

    def history(self, code: History) -> HistoryFact | None:
        """What the record says about a condition, medicine, procedure or habit."""
        self.reads |= BIT[code]
        return self.record.history.get(code)

    def has(self, code: History) -> bool:
        """Whether the record holds it as current; not recorded is neither caution nor comfort."""
        self.reads |= BIT[code]
        return code in self.record.recorded

    def having(self, group: Group) -> tuple[HistoryFact, ...]:
        """The members of a group that the record holds as current, in the order of the group."""
        self.reads |= group.mask
        if self.record.recorded.isdisjoint(group.members):
            return ()
        record = self.record
        return tuple([record.history[c] for c in group.order if c in record.recorded])

    # --- the patient

    @property
    def is_pregnant(self) -> Truth:
        """Whether the patient is pregnant; a man is not, a woman without record is not known."""
        self.reads |= BIT[PREGNANT]
        return self.record.pregnant
