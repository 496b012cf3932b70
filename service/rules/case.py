"""One patient on one day, as the rules ask about them.

Every question goes through a `Case`, which remembers the answer of each concept together with
the facts that it read. That trace makes it cheap to ask "what if this fact were known?": only
the concepts that read the fact are worked out again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from functools import wraps
from typing import TypeVar

from cobalamin.service.rules.facts import (
    Facts,
    FeatureFact,
    HistoryFact,
    Result,
    age_on,
)
from cobalamin.service.rules.knowledge import Knowledge
from cobalamin.service.rules.quantities import Comparator
from cobalamin.service.rules.truth import Truth
from cobalamin.service.rules.vocabulary import Analyte, Feature, History, Sex

Answer = TypeVar("Answer")
Fact = Analyte | Feature | History | str
Supposed = Result | FeatureFact | HistoryFact | bool

Rule = Callable[["Case"], object]
Entry = tuple[object, int]

AGE, SEX, PREGNANT = "age", "sex", "pregnant"
_FACTS: tuple[Fact, ...] = (*Analyte, *Feature, *History, AGE, SEX, PREGNANT)
_BIT: dict[Fact, int] = {fact: 1 << index for index, fact in enumerate(_FACTS)}


def concept(rule: Callable[[Case], Answer]) -> Callable[[Case], Answer]:
    """A rule whose answer the case remembers, with the facts it was made from."""

    @wraps(rule)
    def answer(case: Case) -> Answer:
        entry = case.memo.get(rule)
        if entry is None and case.parent is not None:
            entry = case.kept(rule, case.parent)
        if entry is not None:
            case.reads |= entry[1]
            return entry[0]  # type: ignore[return-value]
        outer, case.reads = case.reads, 0
        value = rule(case)
        case.memo[rule] = (value, case.reads)
        case.reads |= outer
        return value

    return answer


class Group:
    """Facts of one kind that are asked about together."""

    __slots__ = ("mask", "members", "order")

    def __init__(self, *members: Fact) -> None:
        self.order = members
        self.members = frozenset(members)
        self.mask = sum(_BIT[member] for member in self.members)

    def __or__(self, other: Group) -> Group:
        return Group(*self.order, *(m for m in other.order if m not in self.members))


class Case:
    """What is known about one patient on one day, by one set of limits."""

    __slots__ = (
        "_features",
        "_history",
        "_present",
        "_recorded",
        "_results",
        "_supposed",
        "cut",
        "facts",
        "knowledge",
        "memo",
        "on",
        "parent",
        "reads",
    )

    def __init__(self, facts: Facts, knowledge: Knowledge, on: date) -> None:
        self.facts = facts
        self.knowledge = knowledge
        self.cut = knowledge.thresholds
        self.on = on
        self._results = _newest_first(facts.results, on)
        self._features = _features(facts.features)
        self._present = frozenset(code for code, fact in self._features.items() if fact.present)
        self._history = _history(facts.history)
        self._recorded = frozenset(code for code, fact in self._history.items() if fact.active)
        self.memo: dict[Rule, Entry] = {}
        self.parent: Case | None = None
        self._supposed = 0
        self.reads = 0

    def has_read(self, rule: Rule, fact: Fact) -> bool:
        """Whether a rule that was asked asked for the fact on the way to its answer."""
        return bool(self.memo[getattr(rule, "__wrapped__", rule)][1] & _BIT[fact])

    def kept(self, rule: Rule, parent: Case) -> Entry | None:
        """What the case that this one was supposed from knows, unless it read the fact."""
        entry = parent.memo.get(rule)
        return None if entry is None or entry[1] & self._supposed else entry

    def supposing(self, fact: Fact, known: Supposed) -> Case:
        """The same case with one more fact; what did not read that fact is not asked again."""
        other = object.__new__(Case)
        other.knowledge, other.cut, other.on = self.knowledge, self.cut, self.on
        other.facts = self.facts
        other._results, other._features = self._results, self._features
        other._present, other._history = self._present, self._history
        other._recorded = self._recorded
        other.reads, other.memo = 0, {}
        other.parent, other._supposed = self, _BIT[fact]
        other._suppose(known)
        return other

    def _suppose(self, known: Supposed) -> None:
        if isinstance(known, Result):
            self._results = {**self._results, known.analyte: (known,)}
        elif isinstance(known, FeatureFact):
            self._features = {**self._features, known.code: known}
            self._present = self._present | {known.code}
        elif isinstance(known, HistoryFact):
            self._history = {**self._history, known.code: known}
            self._recorded = self._recorded | {known.code}
        else:
            self.facts = replace(self.facts, patient=replace(self.facts.patient, pregnant=known))

    # --- results

    def results(self, analyte: Analyte) -> tuple[Result, ...]:
        """Every accepted result, the newest first; age limits are not applied here."""
        self.reads |= _BIT[analyte]
        return self._results.get(analyte, ())

    def latest(self, analyte: Analyte) -> Result | None:
        """The newest accepted result of any age."""
        self.reads |= _BIT[analyte]
        found = self._results.get(analyte)
        return found[0] if found else None

    # --- symptoms and signs

    def feature(self, code: Feature) -> FeatureFact | None:
        """What the record says about a symptom or sign."""
        self.reads |= _BIT[code]
        return self._features.get(code)

    def is_present(self, code: Feature) -> Truth:
        """Whether a symptom or sign is present; not recorded is not known."""
        fact = self.feature(code)
        return None if fact is None else fact.present

    def present(self, group: Group) -> tuple[FeatureFact, ...]:
        """The members of a group that are present, in the order of the group."""
        self.reads |= group.mask
        if self._present.isdisjoint(group.members):
            return ()
        return tuple(self._features[c] for c in group.order if c in self._present)

    def is_recorded(self, group: Group) -> bool:
        """Whether anything at all was said about a group of symptoms or signs."""
        self.reads |= group.mask
        return not group.members.isdisjoint(self._features)

    # --- history

    def history(self, code: History) -> HistoryFact | None:
        """What the record says about a condition, medicine, procedure or habit."""
        self.reads |= _BIT[code]
        return self._history.get(code)

    def has(self, code: History) -> bool:
        """Whether the record holds it as current; not recorded is neither caution nor comfort."""
        self.reads |= _BIT[code]
        return code in self._recorded

    def having(self, group: Group) -> tuple[HistoryFact, ...]:
        """The members of a group that the record holds as current, in the order of the group."""
        self.reads |= group.mask
        if self._recorded.isdisjoint(group.members):
            return ()
        return tuple(self._history[c] for c in group.order if c in self._recorded)

    # --- the patient

    @property
    def age(self) -> int | None:
        """Completed years, or None if neither a birth date nor an age was sent."""
        self.reads |= _BIT[AGE]
        return age_on(self.facts.patient, self.on)

    @property
    def sex(self) -> Sex | None:
        """Female, male, or None if not sent or neither."""
        self.reads |= _BIT[SEX]
        return self.facts.patient.sex

    @property
    def is_pregnant(self) -> Truth:
        """Whether the patient is pregnant; a man is not, a woman without record is not known.

        A pregnancy that was recorded longer ago than one lasts has ended unnoticed: not known.
        """
        self.reads |= _BIT[PREGNANT]
        if self.facts.patient.pregnant or self._is_pregnancy_recorded():
            return True
        if self.facts.patient.pregnant is False or self.sex is Sex.male:
            return False
        return None

    def _is_pregnancy_recorded(self) -> bool:
        recorded = self.history(History.pregnancy)
        if recorded is None or not recorded.active:
            return False
        latest = recorded.last or recorded.since
        return latest is None or latest.days_before(self.on) <= self.cut.pregnancy_lasts.number


def _newest_first(results: Iterable[Result], on: date) -> dict[Analyte, tuple[Result, ...]]:
    found: dict[Analyte, list[Result]] = {}
    for result in results:
        if result.on.first <= on:
            found.setdefault(result.analyte, []).append(result)
    return {
        analyte: tuple(sorted(several, key=_recency, reverse=True))
        if several[1:]
        else (several[0],)
        for analyte, several in found.items()
    }


_LOWER_FIRST = {
    Comparator.below: 4,
    Comparator.at_most: 3,
    None: 2,
    Comparator.at_least: 1,
    Comparator.above: 0,
}


def _recency(result: Result) -> tuple[object, ...]:
    """Newest by clinical time; of the same time the corrected one, then the lower value.

    The last terms make the order independent of the order in which results were sent.
    """
    instant, quantity = result.on.instant, result.quantity
    return (
        result.on.last,
        _clock(instant) if instant else "",
        result.corrected,
        quantity is not None,
        -quantity.value if quantity else Decimal(0),
        _LOWER_FIRST[quantity.comparator] if quantity else 0,
        quantity.unit if quantity else "",
        str(result.finding),
        str(result.flag),
        "" if result.limits is None else str(result.limits),
        str(result.reference),
    )


def _clock(instant: datetime) -> str:
    return instant.time().isoformat()


def _features(facts: Iterable[FeatureFact]) -> dict[Fact, FeatureFact]:
    """One fact a feature: present beats absent, and attributes said once count.

    A record that says present in one place and absent in another is not "no".
    """
    found: dict[Fact, FeatureFact] = {}
    for fact in facts:
        known = found.get(fact.code)
        found[fact.code] = fact if known is None else _joined(known, fact)
    return found


def _joined(one: FeatureFact, other: FeatureFact) -> FeatureFact:
    if one.present != other.present:
        return one if one.present else other
    return replace(
        one,
        progressive=_either(one.progressive, other.progressive),
        objective=_either(one.objective, other.objective),
        intermittent=_either(one.intermittent, other.intermittent),
        onset=max(
            (o for o in (one.onset, other.onset) if o is not None),
            key=lambda onset: (onset.last, onset.text),
            default=None,
        ),
        site=min((s for s in (one.site, other.site) if s is not None), default=None),
        reference=min((r for r in (one.reference, other.reference) if r), default=None),
    )


def _either(one: Truth, other: Truth) -> Truth:
    if one is None:
        return other
    return one if other is None else one or other


def _history(facts: Iterable[HistoryFact]) -> dict[Fact, HistoryFact]:
    """One fact a code: current beats ended; of several alike, the longest known span."""
    found: dict[Fact, HistoryFact] = {}
    for fact in facts:
        known = found.get(fact.code)
        found[fact.code] = fact if known is None else _spanning(known, fact)
    return found


def _spanning(one: HistoryFact, other: HistoryFact) -> HistoryFact:
    if one.active != other.active:
        return one if one.active else other
    starts = [fact.since for fact in (one, other) if fact.since is not None]
    ends = [fact.last for fact in (one, other) if fact.last is not None]
    newer = max(one, other, key=_recent_use)
    return replace(
        newer,
        since=min(starts, key=lambda start: (start.first, start.text), default=None),
        last=max(ends, key=lambda end: (end.last, end.text), default=None),
    )


def _recent_use(fact: HistoryFact) -> tuple[object, ...]:
    last = fact.last.last if fact.last else date.min
    since = fact.since.last if fact.since else date.min
    dose = fact.dose.value if fact.dose else Decimal(-1)
    return (last, since, dose, str(fact.reference))
