"""Values, dates, limits and sources in words, the same in every answer format."""

from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache

from cobalamin.service.knowledge.text_words import ValuePhrases
from cobalamin.service.knowledge.wording import Wording
from cobalamin.service.rules.model.assessment import Assessment, Because, Evidence, Unknown
from cobalamin.service.rules.model.dates import When
from cobalamin.service.rules.model.facts import FeatureFact, HistoryFact, Refusal, Result
from cobalamin.service.rules.model.parameter import Verification
from cobalamin.service.rules.model.quantities import Quantity

UNIT_LENGTH = 30
NOT_SENT = "list-not-sent"
PREFETCH = "prefetch."
DIGITS = 4


def date_text(when: When) -> str:
    """The day, month or year, as exactly as it is known."""
    first, last = when.first, when.last
    if first == last:
        return first.isoformat()
    return f"{first.year}-{first.month:02}" if first.month == last.month else str(first.year)


def quantity_text(quantity: Quantity, wording: Wording) -> str:
    """The number as reported with its unit; a comparator is said in words."""
    number, unit = digits_text(quantity.value), unit_text(quantity.unit)
    text = wording.text.values.quantity.format(number=number, unit=unit)
    if quantity.comparator is None:
        return text
    return wording.card.comparators[quantity.comparator].format(number=text)


def digits_text(number: Decimal) -> str:
    """The digits as reported, never as a power of ten."""
    text = str(number)
    return f"{number:f}" if "E" in text else text


@lru_cache(maxsize=1024)
def unit_text(unit: str) -> str:
    """The unit, cut and cleaned: a dose may carry any text that was sent."""
    return "".join(c if c.isprintable() else " " for c in unit[:UNIT_LENGTH])


def limit_text(because: Because, wording: Wording) -> str | None:
    """The limit with its unit; a computed one is rounded and says so."""
    limit = because.limit
    return None if limit is None else bound_text(limit, because.verification, wording)


def bound_text(limit: Quantity, verification: Verification | None, wording: Wording) -> str:
    """The number of a limit with its unit."""
    if verification is not Verification.computed:
        return quantity_text(limit, wording)
    number = wording.card.value.about.format(number=f"{rounded(limit.value):f}")
    return wording.text.values.quantity.format(number=number, unit=unit_text(limit.unit))


def rounded(number: Decimal) -> Decimal:
    """Four significant digits, without trailing zeros."""
    if not number:
        return number
    places = min(DIGITS - 1 - number.adjusted(), DIGITS)
    return round(number, max(places, 0)).normalize()


def value_text(wording: Wording, result: Result) -> str:
    """What was reported: a quantity, a finding or the laboratory's own flag."""
    if result.quantity is not None:
        return quantity_text(result.quantity, wording)
    if result.finding is not None:
        return wording.terms.finding[result.finding]
    flag = result.flag
    return wording.text.values.missing if flag is None else wording.terms.flag[flag]


def evidence_text(wording: Wording, evidence: Evidence) -> str:
    """One fact as recorded, with its date."""
    words = wording.text
    if isinstance(evidence, Result):
        return words.values.result.format(
            name=wording.fact(evidence.analyte),
            value=value_text(wording, evidence),
            date=date_text(evidence.on),
        )
    if isinstance(evidence, FeatureFact):
        details = ", ".join(_feature(wording, evidence))
    else:
        details = ", ".join(_history(wording, evidence))
    return words.facts.recorded.format(name=wording.fact(evidence.code), details=details)


def _feature(wording: Wording, feature: FeatureFact) -> Iterable[str]:
    words = wording.text.facts
    yield words.present if feature.present else words.absent
    if feature.objective:
        yield words.examined
    if feature.progressive is not None:
        yield words.progressive if feature.progressive else words.not_progressive
    if feature.intermittent:
        yield words.intermittent
    if feature.site is not None:
        yield wording.terms.body_site[feature.site]
    if feature.onset is not None:
        yield words.since.format(date=date_text(feature.onset))


def _history(wording: Wording, fact: HistoryFact) -> Iterable[str]:
    words = wording.text.facts
    yield words.active if fact.active else words.past
    if fact.form is not None:
        yield fact.form.value
    if fact.since is not None:
        yield words.since.format(date=date_text(fact.since))
    if fact.last is not None:
        yield words.last.format(date=date_text(fact.last))
    if fact.dose is not None:
        yield quantity_text(fact.dose, wording)


def named_value_text(wording: Wording, result: Result) -> str:
    """What was measured and what was reported, without its date."""
    value = value_text(wording, result)
    return wording.text.values.short.format(name=wording.fact(result.analyte), value=value)


def comparison_text(wording: Wording, because: Because) -> str | None:
    """A result against its limit, short enough to check at a glance."""
    evidence, words = because.evidence, wording.text.values
    if not isinstance(evidence, Result):
        return None
    text = named_value_text(wording, evidence)
    limit = limit_text(because, wording)
    if limit is None or because.limit is None or evidence.quantity is None:
        return text
    whose = words.own_limit if because.own_limit else words.limit
    template = _side(evidence.quantity, because.limit.value, words)
    return template.format(value=text, limit=whose.format(limit=limit))


def _side(quantity: Quantity, limit: Decimal, words: ValuePhrases) -> str:
    """The template for the side of its limit on which a number lies."""
    if quantity.comparator is not None:
        return words.against
    if quantity.value == limit:
        return words.at
    return words.below if quantity.value < limit else words.above


def source_text(
    wording: Wording, source: str, locator: str | None, verification: Verification | None
) -> str:
    """A source with its locator, and its verification unless it was read at source."""
    words = wording.text.values
    title = wording.citations.get(source, source)
    text = words.source.format(title=title, locator=locator) if locator else title
    if verification is None or verification is Verification.source:
        return text
    state = wording.terms.verification[verification]
    return words.unsure_source.format(source=text, verification=state)


@lru_cache(maxsize=256)
def unknown_text(wording: Wording, unknown: Unknown) -> str:
    """What is not on record, and what knowing it could change."""
    words, fact = wording.text.unknown, sentence(wording.fact(unknown.fact))
    if unknown.would_decide is None:
        return words.rests.format(fact=fact)
    decides = wording.terms.decides.get(unknown.would_decide, unknown.would_decide)
    return words.decides.format(fact=fact, what=decides)


def refusal_text(wording: Wording, refusal: Refusal) -> str:
    """Which result was not used, and why."""
    words, fact = wording.text.unknown, sentence(wording.fact(refusal.analyte))
    if refusal.quantity is not None:
        return words.preliminary.format(fact=fact, value=quantity_text(refusal.quantity, wording))
    reason = wording.terms.refusal.get(refusal.code, words.unusable)
    return words.not_used.format(fact=fact, reason=reason)


def unread_text(wording: Wording, assessment: Assessment) -> str | None:
    """The lists that were not sent, and those that could not be read; None where there is none."""
    unsent, unread = missing_lists(assessment)
    words = wording.card.change
    text = (
        template.format(lists=", ".join(wording.terms.lists[name] for name in lists))
        for lists, template in ((unsent, words.not_sent), (unread, words.not_read))
        if lists
    )
    return " ".join(text) or None


def missing_lists(assessment: Assessment) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The lists that nobody sent, and those that could not be read."""
    failed = {
        note.where.removeprefix(PREFETCH)
        for note in assessment.notes
        if note.where.startswith(PREFETCH) and note.code != NOT_SENT
    }
    unread = assessment.facts.unread
    return (
        tuple(name for name in unread if name not in failed),
        tuple(name for name in unread if name in failed),
    )


def sentence(text: str) -> str:
    """The text with a capital first letter, unless it is a symbol such as eGFR."""
    return text if text[1:2].isupper() else text[:1].upper() + text[1:]


def continued(text: str) -> str:
    """The text as it goes on within a sentence, unless it begins with a symbol such as MMA."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def evidence_of(assessment: Assessment) -> Iterable[Because]:
    """Every reason of every finding, in the order of the answer."""
    yield from assessment.status.because
    yield from assessment.anaemia.because
    yield from assessment.neuropathy.because
    for finding in (*assessment.causes, *assessment.confounders):
        yield from finding.because


def in_a_row(names: Iterable[str], wording: Wording) -> str:
    """Names with commas, and the last with "and"."""
    *most, last = names
    if not most:
        return last
    return wording.card.do.and_last.format(most=", ".join(most), last=last)
