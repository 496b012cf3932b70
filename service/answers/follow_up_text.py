"""What to expect of treatment, and what the review decides."""

from collections.abc import Iterator

from cobalamin.service.knowledge.toml_files import Sourced
from cobalamin.service.knowledge.wording import Wording
from cobalamin.service.rules.findings.causes import ANTIBODY, NO_ABSORPTION
from cobalamin.service.rules.model.assessment import Assessment, Outcome, Route, Severity, Tier
from cobalamin.service.rules.model.codes import CautionCode
from cobalamin.service.rules.model.codes import SuggestionCode as S
from cobalamin.service.rules.model.vocabulary import History, Intake

GIVING = (Route.parenteral, Route.oral, Route.continue_)
NERVES = (Tier.n1, Tier.n2, Tier.n3)
ANAEMIC = (Severity.mild, Severity.moderate, Severity.severe)


def expectations(assessment: Assessment, wording: Wording) -> Iterator[Sourced]:
    """What to expect of the blood count, of affected nerves, and of the review."""
    route = assessment.plan.route
    if assessment.outcome is not Outcome.advice or route not in GIVING:
        return
    yield from _of_nasal(assessment, wording)
    yield wording.recovery["blood"]
    if assessment.neuropathy.tier in NERVES:
        yield wording.recovery["nerves"]
    if route is Route.continue_:
        yield wording.recovery[_going_on(assessment)]
    else:
        yield wording.recovery["oral_review" if route is Route.oral else "injection_review"]
    if _is_injected(assessment):
        yield wording.recovery["self_administration"]
    if route is Route.parenteral and _lacks_absorption_alone(assessment):
        yield wording.recovery["oral_without_absorption"]
    if assessment.neuropathy.tier in NERVES:
        yield wording.recovery["restart"]


def _is_injected(assessment: Assessment) -> bool:
    """Injections are suggested, or go on."""
    recorded = {fact.code for fact in assessment.facts.history if fact.active}
    going_on = assessment.plan.route is Route.continue_
    return assessment.plan.route is Route.parenteral or (
        going_on and History.b12_replacement_parenteral in recorded
    )


def _lacks_absorption_alone(assessment: Assessment) -> bool:
    """Absent absorption without a nerve finding and without a severe blood picture."""
    codes = {str(cause.code) for cause in assessment.causes}
    absent = {*map(str, NO_ABSORPTION.members), ANTIBODY.value}
    suggested = {suggestion.code for suggestion in assessment.plan.suggestions}
    severe = assessment.anaemia.value is Severity.severe or S.refer_haematology in suggested
    return bool(codes & absent) and assessment.neuropathy.tier not in NERVES and not severe


def _of_nasal(assessment: Assessment, wording: Wording) -> Iterator[Sourced]:
    """What the label says of a nasal product that is recorded; the service never suggests one."""
    history = [fact for fact in assessment.facts.history if fact.active]
    if not any(fact.intake is Intake.nasal for fact in history):
        return
    licensed = wording.recovery.get(f"nasal_{wording.profile.replace('-', '_')}")
    if licensed is not None:
        yield licensed
    unsuitable = (
        assessment.neuropathy.tier in NERVES
        or assessment.anaemia.value in ANAEMIC
        or any(fact.code is History.leber_optic_neuropathy for fact in history)
        or CautionCode.cobalamin_allergy in assessment.plan.cautions
    )
    if unsuitable:
        yield wording.recovery["nasal_not_suitable"]


def _going_on(assessment: Assessment) -> str:
    """What is said of treatment that goes on, by what is given and for what."""
    recorded = {fact.code for fact in assessment.facts.history if fact.active}
    if History.inherited_cobalamin_disorder in recorded:
        return "specialist_interval"
    injected = History.b12_replacement_parenteral in recorded
    return "injections_go_on" if injected else "tablets_go_on"
