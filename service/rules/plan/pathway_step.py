"""A row of the pathway, and the step that was reached for one patient."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum, auto

from msgspec import Struct

from cobalamin.service.rules.evidence.case import Case
from cobalamin.service.rules.model.assessment import Route, Urgency
from cobalamin.service.rules.model.codes import Codes


class ReportComment(StrEnum):
    """When a step is said in a laboratory's report comment."""

    never = auto()
    with_advice = auto()
    always = auto()


class PathwayStep(Struct, frozen=True, kw_only=True):
    """One step of the pathway: when it applies, and what follows.

    `id` is the code on the wire, `name` says what the step is about. `route` is fixed or computed
    from the case; `urgency` is the least that the step asks for (`urgency.urgency_of`).
    `suggests` gives the step's own suggestions, the recommended one first; what belongs beside any
    step is added to them.

    silent: nothing is suggested, also not beside the step.
    samples_first: blood is taken before the first dose, without waiting for the results.
    others_first: other causes are looked for before vitamin B12 is blamed.
    treats_nerves: a finding of the nervous system is treated with injections.
    names_competing: another cause of nerve findings that is recorded is named beside the step.
    comment: when the step is said in a report comment.
    comment_by_route: the routes for which the report comment has a sentence of its own.
    """

    id: str
    name: str
    applies: Callable[[Case], bool]
    route: Route | Callable[[Case], Route]
    urgency: Urgency = Urgency.routine
    suggests: Callable[[Case, PlannedStep], Codes]
    silent: bool = False
    samples_first: bool = False
    others_first: bool = False
    treats_nerves: bool = False
    names_competing: bool = False
    comment: ReportComment = ReportComment.with_advice
    comment_by_route: tuple[Route, ...] = ()

    def comment_code(self, route: Route) -> str:
        """The code of the sentence that a report comment says about this step."""
        return f"{self.id}-{route}" if route in self.comment_by_route else self.id

    def comment_codes(self) -> tuple[str, ...]:
        """The code of each sentence that a report comment may say about this step."""
        if self.comment is ReportComment.never:
            return ()
        return (self.id, *(f"{self.id}-{route}" for route in self.comment_by_route))

    def route_for(self, case: Case) -> Route:
        """The route that this step takes for a patient."""
        return self.route if isinstance(self.route, Route) else self.route(case)


class PlannedStep(Struct, frozen=True, kw_only=True):
    """The step that was reached, what kind of action it calls for, and how soon."""

    step: PathwayStep
    route: Route
    urgency: Urgency
