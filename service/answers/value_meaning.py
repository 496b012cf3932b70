"""What the limit of a value makes of it, in the words of a card."""

from decimal import Decimal

from cobalamin.service.answers.card_values import limit_words
from cobalamin.service.answers.phrases import digits_text
from cobalamin.service.knowledge.card_words import CardWords
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.rules.model.assessment import Because
from cobalamin.service.rules.model.facts import Result
from cobalamin.service.rules.model.parameter import Bound, Parameter, Verification
from cobalamin.service.rules.model.quantities import Quantity, is_above, is_below
from cobalamin.service.rules.model.truth import Truth, negate
from cobalamin.service.rules.model.units import convert_limit
from cobalamin.service.rules.model.vocabulary import Analyte

BANDS = {
    Analyte.b12_total: ("b12_total_deficient", "b12_total_unlikely"),
    Analyte.b12_active: ("b12_active_deficient", "b12_active_unlikely"),
}
# Limits that count on their upper side; every other one that a reason names counts below.
COUNT_ABOVE = (
    "mma_",
    "homocysteine_",
    "mcv_macrocytic",
    "rdw_",
    "ldh_",
    "crp_",
    "hypersegmented_",
    "b12_high",
)


def get_level_meaning(because: Because, profile: Profile) -> str | None:
    """Where a level of vitamin B12 lies that shows no deficiency by itself.

    Such as `between 180 and 350, not decisive`; None for another value, and for a low level.
    """
    result, parameter = because.evidence, because.parameter
    if not isinstance(result, Result) or result.quantity is None or parameter is None:
        return None
    if parameter.id not in BANDS.get(result.analyte, ()):
        return None
    meaning, counts = _band_meaning(result, result.quantity, profile)
    return None if counts else meaning


def get_meaning(
    because: Because, result: Result, quantity: Quantity, profile: Profile
) -> tuple[str | None, bool]:
    """What the limit makes of a number, and whether it is on the side that counts."""
    words, limit = profile.wording.card, because.limit
    if limit is None:
        return None, True
    if because.parameter is None:
        return _own_meaning(limit, quantity, words)
    if result.analyte in BANDS and because.parameter.id in BANDS[result.analyte]:
        return _band_meaning(result, quantity, profile)
    limit_text = limit_words(limit, because.verification, words)
    met = _is_met(because.parameter, limit, quantity)
    if met is None:
        return words.value.unclear.format(limit=limit_text), True
    meaning = _side_words(because.parameter.id, words, met=met)
    return words.value.limit.format(meaning=meaning, limit=limit_text), met


def _own_meaning(limit: Quantity, quantity: Quantity, words: CardWords) -> tuple[str, bool]:
    """Against the limit of the laboratory's own report, whichever of the two it is."""
    limit_text = digits_text(limit.value)
    if is_below(quantity, limit.value):
        return words.value.own_limit.format(meaning=words.value.low, limit=limit_text), True
    if is_above(quantity, limit.value):
        return words.value.own_limit.format(meaning=words.value.raised, limit=limit_text), True
    return words.value.unclear.format(limit=limit_text), False


def _band_meaning(result: Result, quantity: Quantity, profile: Profile) -> tuple[str, bool]:
    """A level below the lower limit, between two limits, or above the upper one."""
    words, thresholds = profile.wording.card.value, profile.knowledge.thresholds
    lower: Parameter = getattr(thresholds, BANDS[result.analyte][0])
    upper: Parameter = getattr(thresholds, BANDS[result.analyte][1])
    low = _limit_in(lower, result, quantity.unit, profile)
    high = _limit_in(upper, result, quantity.unit, profile)
    if is_below(quantity, low[0]):
        return words.limit.format(meaning=words.low, limit=low[1]), True
    if is_above(quantity, high[0]):
        return words.over.format(high=high[1]), False
    return words.between.format(low=low[1], high=high[1]), False


def _limit_in(
    parameter: Parameter, result: Result, unit: str, profile: Profile
) -> tuple[Decimal, str]:
    """The limit in the unit of a result as a number and in words."""
    words = profile.wording.card
    published = parameter.value.get(unit)
    if published is not None:
        return published, limit_words(Quantity(value=published, unit=unit), None, words)
    table = profile.knowledge.units[result.analyte]
    known, value = next((u, v) for u, v in parameter.value.items() if u in table.factors)
    converted = Quantity(value=convert_limit(value, known, unit, table), unit=unit)
    return converted.value, limit_words(converted, Verification.computed, words)


def _is_met(parameter: Parameter, limit: Quantity, quantity: Quantity) -> Truth:
    above = parameter.id.startswith(COUNT_ABOVE)
    if parameter.bound is Bound.inclusive:
        return negate((is_below if above else is_above)(quantity, limit.value))
    return (is_above if above else is_below)(quantity, limit.value)


def _side_words(key: str, words: CardWords, *, met: bool) -> str:
    own = words.limits.get(key)
    if own is not None:
        return own.met if met else own.unmet
    if key.startswith(COUNT_ABOVE):
        return words.value.raised if met else words.value.not_raised
    return words.value.low if met else words.value.not_low
