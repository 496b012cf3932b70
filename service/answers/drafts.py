"""The writer of an assessment's draft orders, with what they are for and how soon."""

from cobalamin.fhir.writer import DraftReason, DraftWriter
from cobalamin.service.knowledge.wording import Wording
from cobalamin.service.rules.model.assessment import Assessment, Status
from cobalamin.service.rules.model.facts import Result

DEFICIENT = (Status.deficient, Status.functional_deficiency)
OBSERVATION = "Observation/"


def draft_writer(
    assessment: Assessment,
    wording: Wording,
    *,
    subject_id: str | None,
    encounter_id: str | None = None,
    reason: str | None = None,
) -> DraftWriter:
    """The writer for the patient of an assessment; `reason` is the step of the plan by default."""
    plan = assessment.plan
    return DraftWriter(
        wording,
        assessment.facts,
        on=assessment.on,
        subject_id=subject_id,
        encounter_id=encounter_id,
        reason=DraftReason(
            text=wording.rungs[plan.rung].title if reason is None else reason,
            is_deficient=assessment.status.value in DEFICIENT,
            observations=_observations(assessment),
            urgency=plan.urgency,
        ),
    )


def _observations(assessment: Assessment) -> tuple[str, ...]:
    """The results behind the status that the record holds as Observations."""
    evidence = (because.evidence for because in assessment.status.because)
    references = (
        result.reference
        for result in evidence
        if isinstance(result, Result) and result.reference is not None
    )
    return tuple(
        dict.fromkeys(reference for reference in references if reference.startswith(OBSERVATION))
    )
