"""The facts of one patient as rules look them up: by kind, joined, the newest result first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from cobalamin.service.rules.evidence.refusals import find_outdated
from cobalamin.service.rules.evidence.result_selection import Units, order_newest_first
from cobalamin.service.rules.model.facts import Facts, FeatureFact, HistoryFact, Result
from cobalamin.service.rules.model.knowledge import Knowledge
from cobalamin.service.rules.model.parameter import Parameter
from cobalamin.service.rules.model.quantities import larger, micrograms
from cobalamin.service.rules.model.thresholds import Thresholds
from cobalamin.service.rules.model.truth import Truth
from cobalamin.service.rules.model.vocabulary import Analyte, Feature, History, Sex

Fact = Analyte | Feature | History | str
Hypothesis = Result | FeatureFact | HistoryFact | bool


class Record(Struct, frozen=True, kw_only=True):
    """What is known; `present` and `recorded` are the codes that hold now.

    `current` is the newest result of each analyte, unless it is too old for its kind, `outdated`
    the analytes of which a later result was sent that cannot be used. A result that is supposed is
    of today.
    """

    results: Mapping[Analyte, tuple[Result, ...]]
    current: Mapping[Analyte, Result]
    outdated: frozenset[Analyte]
    features: Mapping[Fact, FeatureFact]
    present: frozenset[Fact]
    history: Mapping[Fact, HistoryFact]
    recorded: frozenset[Fact]
    pregnant: Truth

    def with_fact(self, hypothesis: Hypothesis) -> Record:
        """The same record with one more fact."""
        if isinstance(hypothesis, Result):
            return replace(
                self,
                results={**self.results, hypothesis.analyte: (hypothesis,)},
                current={**self.current, hypothesis.analyte: hypothesis},
                outdated=self.outdated - {hypothesis.analyte},
            )
        if isinstance(hypothesis, FeatureFact):
            features = {**self.features, hypothesis.code: hypothesis}
            return replace(self, features=features, present=self.present | {hypothesis.code})
        if isinstance(hypothesis, HistoryFact):
            history = {**self.history, hypothesis.code: hypothesis}
            return replace(self, history=history, recorded=self.recorded | {hypothesis.code})
        return replace(self, pregnant=hypothesis)


def build_record(facts: Facts, knowledge: Knowledge, on: date) -> Record:
    """The facts that are known on that day."""
    thresholds = knowledge.thresholds
    features, history = _features(facts.features), _history(_until(facts.history, on))
    results = _newest_first(facts.results, knowledge.units)
    return Record(
        results=results,
        current={
            analyte: several[0]
            for analyte, several in results.items()
            if several[0].on.days_before(on) <= _age_limit(thresholds, analyte).number
        },
        outdated=find_outdated(results, facts.refusals),
        features=features,
        present=frozenset([code for code, fact in features.items() if fact.present]),
        history=history,
        recorded=frozenset([code for code, fact in history.items() if fact.active]),
        pregnant=_pregnancy(facts, history.get(History.pregnancy), thresholds, on),
    )


def _pregnancy(
    facts: Facts, recorded: HistoryFact | None, thresholds: Thresholds, on: date
) -> Truth:
    """A man is not pregnant; a woman without record is not known to be, or not to be."""
    patient = facts.patient
    if patient.pregnant or (recorded is not None and _lasts(recorded, thresholds, on)):
        return True
    return False if patient.pregnant is False or patient.sex is Sex.male else None


def _lasts(recorded: HistoryFact, thresholds: Thresholds, on: date) -> bool:
    """A pregnancy recorded longer ago than one lasts has ended unnoticed: not known."""
    latest = recorded.last or recorded.since
    days = thresholds.pregnancy_lasts.number
    return recorded.active and (latest is None or latest.days_before(on) <= days)


def _newest_first(results: Iterable[Result], units: Units) -> dict[Analyte, tuple[Result, ...]]:
    by_analyte: dict[Analyte, list[Result]] = {}
    for result in results:
        by_analyte.setdefault(result.analyte, []).append(result)
    return {analyte: order_newest_first(several, units) for analyte, several in by_analyte.items()}


_VITAMIN = frozenset({Analyte.b12_total, Analyte.b12_active, Analyte.mma, Analyte.homocysteine})
_KIDNEY = frozenset({Analyte.creatinine, Analyte.egfr})
_ELECTROLYTES = frozenset({Analyte.potassium})


def _age_limit(thresholds: Thresholds, analyte: Analyte) -> Parameter:
    if analyte in _VITAMIN:
        return thresholds.result_age_vitamin
    if analyte in _KIDNEY:
        return thresholds.result_age_kidney
    return (
        thresholds.result_age_electrolytes
        if analyte in _ELECTROLYTES
        else thresholds.result_age_blood
    )


def _features(facts: Iterable[FeatureFact]) -> dict[Fact, FeatureFact]:
    """One fact a feature: present beats absent, and attributes said once count.

    A record that says present in one place and absent in another is not "no".
    """
    features: dict[Fact, FeatureFact] = {}
    for fact in facts:
        earlier = features.get(fact.code)
        features[fact.code] = fact if earlier is None else _joined(earlier, fact)
    return features


def _joined(first: FeatureFact, other: FeatureFact) -> FeatureFact:
    if first.present != other.present:
        return first if first.present else other
    return replace(
        first,
        progressive=_either(first.progressive, other.progressive),
        objective=_either(first.objective, other.objective),
        intermittent=_either(first.intermittent, other.intermittent),
        onset=max(
            (o for o in (first.onset, other.onset) if o is not None),
            key=lambda onset: (onset.last, onset.text),
            default=None,
        ),
        recorded=max(
            (day for day in (first.recorded, other.recorded) if day is not None),
            key=lambda day: (day.last, day.text),
            default=None,
        ),
        explained=first.explained and other.explained,
        site=min((s for s in (first.site, other.site) if s is not None), default=None),
        reference=min((r for r in (first.reference, other.reference) if r), default=None),
    )


def _either(first: Truth, other: Truth) -> Truth:
    if first is None:
        return other
    return first if other is None else first or other


def _until(facts: Iterable[HistoryFact], on: date) -> Iterator[HistoryFact]:
    """What has begun by that day, without a last day that is still to come."""
    for fact in facts:
        if is_to_begin(fact, on):
            continue
        yield replace(fact, last=None) if ends_later(fact, on) else fact


def is_to_begin(fact: HistoryFact, on: date) -> bool:
    """Whether the whole of its start lies after that day."""
    return fact.since is not None and fact.since.first > on


def ends_later(fact: HistoryFact, on: date) -> bool:
    """Whether the whole of its last day lies after that day."""
    return fact.last is not None and fact.last.first > on


def _history(facts: Iterable[HistoryFact]) -> dict[Fact, HistoryFact]:
    """One fact a code: current beats ended; of several alike, the longest known span."""
    history: dict[Fact, HistoryFact] = {}
    for fact in facts:
        earlier = history.get(fact.code)
        history[fact.code] = fact if earlier is None else _spanning(earlier, fact)
    return history


def _spanning(first: HistoryFact, other: HistoryFact) -> HistoryFact:
    if first.active != other.active:
        return first if first.active else other
    if first.begun != other.begun:
        return first if first.begun else other
    starts = [fact.since for fact in (first, other) if fact.since is not None]
    ends = [fact.last for fact in (first, other) if fact.last is not None]
    newer = max(first, other, key=_recent_use)
    ambiguous = first.ambiguous and other.ambiguous
    form = newer.form or first.form or other.form
    if newer.active:
        # Whatever else is taken beside it never makes a dose smaller.
        newer = replace(
            newer, dose=larger(first.dose, other.dose), single=larger(first.single, other.single)
        )
    return replace(
        newer,
        ambiguous=ambiguous,
        form=form,
        since=min(starts, key=lambda start: (start.first, start.text), default=None),
        last=max(ends, key=lambda end: (end.last, end.text), default=None),
    )


def _recent_use(fact: HistoryFact) -> tuple[object, ...]:
    last = fact.last.last if fact.last else date.min
    since = fact.since.last if fact.since else date.min
    dose = Decimal(-1) if fact.dose is None else micrograms(fact.dose) or fact.dose.value
    return (last, since, dose, str(fact.reference))
