"""Cramps, tension, aches and weakness: what in this record speaks for or against each cause.

A checklist to think with, cell by cell, and never a score: no muscle feature raises the tier.
"""

from collections.abc import Iterable

from cobalamin.service.rules.differential.signs import beyond_own_limit, is_low_by_name, speaks
from cobalamin.service.rules.evidence.case import Case
from cobalamin.service.rules.evidence.recency import current
from cobalamin.service.rules.findings.muscle import (
    MUSCLE,
    has_muscle_complaint,
    muscle_emergencies,
    needs_creatine_kinase_today,
    upper_limit,
)
from cobalamin.service.rules.model.assessment import (
    AbnormalValue,
    MuscleCause,
    MuscleCell,
    MuscleFinding,
)
from cobalamin.service.rules.model.facts import Flag, Result
from cobalamin.service.rules.model.quantities import is_above
from cobalamin.service.rules.model.vocabulary import Analyte as A
from cobalamin.service.rules.model.vocabulary import Feature
from cobalamin.service.rules.model.vocabulary import History as H

# The columns of both tables that are about vitamin B12.
OF_B12 = ("b12_deficiency", "low_b12_myalgia")
NAMED_VALUES = (A.potassium, A.magnesium, A.calcium, A.creatine_kinase, A.tsh, A.vitamin_d)


def differential(case: Case) -> tuple[MuscleCell, ...]:
    """Every cell with the facts that speak for and against it; empty without a complaint."""
    if not has_muscle_complaint(case):
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


def muscle_finding(case: Case) -> MuscleFinding | None:
    """What is said about muscles; None without a complaint and without an emergency."""
    emergencies = muscle_emergencies(case)
    if not has_muscle_complaint(case):
        return MuscleFinding(emergencies=emergencies) if emergencies else None
    cells = differential(case)
    about_b12 = [cell for cell in cells if cell.column in OF_B12]
    abnormal = tuple(_abnormal_values(case))
    raised = any(one.result.analyte is A.creatine_kinase for one in abnormal)
    return MuscleFinding(
        complaints=tuple(Feature(fact.code) for fact in case.present_features(MUSCLE)),
        emergencies=emergencies,
        abnormal=abnormal,
        statin=raised and case.has(H.statin),
        needs_creatine_kinase=needs_creatine_kinase_today(case),
        supporting=_once(sign for cell in about_b12 for sign in cell.supporting),
        opposing=_once(sign for cell in about_b12 for sign in cell.opposing),
        others=tuple(_other_causes(cells)),
    )


def _once(signs: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(signs))


def _other_causes(cells: tuple[MuscleCell, ...]) -> Iterable[MuscleCause]:
    """The other columns with anything in support, in the order of the comparison."""
    for column in dict.fromkeys(cell.column for cell in cells if cell.column not in OF_B12):
        signs = _once(s for cell in cells if cell.column == column for s in cell.supporting)
        if signs:
            yield MuscleCause(column=column, supporting=signs)


def _abnormal_values(case: Case) -> Iterable[AbnormalValue]:
    """The values that may explain a muscle complaint, each on the side on which it is abnormal."""
    for analyte in NAMED_VALUES:
        result = current(case, analyte)
        side = None if result is None else _abnormal_side(case, result)
        if result is not None and side is not None:
            yield AbnormalValue(result=result, side=side)


def _abnormal_side(case: Case, result: Result) -> Flag | None:
    if result.analyte is A.creatine_kinase:
        return Flag.high if _is_raised_creatine_kinase(case, result) else None
    if is_low_by_name(case, result.analyte):
        return Flag.low
    return Flag.high if beyond_own_limit(case, result.analyte, Flag.high) else None


def _is_raised_creatine_kinase(case: Case, result: Result) -> bool:
    upper = upper_limit(case, result)
    if result.quantity is None or upper is None:
        return result.flag is Flag.high
    return bool(is_above(result.quantity, upper))
