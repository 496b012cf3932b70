"""The card about a child that cannot wait: what was found, and paediatrics; nothing else.

No dose, no product and no limit of adults stands on it. The outcome stays not-assessable.
"""

from collections.abc import Iterator

from cobalamin.service.answers.detail import version_text
from cobalamin.service.answers.phrases import sentence, value_text
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.knowledge.wording import Wording
from cobalamin.service.rules.model.assessment import Assessment, Band, Because, Urgency
from cobalamin.service.rules.model.facts import FeatureFact, Result
from cobalamin.service.rules.model.vocabulary import Analyte

LONGEST = 139
SHOWN = 3
B12 = (Analyte.b12_total, Analyte.b12_active)
CELLS = (
    Analyte.haemoglobin,
    Analyte.haematocrit,
    Analyte.platelets,
    Analyte.neutrophils,
    Analyte.schistocytes,
    Analyte.mcv,
)
WHEN = {Urgency.urgent: "today", Urgency.soon: "this week"}


def concerns_child(assessment: Assessment) -> bool:
    """Whether this is a child who is to be seen today or this week."""
    child = "paediatric-not-supported" in assessment.reasons
    return child and assessment.plan.urgency in WHEN


def child_headline(assessment: Assessment, wording: Wording) -> str:
    """The finding, and paediatrics with its day, in at most 139 characters."""
    when = WHEN[assessment.plan.urgency]
    found = list(found_in_child(assessment, wording))
    action = f"discuss with paediatrics {when}. Adult limits do not apply."
    for count in range(len(found), 0, -1):
        text = f"{sentence('; '.join(found[:count]))}: {action}"
        if len(text) <= LONGEST:
            return text
    return sentence(action)


def child_detail(assessment: Assessment, profile: Profile) -> str:
    """What was found, what to do, and for a low level whom else to test."""
    wording, when = profile.wording, WHEN[assessment.plan.urgency]
    found = "; ".join(found_in_child(assessment, wording))
    parts = [
        f"**Because** {sentence(found)}." if found else "",
        f"**Do** Suggest discussing the child with paediatrics {when}.",
        "**Take care** Adult limits and doses do not apply under 16.",
        version_text(profile.knowledge),
    ]
    if is_low(assessment):
        parts[1] += " In a breastfed infant test the mother too."
    return "\n\n".join(part for part in parts if part)


def is_low(assessment: Assessment) -> bool:
    """Whether the vitamin B12 is low at any age."""
    return assessment.status.band is Band.deficient


def found_in_child(assessment: Assessment, wording: Wording) -> Iterator[str]:
    """The results and signs behind the urgency, the level first."""
    for because in assessment.status.because:
        level = because.evidence
        if isinstance(level, Result) and level.analyte in B12 and is_low(assessment):
            name = wording.fact(level.analyte)
            yield f"{name} {value_text(wording, level)} is low for any age"
    for because in _of_the_blood(assessment):
        result = because.evidence
        if isinstance(result, Result):
            yield f"{wording.fact(result.analyte)} {value_text(wording, result)}"
    for because in assessment.neuropathy.because[:SHOWN]:
        if isinstance(because.evidence, FeatureFact):
            yield wording.fact(because.evidence.code)


def _of_the_blood(assessment: Assessment) -> Iterator[Because]:
    """The counts that were looked at, in the order in which they matter to a child."""
    order = {analyte: place for place, analyte in enumerate(CELLS)}
    results = [
        because
        for because in assessment.anaemia.because
        if isinstance(because.evidence, Result) and because.evidence.analyte in order
    ]
    yield from sorted(results, key=lambda because: order[_analyte(because)])[:SHOWN]


def _analyte(because: Because) -> Analyte:
    evidence = because.evidence
    return evidence.analyte if isinstance(evidence, Result) else Analyte.mcv
