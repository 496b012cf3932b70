"""Several results of one analyte over time, as points in percent of a chart."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from msgspec import Struct

from cobalamin.service.answers.card_values import date_words, quantity_words, unit_words
from cobalamin.service.answers.deciding_values import result_name
from cobalamin.service.answers.phrases import rounded
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.pages.answer.scales import SCALES
from cobalamin.service.rules.evidence.case import Case
from cobalamin.service.rules.evidence.comparisons import limit_for
from cobalamin.service.rules.model.facts import Result
from cobalamin.service.rules.model.units import UnitTable, convert_limit
from cobalamin.service.rules.model.vocabulary import Analyte

HEIGHT, MARGIN = 120, 18
MAX_POINTS = 24


class TrendPoint(Struct, frozen=True, kw_only=True):
    """One result: `x` in percent of the width, `y` in pixels from the top."""

    x: float
    y: float
    value: str
    date: str


class TrendLimit(Struct, frozen=True, kw_only=True):
    """A limit of the profile within the chart."""

    y: float
    text: str


class Trend(Struct, frozen=True, kw_only=True):
    """The results of one analyte, the oldest first, in the unit of the newest."""

    analyte: str
    name: str
    unit: str
    points: tuple[TrendPoint, ...]
    limits: tuple[TrendLimit, ...]
    left_out: int = 0


def trends(case: Case, profile: Profile) -> Iterator[Trend]:
    """One for each analyte with two or more numbers on different days that can be compared."""
    for analyte in Analyte:
        results = [result for result in case.results(analyte) if result.quantity is not None]
        if len({result.on.last for result in results}) > 1:
            trend = _trend(case, profile, analyte, results)
            if trend is not None:
                yield trend


def _trend(
    case: Case, profile: Profile, analyte: Analyte, results: Sequence[Result]
) -> Trend | None:
    newest = results[0]
    unit = newest.quantity.unit if newest.quantity else ""
    table = case.knowledge.units[analyte]
    known = [(result, number) for result in results if (number := _in(result, unit, table))]
    shown = known[:MAX_POINTS][::-1]
    if len(shown) < 2:  # noqa: PLR2004 - a line has two ends
        return None
    limits = _limits(case, newest)
    low, high = _range([number for _, number in shown], limits)
    days = (shown[0][0].on.last.toordinal(), shown[-1][0].on.last.toordinal())
    return Trend(
        analyte=analyte.value,
        name=result_name(analyte, profile),
        unit=unit_words(unit, profile.wording.card),
        points=tuple(
            _point(result, days, _height(number, low, high), profile) for result, number in shown
        ),
        limits=tuple(
            TrendLimit(y=_height(limit, low, high), text=f"{rounded(limit):f}")
            for limit in limits
            if low <= limit <= high
        ),
        left_out=len(known) - len(shown),
    )


def _limits(case: Case, newest: Result) -> list[Decimal]:
    kind = SCALES.get(newest.analyte)
    parameters = () if kind is None else kind.limits(case)
    limits = (limit_for(case, newest, parameter) for parameter in parameters)
    return [limit for limit in limits if limit is not None]


def _point(result: Result, days: tuple[int, int], y: float, profile: Profile) -> TrendPoint:
    first, last = days
    words = profile.wording.card
    x = round(6 + 88 * (result.on.last.toordinal() - first) / max(last - first, 1), 2)
    value = "" if result.quantity is None else quantity_words(result.quantity, words)
    return TrendPoint(x=x, y=y, value=value, date=date_words(result.on, words))


def _in(result: Result, unit: str, table: UnitTable) -> Decimal | None:
    """The number of a result in this unit; None where it cannot be converted."""
    quantity = result.quantity
    if quantity is None or quantity.unit == unit:
        return None if quantity is None else quantity.value
    if quantity.unit in table.factors and unit in table.factors:
        return convert_limit(quantity.value, quantity.unit, unit, table)
    return None


def _range(numbers: Sequence[Decimal], limits: Sequence[Decimal]) -> tuple[Decimal, Decimal]:
    """What the chart spans: every result, and each limit that is not far from them."""
    low, high = min(numbers), max(numbers)
    near = [limit for limit in limits if low / 2 <= limit <= high * 2]
    low, high = min([low, *near]), max([high, *near])
    return (low, high) if low < high else (low * Decimal("0.9"), high * Decimal("1.1") + 1)


def _height(number: Decimal, low: Decimal, high: Decimal) -> float:
    share = float((number - low) / (high - low))
    return round(HEIGHT - MARGIN - share * (HEIGHT - 2 * MARGIN), 1)
