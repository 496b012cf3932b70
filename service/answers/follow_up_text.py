"""What to expect of treatment, and what the review decides."""

from collections.abc import Iterator

from cobalamin.service.knowledge.toml_files import Sourced
from cobalamin.service.knowledge.wording import Wording
from cobalamin.service.rules.model.assessment import Assessment, Outcome, Route, Tier
from cobalamin.service.rules.model.vocabulary import History

GIVING = (Route.parenteral, Route.oral, Route.continue_)
NERVES = (Tier.n1, Tier.n2, Tier.n3)


def expectations(assessment: Assessment, wording: Wording) -> Iterator[Sourced]:
    """What to expect of the blood count, of affected nerves, and of the review."""
    route = assessment.plan.route
    if assessment.outcome is not Outcome.advice or route not in GIVING:
        return
    yield wording.recovery["blood"]
    if assessment.neuropathy.tier in NERVES:
        yield wording.recovery["nerves"]
    if route is Route.continue_:
        yield wording.recovery[_going_on(assessment)]
    else:
        yield wording.recovery["oral_review" if route is Route.oral else "injection_review"]


def _going_on(assessment: Assessment) -> str:
    """What is said of treatment that goes on, by what is given and for what."""
    recorded = {fact.code for fact in assessment.facts.history if fact.active}
    if History.inherited_cobalamin_disorder in recorded:
        return "specialist_interval"
    injected = History.b12_replacement_parenteral in recorded
    return "injections_go_on" if injected else "tablets_go_on"
