"""When each step of the pathway applies, given that no step before it did."""

from cobalamin.service.rules.evidence.case import Case
from cobalamin.service.rules.findings.b12_status import is_adult, status
from cobalamin.service.rules.findings.blood_severity import (
    has_few_platelets,
    is_severe_blood_picture,
)
from cobalamin.service.rules.findings.causes import (
    has_risk_factor,
    has_strong_cause,
    is_exposed_with_nerve_symptom,
    nitrous_oxide_exposure,
    positive_antibody,
)
from cobalamin.service.rules.findings.markers import (
    Mma,
    band,
    homocysteine_is_raised,
    is_discordant,
    mma,
)
from cobalamin.service.rules.findings.neuropathy import (
    N1,
    N2,
    N3,
    PHYSICAL,
    is_a_sign_normal,
    is_decisive,
    neuropathy_level,
)
from cobalamin.service.rules.findings.pregnancy import held_back_by_pregnancy
from cobalamin.service.rules.findings.response import is_unexplained, is_worse, new_findings
from cobalamin.service.rules.findings.treatment import is_injected
from cobalamin.service.rules.findings.worst_findings import (
    began_wholly_lately,
    is_bladder_or_bowel_alone,
    is_decisive_below_the_worst,
    kinds_at_worst_tier,
)
from cobalamin.service.rules.model.assessment import Band, Status
from cobalamin.service.rules.model.vocabulary import History as H
from cobalamin.service.rules.plan.doubtful_level import is_level_doubted_by_blood
from cobalamin.service.rules.plan.evidence_of_deficiency import (
    acting_level,
    has_symptom,
    is_deficient,
    is_on_treatment,
    is_possibly_deficient,
    is_without_response,
)
from cobalamin.service.rules.plan.folic_acid import must_hold_folic_acid, needs_b12_for_folate
from cobalamin.service.rules.plan.haematology import (
    NOT_LOW,
    is_explained_by_disease,
    needs_haematology,
)
from cobalamin.service.rules.plan.over_treatment import is_sign_tested_first
from cobalamin.service.rules.plan.recorded_diagnosis import has_untreated_diagnosis


def is_not_adult(case: Case) -> bool:
    """A child, or nobody knows the age."""
    return not is_adult(case)


def serious_nerves_with_deficiency(case: Case) -> bool:
    """Cord, optic, severe or fast, where deficiency is there or may be.

    On an indeterminate level alone a finding of the last two weeks speaks for another cause, and a
    psychiatric one does not start treatment: together with a decisive sign of the nerves it does.
    """
    if acting_level(case) < N3:
        return False
    if is_bladder_or_bowel_alone(case) and not is_decisive_below_the_worst(case):
        return False
    treated = is_on_treatment(case) and not is_unexplained(case)
    physical = bool(kinds_at_worst_tier(case) & PHYSICAL)
    if began_wholly_lately(case) and not _has_more_than_a_level(case):
        physical = False
    may_be = is_possibly_deficient(case) and (physical or is_decisive_below_the_worst(case))
    return is_deficient(case) or treated or may_be


def _has_more_than_a_level(case: Case) -> bool:
    """A strong cause or nitrous oxide, beside which an indeterminate level is not alone."""
    return has_strong_cause(case) or bool(nitrous_oxide_exposure(case))


def serious_nerves(case: Case) -> bool:
    """Cord, optic, severe or fast, without evidence of deficiency."""
    return acting_level(case) == N3


def nerve_signs_with_deficiency(case: Case) -> bool:
    """A sign or a progressing symptom with deficiency; on treatment a new or a progressing one, and
    any one on tablets beside a raised MMA.

    Not one that a normal MMA shows to have another cause.
    """
    if acting_level(case) != N2:
        return False
    worse = is_worse(case) or any(one.tier >= N2 for one in new_findings(case))
    lacking = mma(case) is Mma.raised and not is_injected(case)
    treated = is_on_treatment(case) and (worse or lacking) and not is_unexplained(case)
    return is_deficient(case) or treated


def decisive_nerve_signs(case: Case) -> bool:
    """An objective or progressing sensory, motor or gait finding with possible deficiency."""
    if acting_level(case) != N2 or is_sign_tested_first(case):
        return False
    return is_possibly_deficient(case) and is_decisive(case)


def other_nerve_signs(case: Case) -> bool:
    """Any other N2 with possible deficiency."""
    return acting_level(case) == N2 and is_possibly_deficient(case)


def nerve_signs_without_evidence(case: Case) -> bool:
    """N2 without evidence of deficiency."""
    return acting_level(case) == N2 and not is_on_treatment(case)


def severe_blood_with_deficiency(case: Case) -> bool:
    """A severe blood picture with deficiency, or on treatment that has not failed to mend it."""
    treated = is_on_treatment(case) and not is_without_response(case)
    return is_severe_blood_picture(case) and (is_deficient(case) or treated)


def severe_blood_unexplained(case: Case) -> bool:
    """A count that vitamin B12 does not explain, or not yet, and nothing else recorded does."""
    if is_explained_by_disease(case):
        return False
    if is_severe_blood_picture(case):
        return True
    pregnant = bool(case.is_pregnant and has_few_platelets(case))
    return status(case) in NOT_LOW and (pregnant or needs_haematology(case))


def low_total_in_pregnancy(case: Case) -> bool:
    """Pregnant with a low total B12 and nothing beside it."""
    return held_back_by_pregnancy(case) and status(case) is Status.indeterminate


def deficient_with_symptoms(case: Case) -> bool:
    """Deficient with a sensory symptom, and no sign documented as normal."""
    if neuropathy_level(case) != N1 or is_a_sign_normal(case):
        return False
    return is_deficient(case)


def indeterminate_with_normal_mma(case: Case) -> bool:
    """Indeterminate with a normal MMA, which settles it unless nitrous oxide is in play."""
    settled = status(case) is Status.indeterminate and mma(case) is Mma.normal
    return settled and not is_exposed_with_nerve_symptom(case)


def undecided(case: Case) -> bool:
    """Indeterminate with a reason to look further, or a level that looks sufficient beside blood
    that looks megaloblastic, an antibody and no MMA, or nitrous oxide with a nerve symptom.

    One normal marker settles nothing there: of cord disease by nitrous oxide each of MMA and
    homocysteine misses one or two in ten.
    """
    open_status = status(case) in (Status.indeterminate, Status.unlikely)
    if open_status and is_exposed_with_nerve_symptom(case):
        return True
    if status(case) is Status.indeterminate:
        return (
            has_symptom(case)
            or neuropathy_level(case) >= N1
            or has_risk_factor(case)
            or mma(case) in (Mma.raised, Mma.held_back)
            or is_discordant(case)
            or has_untreated_diagnosis(case)
        )
    if is_level_doubted_by_blood(case):
        return True
    if band(case) is not Band.unlikely or mma(case) is not Mma.none or is_deficient(case):
        return False
    return positive_antibody(case) is not None or _used_nitrous_oxide(case)


def _used_nitrous_oxide(case: Case) -> bool:
    """Nitrous oxide at any time, with a nerve symptom or a homocysteine that is contested."""
    use = case.history(H.nitrous_oxide_recreational)
    if use is None or not (use.active or use.since or use.last):
        return False
    return neuropathy_level(case) >= N1 or bool(homocysteine_is_raised(case))


def folic_acid_first(case: Case) -> bool:
    """Folic acid or low folate with B12 unknown or not settled."""
    return must_hold_folic_acid(case) or needs_b12_for_folate(case)


def is_indeterminate(case: Case) -> bool:
    """Indeterminate and nothing else."""
    return status(case) is Status.indeterminate


def is_unlikely(case: Case) -> bool:
    """Deficiency unlikely by the level."""
    return status(case) is Status.unlikely


def always(_case: Case) -> bool:
    """Nothing above applied."""
    return True
