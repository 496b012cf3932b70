"""Comparing a result with a limit, in the unit in which the result was reported."""

from decimal import Decimal

from cobalamin.service.rules.evidence.case import Case
from cobalamin.service.rules.model.assessment import Because
from cobalamin.service.rules.model.facts import Flag, Result
from cobalamin.service.rules.model.parameter import Bound, Parameter, Verification
from cobalamin.service.rules.model.quantities import Quantity, is_above, is_below
from cobalamin.service.rules.model.truth import Truth, negate
from cobalamin.service.rules.model.units import convert_limit


def limit_for(case: Case, result: Result, parameter: Parameter) -> Decimal | None:
    """The parameter's limit in the unit of the result, or None without a number or a way there."""
    if result.quantity is None:
        return None
    unit = result.quantity.unit
    limit = parameter.value.get(unit)
    return limit if limit is not None else _converted(case, result, parameter, unit)


def _converted(case: Case, result: Result, parameter: Parameter, unit: str) -> Decimal | None:
    table = case.knowledge.units[result.analyte]
    for published, value in parameter.value.items():
        if published in table.factors and unit in table.factors:
            return convert_limit(value, published, unit, table)
    return None


def is_under(case: Case, result: Result | None, parameter: Parameter) -> Truth:
    """Whether a result is below the limit; the bound says whether the limit itself counts."""
    if result is None or result.quantity is None:
        return None
    limit = limit_for(case, result, parameter)
    if limit is None:
        return None
    if parameter.bound is Bound.inclusive:
        return negate(is_above(result.quantity, limit))
    return is_below(result.quantity, limit)


def is_over(case: Case, result: Result | None, parameter: Parameter) -> Truth:
    """Whether a result is above the limit; the bound says whether the limit itself counts."""
    if result is None or result.quantity is None:
        return None
    limit = limit_for(case, result, parameter)
    if limit is None:
        return None
    if parameter.bound is Bound.inclusive:
        return negate(is_below(result.quantity, limit))
    return is_above(result.quantity, limit)


def is_low(case: Case, result: Result | None, parameter: Parameter) -> Truth:
    """Whether a result is low by the report's own limit, else the parameter, else its flag."""
    if result is None:
        return None
    if result.quantity is None:
        return _by_flag(result, Flag.low)
    if result.limits is not None and result.limits.low is not None:
        return is_below(result.quantity, result.limits.low)
    return is_under(case, result, parameter)


def is_high(case: Case, result: Result | None, parameter: Parameter) -> Truth:
    """Whether a result is high by the report's own limit, else the parameter, else its flag."""
    if result is None:
        return None
    if result.quantity is None:
        return _by_flag(result, Flag.high)
    if result.limits is not None and result.limits.high is not None:
        return is_above(result.quantity, result.limits.high)
    return is_over(case, result, parameter)


def _by_flag(result: Result, sought: Flag) -> Truth:
    if result.flag is None or result.flag is Flag.abnormal:
        return None
    return result.flag is sought


def because_of_limit(case: Case, result: Result, parameter: Parameter) -> Because:
    """The reason that a result was compared with a parameter."""
    limit = limit_for(case, result, parameter)
    unit = result.quantity.unit if result.quantity else ""
    return Because(
        fact=result.analyte,
        evidence=result,
        parameter=parameter,
        limit=None if limit is None else Quantity(value=limit, unit=unit),
        verification=_verification(parameter, unit),
        citation=parameter.source,
    )


def because_of_own_limit(result: Result, own: Decimal | None) -> Because:
    """The reason that a result was compared with the report's own limit, or its flag taken."""
    limit = None
    if own is not None and result.quantity is not None:
        limit = Quantity(value=own, unit=result.quantity.unit)
    return Because(fact=result.analyte, evidence=result, limit=limit, own_limit=True)


def because_low(case: Case, result: Result, parameter: Parameter) -> Because:
    """The reason behind `is_low`."""
    own = result.limits.low if result.limits else None
    if own is not None or result.quantity is None:
        return because_of_own_limit(result, own)
    return because_of_limit(case, result, parameter)


def because_high(case: Case, result: Result, parameter: Parameter) -> Because:
    """The reason behind `is_high`."""
    own = result.limits.high if result.limits else None
    if own is not None or result.quantity is None:
        return because_of_own_limit(result, own)
    return because_of_limit(case, result, parameter)


def _verification(parameter: Parameter, unit: str) -> Verification:
    """A limit is published if its digits are; only a true conversion is computed."""
    if unit in parameter.value:
        return parameter.verification
    return Verification.computed
