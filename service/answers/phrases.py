"""Values, dates, limits and sources in words, the same in every answer format."""

from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache

from cobalamin.service.knowledge.wording import Wording
from cobalamin.service.rules.model.assessment import Assessment, Because, Evidence, Unknown
from cobalamin.service.rules.model.dates import When
from cobalamin.service.rules.model.facts import FeatureFact, HistoryFact, Refusal, Result
from cobalamin.service.rules.model.parameter import Verification
from cobalamin.service.rules.model.quantities import Comparator, Quantity

COMPARATORS = {
    Comparator.below: "less than ",
    Comparator.at_most: "at most ",
    Comparator.at_least: "at least ",
    Comparator.above: "more than ",
}
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


def quantity_text(quantity: Quantity) -> str:
    """The number as reported with its unit; a comparator is said in words."""
    comparator = "" if quantity.comparator is None else COMPARATORS[quantity.comparator]
    return f"{comparator}{digits_text(quantity.value)} {unit_text(quantity.unit)}"


def digits_text(number: Decimal) -> str:
    """The digits as reported, never as a power of ten."""
    text = str(number)
    return f"{number:f}" if "E" in text else text


@lru_cache(maxsize=1024)
def unit_text(unit: str) -> str:
    """The unit, cut and cleaned: a dose may carry any text that was sent."""
    return "".join(c if c.isprintable() else " " for c in unit[:UNIT_LENGTH])


def limit_text(because: Because) -> str | None:
    """The limit with its unit; a computed one is rounded and says so."""
    return None if because.limit is None else bound_text(because.limit, because.verification)


def bound_text(limit: Quantity, verification: Verification | None) -> str:
    """The number of a limit with its unit."""
    if verification is not Verification.computed:
        return quantity_text(limit)
    return f"about {rounded(limit.value):f} {unit_text(limit.unit)}"


def rounded(number: Decimal) -> Decimal:
    """Four significant digits, without trailing zeros."""
    if not number:
        return number
    places = min(DIGITS - 1 - number.adjusted(), DIGITS)
    return round(number, max(places, 0)).normalize()


def value_text(wording: Wording, result: Result) -> str:
    """What was reported: a quantity, a finding or the laboratory's own flag."""
    if result.quantity is not None:
        return quantity_text(result.quantity)
    if result.finding is not None:
        return wording.terms.finding[result.finding]
    return "no value" if result.flag is None else wording.terms.flag[result.flag]


def evidence_text(wording: Wording, evidence: Evidence) -> str:
    """One fact as recorded, with its date."""
    if isinstance(evidence, Result):
        label = wording.fact(evidence.analyte)
        return f"{label}: {value_text(wording, evidence)} ({date_text(evidence.on)})"
    if isinstance(evidence, FeatureFact):
        return f"{wording.fact(evidence.code)}: {', '.join(_feature(wording, evidence))}"
    return f"{wording.fact(evidence.code)}: {', '.join(_history(evidence))}"


def _feature(wording: Wording, feature: FeatureFact) -> Iterable[str]:
    yield "present" if feature.present else "absent"
    if feature.objective:
        yield "found on examination"
    if feature.progressive is not None:
        yield "progressive" if feature.progressive else "not progressive"
    if feature.intermittent:
        yield "intermittent"
    if feature.site is not None:
        yield wording.terms.body_site[feature.site]
    if feature.onset is not None:
        yield f"since {date_text(feature.onset)}"


def _history(fact: HistoryFact) -> Iterable[str]:
    yield "recorded" if fact.active else "in the past"
    if fact.form is not None:
        yield fact.form.value
    if fact.since is not None:
        yield f"since {date_text(fact.since)}"
    if fact.last is not None:
        yield f"last {date_text(fact.last)}"
    if fact.dose is not None:
        yield quantity_text(fact.dose)


def comparison_text(wording: Wording, because: Because) -> str | None:
    """A result against its limit, short enough to check at a glance."""
    evidence = because.evidence
    if not isinstance(evidence, Result):
        return None
    text = f"{wording.fact(evidence.analyte)} {value_text(wording, evidence)}"
    limit = limit_text(because)
    if limit is None or because.limit is None or evidence.quantity is None:
        return text
    whose = "the report's own limit" if because.own_limit else "the limit"
    if evidence.quantity.comparator is not None:
        return f"{text}, against {whose} of {limit}"
    return f"{text}, {_side(evidence.quantity.value, because.limit.value)} {whose} of {limit}"


def _side(value: Decimal, limit: Decimal) -> str:
    if value == limit:
        return "at"
    return "below" if value < limit else "above"


def source_text(
    wording: Wording, source: str, locator: str | None, verification: Verification | None
) -> str:
    """A source with its locator, and its verification unless it was read at source."""
    title = wording.citations.get(source, source)
    text = title if not locator else f"{title}, {locator}"
    if verification is None or verification is Verification.source:
        return text
    return f"{text} ({wording.terms.verification[verification]})"


@lru_cache(maxsize=256)
def unknown_text(wording: Wording, unknown: Unknown) -> str:
    """What is not known, and what knowing it could change."""
    fact = sentence(wording.fact(unknown.fact))
    if unknown.would_decide is None:
        return f"{fact}: not known; the answer rests on that."
    decides = wording.terms.decides.get(unknown.would_decide, unknown.would_decide)
    return f"{fact}: not known; it could change {decides}."


def refusal_text(wording: Wording, refusal: Refusal) -> str:
    """Which result was not used, and why."""
    if refusal.quantity is not None:
        value = quantity_text(refusal.quantity)
        return f"{sentence(wording.fact(refusal.analyte))}: preliminary {value}, not final."
    why = wording.terms.refusal.get(refusal.code, "it cannot be used")
    return f"{sentence(wording.fact(refusal.analyte))}: a result was sent and not used, as {why}."


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
