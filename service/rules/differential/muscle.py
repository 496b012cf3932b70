"""Cramps, tension, aches and weakness: what in this record speaks for or against each cause.

A checklist to think with, cell by cell, and never a score: no muscle feature raises the tier.
"""

from cobalamin.service.rules.differential.signs import MUSCLE, speaks
from cobalamin.service.rules.evidence.case import Case
from cobalamin.service.rules.model.assessment import MuscleCell


def differential(case: Case) -> tuple[MuscleCell, ...]:
    """Every cell with the facts that speak for and against it; empty without a complaint."""
    if not case.present_features(MUSCLE):
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
