"""Cramps, tension, aches and weakness: what in this record speaks for or against each cause.

A checklist to think with, cell by cell, and never a score: no muscle feature raises the tier.
"""

from collections.abc import Callable, Mapping

from cobalamin.service.rules.assessment import Band, MuscleCell
from cobalamin.service.rules.blood_picture import LACKING
from cobalamin.service.rules.case import Case, Group, concept
from cobalamin.service.rules.deficiency import b12_status
from cobalamin.service.rules.freshness import current
from cobalamin.service.rules.limits import is_low
from cobalamin.service.rules.markers import band
from cobalamin.service.rules.quantities import is_above
from cobalamin.service.rules.truth import Truth
from cobalamin.service.rules.vocabulary import Analyte as A
from cobalamin.service.rules.vocabulary import Feature as F
from cobalamin.service.rules.vocabulary import History as H

MUSCLE = Group(
    F.muscle_cramp, F.muscle_tension, F.muscle_spasm, F.muscle_stiffness, F.myalgia, F.weakness
)
_FEATURES = frozenset(F)


@concept
def differential(case: Case) -> tuple[MuscleCell, ...]:
    """Every cell with the facts that speak for and against it; empty without a complaint."""
    if not case.present(MUSCLE):
        return ()
    return tuple(
        MuscleCell(
            table=cell.table,
            row=cell.row,
            column=cell.column,
            supporting=tuple(sign for sign in cell.supporting if speaks(case, sign)),
            opposing=tuple(sign for sign in cell.opposing if speaks(case, sign)),
        )
        for cell in case.knowledge.muscle
    )


def speaks(case: Case, sign: str) -> bool:
    """Whether the record holds what a cell asks about; not recorded is silent."""
    if sign in _FEATURES:
        return case.is_present(F(sign)) is True
    kind, separator, name = sign.partition(":")
    return _KINDS[kind](case, name) if separator else case.has(H(sign))


def _is_felt(case: Case, site: str) -> bool:
    return any(fact.site == site for fact in case.present(MUSCLE))


def _is_getting_worse(case: Case, _name: str) -> bool:
    return any(fact.progressive for fact in case.present(MUSCLE))


def _b12(case: Case, level: str) -> bool:
    status = b12_status(case).value
    if level == "low":
        return status in LACKING
    return band(case) is Band.unlikely and status not in LACKING


def _low(case: Case, name: str) -> bool:
    return _is_low(case, name) is True


def _normal(case: Case, name: str) -> bool:
    if name == A.creatine_kinase:
        return _is_far_above(case) is False
    return _is_low(case, name) is False


def _high(case: Case, _name: str) -> bool:
    return _is_far_above(case) is True


def _is_low(case: Case, name: str) -> Truth:
    cut = case.cut
    limit = {
        A.potassium: cut.potassium_low,
        A.magnesium: cut.magnesium_low,
        A.calcium: cut.calcium_low,
        A.vitamin_d: cut.vitamin_d_low,
    }[A(name)]
    return is_low(case, current(case, A(name)), limit)


def _is_far_above(case: Case) -> Truth:
    """Creatine kinase beyond so many times the report's own upper limit."""
    result = current(case, A.creatine_kinase)
    if result is None or result.quantity is None or result.limits is None:
        return None
    upper = result.limits.high
    if upper is None:
        return None
    return is_above(result.quantity, upper * case.cut.creatine_kinase_factor.number)


_KINDS: Mapping[str, Callable[[Case, str], bool]] = {
    "site": _is_felt,
    "progressive": _is_getting_worse,
    "b12": _b12,
    "low": _low,
    "normal": _normal,
    "high": _high,
}
KINDS = frozenset(_KINDS)
