"""The way from facts to an assessment: deterministic, without clock, input or output."""

from datetime import date

from cobalamin.service.rules.differential.checklists import checklists
from cobalamin.service.rules.differential.muscle import muscle_finding
from cobalamin.service.rules.evidence.case import Case, concept
from cobalamin.service.rules.evidence.refusals import is_newer
from cobalamin.service.rules.findings.anaemia import anaemia
from cobalamin.service.rules.findings.b12_status import (
    NOT_COUNTING,
    b12_status,
    is_adult,
    status,
)
from cobalamin.service.rules.findings.causes import causes
from cobalamin.service.rules.findings.confounders import confounders
from cobalamin.service.rules.findings.markers import B12
from cobalamin.service.rules.findings.neuropathy import neuropathy
from cobalamin.service.rules.findings.pending import pending_results
from cobalamin.service.rules.findings.unclear_haemoglobin import unclear_haemoglobin
from cobalamin.service.rules.model.assessment import (
    Assessment,
    AssessmentSummary,
    Checklists,
    Outcome,
    Plan,
    Status,
    Unknown,
    Urgency,
)
from cobalamin.service.rules.model.facts import Facts, Refusal
from cobalamin.service.rules.model.knowledge import Knowledge
from cobalamin.service.rules.model.vocabulary import Analyte as A
from cobalamin.service.rules.plan.cautions import cautions
from cobalamin.service.rules.plan.missing_facts import unknowns, would_matter
from cobalamin.service.rules.plan.notes import notes
from cobalamin.service.rules.plan.pathway import plan_step
from cobalamin.service.rules.plan.reasons import reasons
from cobalamin.service.rules.plan.same_day_tests import same_day_tests
from cobalamin.service.rules.plan.suggestions import suggestions


def assess(
    facts: Facts, knowledge: Knowledge, on: date, *, find_unknowns: bool = True
) -> Assessment:
    """What the facts mean on that day by this knowledge; the same input gives the same answer.

    Looking for the unknowns costs as much as everything else; where they are not asked for,
    `unknowns` and `checklists` are empty and the rest is the same.
    """
    return assess_case(Case(facts, knowledge, on), find_unknowns=find_unknowns)


def assess_case(case: Case, *, find_unknowns: bool = True) -> Assessment:
    """The assessment of a case that the caller asks more about."""
    summary = summarise(case)
    return Assessment(
        outcome=summary.outcome,
        reasons=summary.reasons,
        on=case.on,
        facts=case.facts,
        status=b12_status(case),
        anaemia=anaemia(case),
        neuropathy=neuropathy(case),
        causes=causes(case),
        confounders=confounders(case),
        plan=plan(case),
        unknowns=_unknowns(case) if find_unknowns else (),
        notes=summary.notes,
        muscle=muscle_finding(case),
        unclear_haemoglobin=unclear_haemoglobin(case),
        same_day_tests=same_day_tests(case),
        pending=pending_results(case),
        checklists=checklists(case) if find_unknowns else Checklists(),
    )


@concept
def summarise(case: Case) -> AssessmentSummary:
    """Outcome, reasons and notes: all that is worked out for an answer that shows nothing."""
    refused = _refusals_that_matter(case)
    return AssessmentSummary(
        outcome=_outcome(case, refused),
        reasons=reasons(case, result_refused=_is_kept_silent(case, refused)),
        notes=(*case.facts.notes, *notes(case)),
    )


@concept
def plan(case: Case) -> Plan:
    """The pathway step that applies, with its suggestions and cautions."""
    planned = plan_step(case)
    return Plan(
        rung=planned.step.id,
        route=planned.route,
        urgency=planned.urgency,
        suggestions=suggestions(case),
        cautions=cautions(case),
    )


# --- the outcome


def planned_outcome(case: Case) -> Outcome:
    """What the step alone means for the caller; what is for today or this week is always said."""
    planned = plan_step(case)
    silent = planned.step.silent and planned.urgency is Urgency.routine
    if not is_adult(case) or (silent and status(case) is Status.not_assessable):
        return Outcome.not_assessable
    return Outcome.no_advice if silent or not suggestions(case) else Outcome.advice


def _outcome(case: Case, refused: tuple[A, ...]) -> Outcome:
    """Never silence while a result that could have mattered was refused."""
    planned = planned_outcome(case)
    hidden = planned is Outcome.no_advice and refused
    return Outcome.not_assessable if hidden else planned


@concept
def _refusals_that_matter(case: Case) -> tuple[A, ...]:
    """Analytes whose newest result was refused and could have changed the answer."""
    refused = {refusal.analyte for refusal in case.facts.refusals if _is_newest(case, refusal)}
    if not refused:
        return ()
    return tuple(analyte for analyte in A if analyte in refused and would_matter(case, analyte))


def _is_kept_silent(case: Case, refused: tuple[A, ...]) -> bool:
    """Whether a result was refused that is not said in words of its own."""
    unclear = A.haemoglobin if unclear_haemoglobin(case) else None
    return any(analyte is not unclear for analyte in refused)


def _is_newest(case: Case, refusal: Refusal) -> bool:
    """Whether nothing later can be used; a level under way or taken back only undoes silence."""
    is_no_level = refusal.analyte in B12.members and refusal.code in NOT_COUNTING
    if is_no_level and planned_outcome(case) is not Outcome.no_advice:
        return False
    usable = case.latest(refusal.analyte)
    return usable is None or is_newer(refusal, usable)


def _unknowns(case: Case) -> tuple[Unknown, ...]:
    """The open facts that could change the advice, and those whose result was refused."""
    open_facts = unknowns(case)
    listed = {unknown.fact for unknown in open_facts}
    refused = (analyte for analyte in _refusals_that_matter(case) if analyte not in listed)
    return (*open_facts, *(Unknown(fact=analyte) for analyte in refused))
