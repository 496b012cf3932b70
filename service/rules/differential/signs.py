"""Short signs that comparison tables ask about: is it in the record?

A sign is a feature, a history entry, or a kind with a name: `site:legs`, `low:potassium`,
`normal:calcium`, `high:tsh`, `b12:low`, `b12:sufficient`, `progressive:muscle`.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache

from cobalamin.service.rules.evidence.case import Case
from cobalamin.service.rules.evidence.comparisons import is_high, is_low
from cobalamin.service.rules.evidence.recency import current
from cobalamin.service.rules.findings.anaemia import DEFICIENT_STATUSES
from cobalamin.service.rules.findings.b12_status import status
from cobalamin.service.rules.findings.markers import band, folate_is_low
from cobalamin.service.rules.findings.muscle import MUSCLE
from cobalamin.service.rules.model.assessment import Band
from cobalamin.service.rules.model.facts import Flag, Result
from cobalamin.service.rules.model.quantities import is_above, is_below
from cobalamin.service.rules.model.truth import Truth
from cobalamin.service.rules.model.vocabulary import Analyte as A
from cobalamin.service.rules.model.vocabulary import Feature as F
from cobalamin.service.rules.model.vocabulary import History as H

_FEATURES = frozenset(F)


def speaks(case: Case, sign: str) -> bool:
    """Whether the record holds what a cell asks about; not recorded is silent."""
    return _question(sign)(case)


@cache
def _question(sign: str) -> Callable[[Case], bool]:
    """What a sign asks of a case; there are as many as the knowledge names."""
    if sign in _FEATURES:
        feature = F(sign)
        return lambda case: case.is_present(feature) is True
    kind, separator, name = sign.partition(":")
    if not separator:
        history = H(sign)
        return lambda case: case.has(history)
    ask = _KINDS[kind]
    return lambda case: ask(case, name)


def _is_felt(case: Case, site: str) -> bool:
    return any(fact.site == site for fact in case.present_features(MUSCLE))


def _is_getting_worse(case: Case, _name: str) -> bool:
    return any(fact.progressive for fact in case.present_features(MUSCLE))


def _b12(case: Case, level: str) -> bool:
    value = status(case)
    if level == "low":
        return value in DEFICIENT_STATUSES
    return band(case) is Band.unlikely and value not in DEFICIENT_STATUSES


def _low(case: Case, name: str) -> bool:
    return is_low_by_name(case, name) is True


def _normal(case: Case, name: str) -> bool:
    if name == A.creatine_kinase:
        return _is_far_above(case) is False
    return is_low_by_name(case, name) is False


def _high(case: Case, name: str) -> bool:
    if name == A.creatine_kinase:
        return _is_far_above(case) is True
    if name == A.hba1c:
        return is_high(case, current(case, A.hba1c), case.thresholds.hba1c_high) is True
    return beyond_own_limit(case, A(name), Flag.high) is True


def is_low_by_name(case: Case, name: str) -> Truth:
    """By the rule for folate, by a limit where there is one, else by the report's own."""
    if name == A.folate_serum:
        return folate_is_low(case)
    thresholds = case.thresholds
    limit = {
        A.potassium: thresholds.potassium_low,
        A.magnesium: thresholds.magnesium_low,
        A.calcium: thresholds.calcium_low,
        A.vitamin_d: thresholds.vitamin_d_low,
    }.get(A(name))
    if limit is None:
        return beyond_own_limit(case, A(name), Flag.low)
    return is_low(case, current(case, A(name)), limit)


def beyond_own_limit(case: Case, analyte: A, side: Flag) -> Truth:
    """By the report's own limit or flag; without either it is not known."""
    result = current(case, analyte)
    if result is None:
        return None
    own = _own_limit(result, side)
    if own is None or result.quantity is None:
        return None if result.flag is None else result.flag is side
    return is_above(result.quantity, own) if side is Flag.high else is_below(result.quantity, own)


def _own_limit(result: Result, side: Flag) -> Decimal | None:
    if result.limits is None:
        return None
    return result.limits.high if side is Flag.high else result.limits.low


def _is_far_above(case: Case) -> Truth:
    """Creatine kinase beyond so many times the report's own upper limit."""
    result = current(case, A.creatine_kinase)
    if result is None or result.quantity is None or result.limits is None:
        return None
    upper = result.limits.high
    if upper is None:
        return None
    return is_above(result.quantity, upper * case.thresholds.creatine_kinase_factor.number)


_KINDS: Mapping[str, Callable[[Case, str], bool]] = {
    "site": _is_felt,
    "progressive": _is_getting_worse,
    "b12": _b12,
    "low": _low,
    "normal": _normal,
    "high": _high,
}
KINDS = frozenset(_KINDS)
