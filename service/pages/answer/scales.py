"""Each result on a scale with the profile's limits: which band it lies in, and where.

Bands are equally wide, so that each has room for its name; within a band the position is
proportional, and above the last limit it is the limit divided by the value.
"""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise

from msgspec import Struct

from cobalamin.service.answers.card_values import date_words, quantity_words
from cobalamin.service.answers.deciding_values import result_name
from cobalamin.service.answers.phrases import rounded
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.pages.texts import page_texts
from cobalamin.service.rules.evidence.case import Case
from cobalamin.service.rules.evidence.comparisons import limit_for
from cobalamin.service.rules.findings.haemoglobin_limits import (
    haemoglobin_limits,
    moderate_limit,
    severe_limit,
)
from cobalamin.service.rules.findings.markers import mma_limit
from cobalamin.service.rules.model.facts import Result
from cobalamin.service.rules.model.parameter import Bound, Parameter
from cobalamin.service.rules.model.quantities import Comparator, Quantity
from cobalamin.service.rules.model.vocabulary import Analyte as A

BAD, MIDDLE, GOOD = "bad", "mid", "good"
COUNT_ABOVE = frozenset(
    {
        "b12_total_unlikely",
        "b12_active_unlikely",
        "mma_raised",
        "mma_raised_older",
        "homocysteine_raised",
        "mcv_macrocytic",
        "rdw_raised",
        "ldh_raised",
        "crp_inflamed",
        "hba1c_high",
    }
)
"""Limits that count on their upper side; every other one of a scale counts below."""
BESIDE = {Comparator.below: Decimal("0.9999"), Comparator.above: Decimal("1.0001")}
Limits = Callable[[Case], tuple[Parameter, ...]]


class ScaleKind(Struct, frozen=True):
    """The limits of an analyte, the lowest first, and the bands between them with their tones."""

    limits: Limits
    bands: tuple[tuple[str, str], ...]


class ScaleBand(Struct, frozen=True):
    """One band: its name, its tone, and where it begins and how wide it is, in percent."""

    name: str
    tone: str
    start: float
    width: float
    holds_value: bool


class ScaleLimit(Struct, frozen=True):
    """A limit on the scale, and the parameter that it is."""

    text: str
    at: float
    parameter: Parameter


class ScaledResult(Struct, frozen=True, kw_only=True):
    """One result on its scale; `at` is its position in percent."""

    analyte: str
    name: str
    value: str
    date: str
    band: str
    at: float
    bands: tuple[ScaleBand, ...]
    limits: tuple[ScaleLimit, ...]


def _named(*names: str) -> Limits:
    def limits(case: Case) -> tuple[Parameter, ...]:
        return tuple(getattr(case.thresholds, name) for name in names)

    return limits


def _low(name: str) -> ScaleKind:
    return ScaleKind(_named(name), (("low", BAD), ("not-low", GOOD)))


def _raised(name: str) -> ScaleKind:
    return ScaleKind(_named(name), (("not-raised", GOOD), ("raised", BAD)))


_MEASURED_B12 = (("deficient", BAD), ("between", MIDDLE), ("unlikely", GOOD))
SCALES: Mapping[A, ScaleKind] = {
    A.b12_total: ScaleKind(_named("b12_total_deficient", "b12_total_unlikely"), _MEASURED_B12),
    A.b12_active: ScaleKind(_named("b12_active_deficient", "b12_active_unlikely"), _MEASURED_B12),
    A.mma: ScaleKind(lambda case: (mma_limit(case),), (("not-raised", GOOD), ("raised", BAD))),
    A.homocysteine: _raised("homocysteine_raised"),
    A.folate_serum: _low("folate_serum_low"),
    A.folate_rbc: _low("folate_rbc_low"),
    A.haemoglobin: ScaleKind(
        lambda case: (severe_limit(case), moderate_limit(case), haemoglobin_limits(case)[0]),
        (("severe", BAD), ("moderate", BAD), ("mild", MIDDLE), ("no-anaemia", GOOD)),
    ),
    A.mcv: ScaleKind(
        _named("mcv_microcytic", "mcv_macrocytic"),
        (("small", MIDDLE), ("normal", GOOD), ("large", BAD)),
    ),
    A.rdw: _raised("rdw_raised"),
    A.platelets: ScaleKind(
        _named("platelets_marked", "platelets_low"),
        (("very-low", BAD), ("low", MIDDLE), ("not-low", GOOD)),
    ),
    A.neutrophils: ScaleKind(
        _named("neutrophils_marked", "neutrophils_low"),
        (("very-low", BAD), ("low", MIDDLE), ("not-low", GOOD)),
    ),
    A.reticulocytes: _low("reticulocytes_low"),
    A.ldh: _raised("ldh_raised"),
    A.haptoglobin: _low("haptoglobin_low"),
    A.ferritin: _low("ferritin_low"),
    A.transferrin_saturation: _low("transferrin_saturation_low"),
    A.crp: _raised("crp_inflamed"),
    A.potassium: ScaleKind(
        _named("potassium_severe", "potassium_moderate", "potassium_low"),
        (("severe", BAD), ("moderate", BAD), ("mild", MIDDLE), ("not-low", GOOD)),
    ),
    A.egfr: ScaleKind(
        _named("egfr_severe", "egfr_reduced"),
        (("very-low", BAD), ("reduced", MIDDLE), ("not-reduced", GOOD)),
    ),
    A.magnesium: _low("magnesium_low"),
    A.calcium: _low("calcium_low"),
    A.vitamin_d: _low("vitamin_d_low"),
    A.hba1c: _raised("hba1c_high"),
}


def scaled_results(case: Case, profile: Profile) -> Iterator[ScaledResult]:
    """The newest result of each analyte that has limits in its unit, in the declared order."""
    for analyte, kind in SCALES.items():
        result = case.latest(analyte)
        if result is not None and result.quantity is not None:
            scaled = _scaled(case, profile, result, result.quantity, kind)
            if scaled is not None:
                yield scaled


def _scaled(
    case: Case, profile: Profile, result: Result, quantity: Quantity, kind: ScaleKind
) -> ScaledResult | None:
    """None where a limit cannot be told in the unit of the result, or two fall together."""
    parameters = kind.limits(case)
    limits = [limit_for(case, result, parameter) for parameter in parameters]
    known = [limit for limit in limits if limit is not None]
    if len(known) < len(limits) or any(a >= b for a, b in pairwise(known)):
        return None
    index = _band_of(_bounded(quantity), known, parameters)
    width = 100 / len(kind.bands)
    words = profile.wording.card
    return ScaledResult(
        analyte=result.analyte.value,
        name=result_name(result.analyte, profile),
        value=quantity_words(quantity, words),
        date=date_words(result.on, words),
        band=_band_text(quantity, kind, index),
        at=round((index + _share(quantity.value, known, index)) * width, 2),
        bands=_bands(kind.bands, index),
        limits=_limits(tuple(zip(parameters, known, strict=True)), width),
    )


@lru_cache(maxsize=128)
def _bands(named: tuple[tuple[str, str], ...], index: int) -> tuple[ScaleBand, ...]:
    width, names = 100 / len(named), page_texts().bands
    starts = [round(place * width, 2) for place in range(len(named))]
    parts = [(names[code], tone, at) for (code, tone), at in zip(named, starts, strict=True)]
    return tuple(ScaleBand(*part, round(width, 2), part is parts[index]) for part in parts)


@lru_cache(maxsize=256)
def _limits(limits: tuple[tuple[Parameter, Decimal], ...], width: float) -> tuple[ScaleLimit, ...]:
    texts = [f"{rounded(number):f}" for _, number in limits]
    places = [round(place * width, 2) for place in range(1, len(limits) + 1)]
    parameters = [parameter for parameter, _ in limits]
    return tuple(map(ScaleLimit, texts, places, parameters))


def _bounded(quantity: Quantity) -> Decimal:
    """The number, or one just beside it where the true value lies below or above it."""
    return quantity.value * (BESIDE.get(quantity.comparator, 1) if quantity.comparator else 1)


def _band_text(quantity: Quantity, kind: ScaleKind, index: int) -> str:
    """The band, and that the true value may lie beyond it where the report gives a bound alone."""
    words, last = page_texts().bands, len(kind.bands) - 1
    name = words[kind.bands[index][0]]
    if quantity.comparator in (Comparator.below, Comparator.at_most) and index > 0:
        return words["lower"].format(band=name)
    if quantity.comparator in (Comparator.above, Comparator.at_least) and index < last:
        return words["higher"].format(band=name)
    return name


def _band_of(value: Decimal, limits: list[Decimal], parameters: tuple[Parameter, ...]) -> int:
    """The band of a value; at a limit its bound says whether the limit itself counts."""
    for index, (limit, parameter) in enumerate(zip(limits, parameters, strict=True)):
        if value < limit or (value == limit and not _is_above_at_limit(parameter)):
            return index
    return len(limits)


def _is_above_at_limit(parameter: Parameter) -> bool:
    """Whether the limit itself belongs to the band above it."""
    counts_above = parameter.id in COUNT_ABOVE
    return counts_above if parameter.bound is Bound.inclusive else not counts_above


def _share(value: Decimal, limits: list[Decimal], index: int) -> float:
    """How far into its band a value lies, from 0 to 1, a little inside of either end."""
    if index == len(limits):
        share = 1 - float(limits[-1] / value) if value else 0.0
    else:
        start = limits[index - 1] if index else Decimal(0)
        share = float((value - start) / (limits[index] - start))
    return min(max(share, 0.04), 0.96)
