"""What else explains large cells or nerve symptoms, with the tests that would tell.

A checklist beside the findings: it changes neither status nor tier.
"""

from cobalamin.service.rules.differential.signs import speaks
from cobalamin.service.rules.evidence.case import Case, concept
from cobalamin.service.rules.findings.blood_count import is_macrocytic
from cobalamin.service.rules.findings.neuropathy import N1, neuropathy_level
from cobalamin.service.rules.findings.tests_due import due
from cobalamin.service.rules.model.assessment import LookAlike
from cobalamin.service.rules.model.codes import Codes

MACROCYTOSIS, NERVES = "macrocytosis", "nerves"


@concept
def look_alikes(case: Case) -> tuple[LookAlike, ...]:
    """Every other cause of what was found, with the facts that speak for it and the tests due."""
    topics = _asked(case)
    return tuple(
        LookAlike(
            of=row.of,
            code=row.code,
            supporting=tuple(sign for sign in row.supporting if speaks(case, sign)),
            tests=due(case, row.tests),
        )
        for row in case.knowledge.look_alikes
        if row.of in topics
    )


def _asked(case: Case) -> frozenset[str]:
    findings = ((MACROCYTOSIS, is_macrocytic(case)), (NERVES, neuropathy_level(case) >= N1))
    return frozenset(name for name, present in findings if present)


@concept
def tests_for_nerves(case: Case) -> Codes:
    """The tests of the look-alikes of nerve symptoms, those with support in the record first."""
    rows = [row for row in look_alikes(case) if row.of == NERVES]
    ordered = sorted(rows, key=lambda row: not row.supporting)
    return tuple(dict.fromkeys(test for row in ordered for test in row.tests))
