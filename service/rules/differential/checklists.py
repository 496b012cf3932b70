"""Checklists beside the findings: what else to think of. They change no finding and no plan."""

from datetime import date

from msgspec import Struct

from cobalamin.service.rules.differential.lookalikes import look_alikes
from cobalamin.service.rules.differential.muscle import differential
from cobalamin.service.rules.evidence.case import Case
from cobalamin.service.rules.model.assessment import LookAlike, MuscleCell
from cobalamin.service.rules.model.facts import Facts
from cobalamin.service.rules.model.knowledge import Knowledge


class Checklists(Struct, frozen=True, kw_only=True):
    """Both lists; empty where the record gives no reason to think of them."""

    muscle: tuple[MuscleCell, ...]
    look_alikes: tuple[LookAlike, ...]


def checklists(facts: Facts, knowledge: Knowledge, on: date) -> Checklists:
    """What speaks for and against other causes; for the answers that show it."""
    case = Case(facts, knowledge, on)
    return Checklists(muscle=differential(case), look_alikes=look_alikes(case))
