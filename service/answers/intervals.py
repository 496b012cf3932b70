"""The interval of maintenance that fits a patient: the shorter end where that is called for.

After neurological involvement injections go on every 2 months (BNF). Symptoms on treatment, or a
low level in spite of injections on time, shorten the interval within the product information.
"""

from functools import lru_cache

from msgspec.structs import replace

from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.knowledge.wording import Wording
from cobalamin.service.rules.model.assessment import Assessment, Route, Tier
from cobalamin.service.rules.model.codes import SuggestionCode as S
from cobalamin.service.rules.plan.pathway import DEFICIENT, DEFICIENT_WITH_SYMPTOMS, ON_TREATMENT

LOW = frozenset({DEFICIENT.id, DEFICIENT_WITH_SYMPTOMS.id})
NERVES = (Tier.n1, Tier.n2, Tier.n3)


def with_interval(profile: Profile, assessment: Assessment) -> Profile:
    """The profile whose maintenance has the interval that the assessment calls for."""
    if not needs_shorter_interval(assessment):
        return profile
    return replace(profile, wording=_with_shorter_interval(profile.wording))


@lru_cache(maxsize=16)
def _with_shorter_interval(wording: Wording) -> Wording:
    """Made once for each wording, as drafts and lines are kept for the wording that they are of."""
    regimen = wording.regimens.get(S.im_maintenance)
    shorter = None if regimen is None else regimen.shorter
    if regimen is None or shorter is None:
        return wording
    changed = replace(
        regimen,
        label=shorter.label,
        do=shorter.do,
        steps=shorter.steps,
        source=shorter.source,
        locator=shorter.locator,
        verification=shorter.verification,
    )
    regimens = {**wording.regimens, S.im_maintenance.value: changed}
    labels = {**wording.labels, S.im_maintenance.value: shorter.label}
    return replace(wording, regimens=regimens, labels=labels)


def needs_shorter_interval(assessment: Assessment) -> bool:
    """Maintenance with nerve findings, for symptoms on treatment, or for a low level on it."""
    plan = assessment.plan
    if S.im_maintenance not in {suggestion.code for suggestion in plan.suggestions}:
        return False
    on_treatment = plan.rung == ON_TREATMENT.id and plan.route is Route.parenteral
    return assessment.neuropathy.tier in NERVES or on_treatment or is_low_on_injections(assessment)


def is_low_on_injections(assessment: Assessment) -> bool:
    """Deficient while vitamin B12 is injected: doses are asked about first."""
    codes = {suggestion.code for suggestion in assessment.plan.suggestions}
    return assessment.plan.rung in LOW and S.confirm_replacement in codes
