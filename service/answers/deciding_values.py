"""The *Because* of a card: only the values that decide, each with its date and what it means."""

from collections.abc import Iterable, Iterator
from itertools import islice

from msgspec import Struct

from cobalamin.service.answers.card_values import (
    date_words,
    quantity_words,
)
from cobalamin.service.answers.phrases import refusal_text, sentence
from cobalamin.service.answers.value_meaning import BANDS, get_meaning
from cobalamin.service.knowledge.card_words import CardWords
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.rules.model.assessment import Assessment, Because, Evidence, Status, Tier
from cobalamin.service.rules.model.codes import ReasonCode as R
from cobalamin.service.rules.model.dates import When
from cobalamin.service.rules.model.facts import FeatureFact, Finding, HistoryFact, Result
from cobalamin.service.rules.model.vocabulary import Analyte, History

MAX_WORDS = 48
MAX_CAUSES = 2
KIDNEYS, HAPTOCORRIN = "reduced-kidney-function", "haptocorrin-deficiency"
SHOWN_TIERS = (Tier.n1, Tier.n2, Tier.n3)
COUNTING_FINDINGS = (Finding.positive, Finding.present)


class ShownValue(Struct, frozen=True, kw_only=True):
    """One value in words; `counts` says that it is on the side of its limit that decides."""

    text: str
    meaning: str | None = None
    on: When | None = None
    counts: bool = True


def because_text(assessment: Assessment, profile: Profile) -> str:
    """The deciding values as one sentence, the most important first, within its words."""
    words = profile.wording.card
    values = list(_deciding(assessment, profile))
    while len(values) > 1 and _length(_joined(values, words)) > MAX_WORDS:
        del values[-1]
    return sentence(_joined(values, words)) + "." if values else ""


def status_text(assessment: Assessment, profile: Profile) -> str:
    """The results behind the status alone, for a card about one order."""
    values = [value for value in _of_status(assessment, profile) if value.counts]
    return sentence(_joined(values[:2], profile.wording.card)) + "." if values else ""


def nerves_text(assessment: Assessment, profile: Profile) -> str:
    """The findings behind the tier alone, for a card about one order."""
    values = _of_nerves(assessment, profile)[:3]
    return sentence(_joined(values, profile.wording.card)) + "." if values else ""


def result_words(result: Result, profile: Profile) -> str:
    """A result with its value, without what it means."""
    return _result(result, profile).text


def _length(text: str) -> int:
    return len(text.split())


def _joined(values: Iterable[ShownValue], words: CardWords) -> str:
    """The values in order; a date that all results share is named once."""
    values = list(values)
    dated = [value for value in values if value.on is not None]
    days = {value.on.text for value in dated if value.on is not None}
    shared = len(dated) > 1 and len(days) == 1
    texts = [_with_meaning(value, words, dated=not shared) for value in values]
    if not shared or dated[0].on is None:
        return "; ".join(texts)
    results = [text for value, text in zip(values, texts, strict=True) if value.on is not None]
    others = [text for value, text in zip(values, texts, strict=True) if value.on is None]
    day = date_words(dated[0].on, words)
    first = words.value.all_dated.format(date=day, values="; ".join(results))
    return "; ".join((first, *others))


def _with_meaning(value: ShownValue, words: CardWords, *, dated: bool) -> str:
    day = date_words(value.on, words) if dated and value.on is not None else None
    if value.meaning is None:
        return value.text if day is None else words.value.dated.format(value=value.text, date=day)
    template = words.value.meaning if day is None else words.value.meaning_dated
    return template.format(value=value.text, meaning=value.meaning, date=day)


# --- which values decide


def _deciding(assessment: Assessment, profile: Profile) -> Iterator[ShownValue]:
    """Status, then nerves and blood, whichever led to the plan, then causes."""
    words = profile.wording.card
    yield from _under_way(assessment, profile)
    yield from _of_status(assessment, profile)
    if R.folate_before_b12 in assessment.reasons:
        yield from _of_folate(assessment, profile)
    reasons = (text for code, text in words.reasons.items() if code in assessment.reasons)
    yield from (ShownValue(text=text) for text in islice(reasons, 1))
    nerves, blood = _of_nerves(assessment, profile), _of_blood(assessment, profile)
    is_nervous = assessment.neuropathy.tier in SHOWN_TIERS
    yield from (*nerves, *blood) if is_nervous else (*blood, *nerves)
    causes = list(_causes(assessment, profile))[:MAX_CAUSES]
    if causes:
        yield ShownValue(text=words.fact.cause.format(causes=", ".join(causes)))


def _of_status(assessment: Assessment, profile: Profile) -> Iterator[ShownValue]:
    """The values behind the status, those that count first, and what makes them misleading."""
    values = _shown(assessment.status.because, profile)
    misleading = {HAPTOCORRIN, KIDNEYS} if R.mma_held_back in assessment.reasons else {HAPTOCORRIN}
    for finding in assessment.confounders:
        if finding.code in misleading:
            values += _shown(finding.because, profile)
    if assessment.status.value is Status.not_measured and not values:
        yield _no_level(assessment, profile)
    yield from sorted(values, key=lambda value: not value.counts)


def _under_way(assessment: Assessment, profile: Profile) -> Iterator[ShownValue]:
    """A level that is not final: shown, so that nobody orders it again, and not counted."""
    if R.result_pending not in assessment.reasons or assessment.status.value is Status.not_measured:
        return
    for refusal in assessment.facts.refusals:
        if refusal.analyte in BANDS and refusal.quantity is not None:
            yield ShownValue(text=refusal_text(profile.wording, refusal).removesuffix("."))


def _no_level(assessment: Assessment, profile: Profile) -> ShownValue:
    """That it was never measured, or how old the last result is."""
    words = profile.wording.card
    for refusal in assessment.facts.refusals:
        if refusal.analyte in BANDS and refusal.quantity is not None:
            name = result_name(refusal.analyte, profile)
            value = quantity_words(refusal.quantity, words)
            return ShownValue(text=words.fact.pending_level.format(result=name, value=value))
    levels = [
        result
        for result in assessment.facts.results
        if result.analyte in BANDS and result.on.last <= assessment.on
    ]
    if not levels:
        return ShownValue(text=words.fact.no_level)
    last = max(levels, key=lambda result: result.on.last)
    return ShownValue(text=words.fact.old_level.format(date=date_words(last.on, words)))


def _of_folate(assessment: Assessment, profile: Profile) -> Iterator[ShownValue]:
    """Folic acid that is taken, and a low folate."""
    if any(fact.code is History.folic_acid and fact.active for fact in assessment.facts.history):
        yield ShownValue(text=profile.wording.card.fact.folic_acid)
    for finding in assessment.confounders:
        if finding.code == "folate-deficiency":
            yield from _shown(finding.because, profile)


def _of_nerves(assessment: Assessment, profile: Profile) -> list[ShownValue]:
    return _shown(assessment.neuropathy.because, profile)


def _of_blood(assessment: Assessment, profile: Profile) -> list[ShownValue]:
    """Abnormal values alone: a normal blood count decides nothing."""
    return [value for value in _shown(assessment.anaemia.because, profile) if value.counts]


def _causes(assessment: Assessment, profile: Profile) -> Iterator[str]:
    already_shown = {id(because.evidence) for because in assessment.status.because}
    for finding in assessment.causes:
        evidence = next((because.evidence for because in finding.because), None)
        if evidence is None:
            yield profile.wording.finding(finding.code)
        elif id(evidence) not in already_shown:
            yield _evidence(evidence, profile).text


def _shown(because: Iterable[Because], profile: Profile) -> list[ShownValue]:
    """Each piece of evidence once."""
    values: dict[int, ShownValue] = {}
    for reason in because:
        if reason.evidence is not None and id(reason.evidence) not in values:
            values[id(reason.evidence)] = shown_value(reason, reason.evidence, profile)
    return list(values.values())


# --- one value


def shown_value(because: Because, evidence: Evidence, profile: Profile) -> ShownValue:
    """A piece of evidence in words, with what its limit makes of it."""
    if not isinstance(evidence, Result):
        return _evidence(evidence, profile)
    without_limit = _evidence(evidence, profile)
    if evidence.quantity is None:
        return without_limit
    meaning, counts = get_meaning(because, evidence, evidence.quantity, profile)
    return ShownValue(text=without_limit.text, meaning=meaning, on=evidence.on, counts=counts)


def _evidence(evidence: Evidence, profile: Profile) -> ShownValue:
    words = profile.wording.card
    if isinstance(evidence, Result):
        return _result(evidence, profile)
    name = profile.wording.fact(evidence.code)
    if isinstance(evidence, FeatureFact):
        return ShownValue(text=_feature(evidence, name, words))
    return ShownValue(text=_history(evidence, name, words))


def _result(result: Result, profile: Profile) -> ShownValue:
    wording, words = profile.wording, profile.wording.card
    name = result_name(result.analyte, profile)
    if result.quantity is not None:
        value = quantity_words(result.quantity, words)
    elif result.finding is not None:
        value = wording.terms.finding[result.finding]
    elif result.flag is not None:
        value = wording.terms.flag[result.flag]
    else:
        return ShownValue(text=name, on=result.on)
    counts = result.finding is None or result.finding in COUNTING_FINDINGS
    text = words.value.plain.format(name=name, value=value)
    return ShownValue(text=text, on=result.on, counts=counts)


def result_name(analyte: Analyte, profile: Profile) -> str:
    """The short name of a result."""
    return profile.wording.card.names.get(analyte) or profile.wording.fact(analyte)


def _feature(feature: FeatureFact, name: str, words: CardWords) -> str:
    if not feature.progressive:
        return name
    progressive = words.fact.progressive.format(fact=name)
    if feature.onset is None:
        return progressive
    return words.fact.since.format(fact=progressive, date=date_words(feature.onset, words))


def _history(fact: HistoryFact, name: str, words: CardWords) -> str:
    """A medicine or condition with the one date that matters; no dose is repeated."""
    if not fact.active:
        return words.fact.past.format(fact=name)
    if fact.last is not None:
        return words.fact.last.format(fact=name, date=date_words(fact.last, words))
    if fact.since is not None:
        return words.fact.since.format(fact=name, date=date_words(fact.since, words))
    return name
