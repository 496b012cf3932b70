"""What an answer rests on, in a form by which two answers can be compared.

Two answers with the same deciding inputs and the same knowledge say the same for the same reasons.
"""

from collections.abc import Iterator

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from cobalamin.service.rules.model.assessment import Assessment, Because, Evidence

_encode = msgspec.json.Encoder().encode


def deciding_inputs(assessment: Assessment) -> bytes:
    """The evidence of every finding with its values and dates, what was refused, and the plan.

    Where a resource stands does not count: the same result may be sent again under another id.
    """
    evidence = {_encode(replace(one, reference=None)) for one in deciding_evidence(assessment)}
    others: tuple[Struct, ...] = (
        *assessment.facts.refusals,
        *assessment.facts.courses,
        *assessment.unknowns,
        assessment.plan,
    )
    codes = (
        *(assessment.outcome, assessment.status.value, assessment.status.band),
        *(assessment.anaemia.value, assessment.anaemia.cells, assessment.anaemia.megaloblastic),
        *(assessment.neuropathy.tier, *assessment.reasons, *assessment.facts.unread),
        *(finding.code for finding in (*assessment.causes, *assessment.confounders)),
    )
    return b"\n".join((*sorted(evidence), *map(_encode, others), _encode(codes)))


def deciding_evidence(assessment: Assessment) -> Iterator[Evidence]:
    """The evidence of every finding; one piece may come more than once."""
    for because in _reasons(assessment):
        if because.evidence is not None:
            yield because.evidence
    yield from assessment.status.earlier
    yield from assessment.status.supporting
    muscle = assessment.muscle
    if muscle is not None:
        yield from (emergency.result for emergency in muscle.emergencies)
        yield from (value.result for value in muscle.abnormal)


def _reasons(assessment: Assessment) -> Iterator[Because]:
    yield from assessment.status.because
    yield from assessment.anaemia.because
    yield from assessment.neuropathy.because
    for finding in (*assessment.causes, *assessment.confounders):
        yield from finding.because
