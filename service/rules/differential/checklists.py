"""Checklists beside the findings: what else to think of. They change no finding and no plan."""

from cobalamin.service.rules.differential.lookalikes import look_alikes
from cobalamin.service.rules.differential.muscle import differential
from cobalamin.service.rules.evidence.case import Case
from cobalamin.service.rules.model.assessment import Checklists


def checklists(case: Case) -> Checklists:
    """What speaks for and against other causes; for the answers that show it."""
    return Checklists(muscle=differential(case), look_alikes=look_alikes(case))
