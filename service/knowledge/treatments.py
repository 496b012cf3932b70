"""Regimens of a profile, and the bounds that every drafted dose must keep."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import StrEnum, auto
from typing import Literal

import msgspec

from cobalamin.service.knowledge.errors import KnowledgeError
from cobalamin.service.knowledge.toml_files import (
    Sourced,
    check_complete,
    check_sources,
    check_texts,
    load_entries,
)
from cobalamin.service.rules.model.codes import SuggestionKind
from cobalamin.service.rules.model.parameter import Citation, Verification
from cobalamin.service.rules.model.thresholds import Thresholds

BOUNDS = "regimens/bounds.toml"
MAINTENANCE = "im-maintenance"
DAYS = {"d": Decimal(1), "wk": Decimal(7), "mo": Decimal(30)}
MICROGRAMS = {"ug": Decimal(1), "mg": Decimal(1000)}
PeriodUnit = Literal["d", "wk", "mo"]


class Administration(StrEnum):
    """The way a product is given."""

    intramuscular = auto()
    oral = auto()
    nasal = auto()


class OrderCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One verified code; exactly one of the systems is given."""

    snomed: str | None = None
    rxnorm: str | None = None
    atc: str | None = None
    loinc: str | None = None


class RegimenStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One phase of a regimen: how much, how often, and for how long if that is bounded."""

    text: str
    dose: Decimal
    dose_max: Decimal | None = None
    unit: Literal["ug", "mg"]
    frequency: int
    period: int
    period_max: int | None = None
    period_unit: PeriodUnit
    lasts: int | None = None
    lasts_unit: PeriodUnit | None = None


class ShorterInterval(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The same product at the shorter end of its interval."""

    label: str
    do: str
    steps: tuple[RegimenStep, ...]
    source: str
    locator: str
    verification: Verification


class Regimen(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a profile drafts for one suggestion; `do` is the course in the words of a card."""

    label: str
    do: str
    product: str
    codes: tuple[OrderCode, ...]
    route: Administration
    steps: tuple[RegimenStep, ...]
    follow_up: str
    source: str
    locator: str
    verification: Verification
    alternatives: tuple[Sourced, ...] = ()
    shorter: ShorterInterval | None = None


class DoseBounds(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The least and the most that may be drafted for a dose, a day or a week."""

    per: Literal["dose", "day", "week"]
    low: Decimal
    high: Decimal
    unit: Literal["ug"]
    source: str
    verification: Verification


def load_regimens(
    profile: str, kinds: Mapping[str, SuggestionKind], citations: Mapping[str, Citation]
) -> Mapping[str, Regimen]:
    """The regimens of a profile by suggestion code.

    Raises:
        KnowledgeError: a code is no medicine, a source is not cited or a dose is out of bounds.
    """
    file = f"regimens/{profile}.toml"
    regimens = load_entries(file, Regimen)
    bounds = load_entries(BOUNDS, DoseBounds)
    check_complete(BOUNDS, bounds, Administration)
    check_sources(BOUNDS, bounds, citations)
    check_sources(file, regimens, citations)
    check_texts(file, regimens)
    for code, regimen in regimens.items():
        if kinds.get(code) is not SuggestionKind.medication:
            raise KnowledgeError(file, code, "is not the code of a medicine")
        _check_regimen(file, code, regimen, bounds[regimen.route])
        if regimen.shorter is not None:
            same = msgspec.structs.replace(regimen, steps=regimen.shorter.steps)
            _check_regimen(file, f"{code}.shorter", same, bounds[regimen.route])
    return regimens


def check_maintenance(
    profile: str, regimens: Mapping[str, Regimen], thresholds: Thresholds
) -> None:
    """The maintenance regimen is given at the interval by which injections are called due.

    Raises:
        KnowledgeError: the regimen is missing or has another interval.
    """
    shortest, longest = thresholds.maintenance_shortest, thresholds.maintenance_longest
    regimen = regimens.get(MAINTENANCE)
    for step in () if regimen is None else regimen.steps:
        is_monthly = step.frequency == 1 and step.period_unit == "mo"
        given = (Decimal(step.period), Decimal(step.period_max or step.period))
        if is_monthly and given == (shortest.number, longest.number):
            return
    raise KnowledgeError(
        f"regimens/{profile}.toml",
        MAINTENANCE,
        f"is not given every {shortest.number} to {longest.number} months, as the thresholds say",
    )


def _check_regimen(file: str, code: str, regimen: Regimen, bounds: DoseBounds) -> None:
    if not regimen.steps or not regimen.codes:
        raise KnowledgeError(file, code, "has no step or no code")
    for step in regimen.steps:
        if (step.lasts is None) is not (step.lasts_unit is None):
            raise KnowledgeError(file, code, "needs both lasts and lasts_unit, or neither")
        if min(step.frequency, step.period, step.lasts or 1) < 1:
            raise KnowledgeError(file, code, "has a frequency, period or duration below 1")
        if any(not bounds.low <= amount <= bounds.high for amount in _amounts(step, bounds.per)):
            raise KnowledgeError(file, code, "drafts a dose that is out of bounds")


def _amounts(step: RegimenStep, per: str) -> Iterable[Decimal]:
    """The least and the most of a step, in micrograms for a dose, a day or a week."""
    doses = (step.dose, step.dose if step.dose_max is None else step.dose_max)
    for dose in doses:
        amount = dose * MICROGRAMS[step.unit]
        if per == "dose":
            yield amount
        else:
            daily = amount * step.frequency / (step.period * DAYS[step.period_unit])
            yield daily * (7 if per == "week" else 1)
