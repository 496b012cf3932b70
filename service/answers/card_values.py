"""Numbers, units, limits and dates on a card, as a clinician writes them."""

from cobalamin.service.answers.phrases import digits_text, rounded
from cobalamin.service.knowledge.card_words import CardWords
from cobalamin.service.rules.model.dates import When
from cobalamin.service.rules.model.parameter import Verification
from cobalamin.service.rules.model.quantities import Quantity


def quantity_words(quantity: Quantity, words: CardWords) -> str:
    """A number with its unit, without annotations of UCUM."""
    number = f"{digits_text(quantity.value)} {unit_words(quantity.unit, words)}"
    if quantity.comparator is None:
        return number
    return words.comparators[quantity.comparator].format(number=number)


def unit_words(unit: str, words: CardWords) -> str:
    """A unit without the braces in which UCUM annotates it."""
    spelled = words.units.get(unit)
    return unit.replace("{", "").replace("}", "") if spelled is None else spelled


def limit_words(limit: Quantity, verification: Verification | None, words: CardWords) -> str:
    """The number of a limit; one that was converted is rounded and says so."""
    if verification is Verification.computed:
        return words.value.about.format(number=f"{rounded(limit.value):f}")
    return digits_text(limit.value)


def date_words(when: When, words: CardWords) -> str:
    """The day, month or year, as exactly as it is known."""
    first, last = when.first, when.last
    month = words.months[first.month - 1]
    if first == last:
        return words.value.day.format(day=first.day, month=month, year=first.year)
    if (first.year, first.month) == (last.year, last.month):
        return words.value.month.format(month=month, year=first.year)
    return str(first.year)
