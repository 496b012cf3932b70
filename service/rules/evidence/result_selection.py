"""Which of several results of one analyte counts: the newest, as far as their times tell.

Two times with a zone are compared as instants. A time without a zone, or a day alone, has no known
order beside another of the same day: of several that may be the newest, the one nearer to
deficiency counts. Age limits are applied in `record.py`, corrected reports are replaced in
`fhir/readers/superseded.py`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import groupby

from cobalamin.service.rules.model.dates import When
from cobalamin.service.rules.model.facts import Result
from cobalamin.service.rules.model.quantities import Comparator
from cobalamin.service.rules.model.units import UnitTable
from cobalamin.service.rules.model.vocabulary import Analyte

Units = Mapping[Analyte, UnitTable]
HIGHER_IS_WORSE = frozenset(
    {
        Analyte.mma,
        Analyte.mma_urine,
        Analyte.homocysteine,
        Analyte.mcv,
        Analyte.rdw,
        Analyte.ldh,
        Analyte.creatinine,
        Analyte.hypersegmented_neutrophils,
    }
)
_LOWER_FIRST = {
    Comparator.below: 4,
    Comparator.at_most: 3,
    None: 2,
    Comparator.at_least: 1,
    Comparator.above: 0,
}


def order_newest_first(results: Sequence[Result], units: Units) -> tuple[Result, ...]:
    """All results of one analyte, whatever the order in which they were sent.

    The first is the one that counts; the others follow by their time.
    """
    if not results[1:]:
        return tuple(results)
    candidates = find_newest(results)
    newest = candidates[0]
    if candidates[1:]:
        newest = max(candidates, key=lambda result: _severity(result, units))
    ordered: list[Result] = []
    for _, several in groupby(sorted(results, key=_recency, reverse=True), key=_recency):
        of_one_time = list(several)
        if of_one_time[1:]:
            of_one_time.sort(key=lambda result: _severity(result, units), reverse=True)
        ordered += of_one_time
    ordered.remove(newest)
    return (newest, *ordered)


def find_newest(results: Iterable[Result]) -> list[Result]:
    """Every result that may be the newest; a correction alone of those of its time."""
    several = list(results)
    if not several[1:]:
        return several
    instants = [result.on.instant for result in several if _has_zone(result.on)]
    latest = max((instant for instant in instants if instant is not None), default=None)
    latest_zoned = max(
        (result.on.first for result in several if _has_zone(result.on)), default=date.min
    )
    latest_other = max(
        (result.on.last for result in several if not _has_zone(result.on)), default=date.min
    )
    candidates = []
    for result in several:
        if _has_zone(result.on):
            is_newest = result.on.instant == latest and result.on.last >= latest_other
        else:
            is_newest = result.on.last == latest_other and result.on.last >= latest_zoned
        if is_newest:
            candidates.append(result)
    return _without_corrected(candidates or several)


def is_later(first: When, other: When) -> bool:
    """Whether a time is later than another; of two days, by the latest day that each can mean."""
    if first.instant and other.instant and first.instant.tzinfo and other.instant.tzinfo:
        return first.instant > other.instant
    return first.last > other.last


def _without_corrected(several: list[Result]) -> list[Result]:
    """Without those of which a correction of the same time was sent."""
    corrected = {time_key(one.on) for one in several if one.corrected}
    return [one for one in several if one.corrected or time_key(one.on) not in corrected]


def _has_zone(on: When) -> bool:
    return on.instant is not None and on.instant.tzinfo is not None


def time_key(on: When) -> datetime | str:
    """What two results of one time share, however it is written."""
    return on.instant.astimezone(UTC) if on.instant is not None and on.instant.tzinfo else on.text


def _recency(result: Result) -> tuple[datetime, bool]:
    """By time, a correction before what it corrects; of one time the worse value comes first."""
    return (_position(result.on), result.corrected)


def _position(on: When) -> datetime:
    """Where a time stands among others; without a zone it is taken as in UTC."""
    if on.instant is None:
        return datetime.combine(on.last, time(), UTC)
    return on.instant if on.instant.tzinfo is not None else on.instant.replace(tzinfo=UTC)


def _severity(result: Result, units: Units) -> tuple[object, ...]:
    """How near to deficiency; a number before none.

    The last terms make the order independent of the order in which results were sent.
    """
    quantity = result.quantity
    sign = 1 if result.analyte in HIGHER_IS_WORSE else -1
    return (
        quantity is not None,
        sign * _canonical(result, units),
        sign * -_LOWER_FIRST[quantity.comparator] if quantity else 0,
        quantity.unit if quantity else "",
        str(result.finding),
        str(result.flag),
        "" if result.limits is None else str(result.limits),
        str(result.reference),
        result.on.text,
    )


def _canonical(result: Result, units: Units) -> Decimal:
    """The value in the analyte's canonical unit, so that units can be ordered; 0 without one."""
    if result.quantity is None:
        return Decimal(0)
    table = units.get(result.analyte)
    factor = None if table is None else table.factors.get(result.quantity.unit)
    return result.quantity.value * (factor or 1)
