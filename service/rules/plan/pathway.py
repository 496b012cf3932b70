"""The ladder R0 to R20: the first rung that matches gives route and urgency.

Each rung is one function that answers a step or None. The order of `RUNGS` is the order of the
ladder; a cobalamin allergy (R1) overrides whatever would have been given.
"""

from collections.abc import Callable

from msgspec import Struct

from cobalamin.service.rules.evidence.case import Case, FactSet, concept
from cobalamin.service.rules.findings.anaemia import DEFICIENT_STATUSES
from cobalamin.service.rules.findings.b12_status import held_back_by_pregnancy, is_adult, status
from cobalamin.service.rules.findings.blood_count import (
    has_anaemia,
    is_macrocytic,
    is_severe_blood_picture,
    resembles_thrombotic_microangiopathy,
)
from cobalamin.service.rules.findings.causes import (
    has_risk_factor,
    has_strong_cause,
    mechanism,
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
    FindingKind,
    is_decisive,
    kinds_at_worst_tier,
    neuropathy_level,
    signs_are_normal,
)
from cobalamin.service.rules.findings.treatment import is_insufficient, is_worse
from cobalamin.service.rules.model.assessment import Band, Route, Status, Urgency
from cobalamin.service.rules.model.vocabulary import Feature as F
from cobalamin.service.rules.model.vocabulary import History as H
from cobalamin.service.rules.plan.contraindications import (
    continues_barred_form,
    has_total_allergy,
    is_product_barred,
    oral_is_barred,
)
from cobalamin.service.rules.plan.folic_acid import must_hold_folic_acid, needs_b12_for_folate

PHYSICAL = frozenset({FindingKind.sensorimotor, FindingKind.cord, FindingKind.optic})
NG239_SYMPTOMS = FactSet(
    F.cognitive_impairment,
    F.concentration_difficulty,
    F.memory_loss,
    F.blurred_vision,
    F.visual_field_loss,
    F.central_scotoma,
    F.optic_atrophy,
    F.glossitis,
    F.ataxia,
    F.gait_disturbance,
    F.falls,
    F.proprioception_loss,
    F.paraesthesia,
    F.numbness,
    F.fatigue,
)


class Step(Struct, frozen=True):
    """The rung reached, what kind of step it calls for, and how soon."""

    rung: str
    route: Route
    urgency: Urgency


NOTHING_ABOVE = Step("R20", Route.none, Urgency.routine)


@concept
def plan_step(case: Case) -> Step:
    """The first rung that matches, unless an allergy bars what it would give."""
    step = _first_step(case)
    given = step.route in (Route.parenteral, Route.oral, Route.continue_)
    if given and (has_total_allergy(case) or is_product_barred(case, step.route)):
        return Step("R1", Route.refer, _urgency_without_product(case))
    return step


def _first_step(case: Case) -> Step:
    for rung in RUNGS:
        step = rung(case)
        if step is not None:
            return step
    return NOTHING_ABOVE


def _urgency_without_product(case: Case) -> Urgency:
    """By the nerves; a severe blood picture does not become less urgent by an allergy."""
    if is_severe_blood_picture(case):
        return Urgency.urgent
    return Urgency(max(neuropathy_level(case) - 1, 0))


# --- how strong the evidence is


def is_deficient(case: Case) -> bool:
    """E2: deficient or functionally deficient."""
    return status(case) in DEFICIENT_STATUSES


@concept
def is_possibly_deficient(case: Case) -> bool:
    """E1: indeterminate, or not known together with a strong cause."""
    value = status(case)
    if value in (Status.not_measured, Status.not_assessable):
        return has_strong_cause(case)
    return value is Status.indeterminate


def is_on_treatment(case: Case) -> bool:
    """The status is on-treatment."""
    return status(case) is Status.on_treatment


# --- the rungs


def r0(case: Case) -> Step | None:
    """A child is referred by tier, or today by the blood; without an age nothing is advised."""
    adult = is_adult(case)
    if adult is None:
        return Step("R0", Route.none, Urgency.routine)
    if adult:
        return None
    severe = is_severe_blood_picture(case) or resembles_thrombotic_microangiopathy(case)
    urgency = Urgency.urgent if severe else Urgency(max(neuropathy_level(case) - 1, 0))
    return Step("R0", Route.refer, urgency)


def r2(case: Case) -> Step | None:
    """Cord, optic, severe or fast: treat the same day where deficiency is or may be there."""
    if neuropathy_level(case) < N3:
        return None
    physical = is_possibly_deficient(case) and bool(kinds_at_worst_tier(case) & PHYSICAL)
    given = is_deficient(case) or is_on_treatment(case) or physical
    return Step("R2", Route.parenteral, Urgency.urgent) if given else None


def r3(case: Case) -> Step | None:
    """The same without evidence of deficiency: other causes come first."""
    return Step("R3", Route.refer, Urgency.urgent) if neuropathy_level(case) == N3 else None


def r4(case: Case) -> Step | None:
    """A sign or a progressing symptom with deficiency; on treatment only where progressing."""
    given = is_deficient(case) or (is_on_treatment(case) and is_worse(case))
    return (
        Step("R4", Route.parenteral, Urgency.soon)
        if neuropathy_level(case) == N2 and given
        else None
    )


def r5(case: Case) -> Step | None:
    """An objective or progressing sensory, motor or gait finding with possible deficiency."""
    given = neuropathy_level(case) == N2 and is_possibly_deficient(case) and is_decisive(case)
    return Step("R5", Route.parenteral, Urgency.soon) if given else None


def r6(case: Case) -> Step | None:
    """Any other N2 with possible deficiency: test first, soon."""
    given = neuropathy_level(case) == N2 and is_possibly_deficient(case)
    return Step("R6", Route.test_first, Urgency.soon) if given else None


def r7(case: Case) -> Step | None:
    """N2 without evidence: measure if that was not done, else look elsewhere."""
    if neuropathy_level(case) != N2 or is_on_treatment(case):
        return None
    unlikely = status(case) is Status.unlikely
    return Step("R7", Route.refer if unlikely else Route.test_first, Urgency.soon)


def r8(case: Case) -> Step | None:
    """A severe blood picture with deficiency, whatever the cause."""
    given = is_severe_blood_picture(case) and (is_deficient(case) or is_on_treatment(case))
    return Step("R8", Route.parenteral, Urgency.urgent) if given else None


def r9(case: Case) -> Step | None:
    """A severe blood picture without proven deficiency."""
    return Step("R9", Route.refer, Urgency.urgent) if is_severe_blood_picture(case) else None


def r10(case: Case) -> Step | None:
    """On treatment: continue, or change where it does not work or its form is barred."""
    if not is_on_treatment(case):
        return None
    changes = is_worse(case) or is_insufficient(case) or continues_barred_form(case)
    urgency = Urgency.soon if neuropathy_level(case) >= N2 else Urgency.routine
    return Step("R10", Route.parenteral if changes else Route.continue_, urgency)


def r11(case: Case) -> Step | None:
    """Pregnant with a low total B12 and nothing beside it: active B12 first."""
    waits = held_back_by_pregnancy(case) and status(case) is Status.indeterminate
    return Step("R11", Route.test_first, Urgency.routine) if waits else None


def r12(case: Case) -> Step | None:
    """Deficient with a sensory symptom whose signs are not both documented as normal."""
    if not is_deficient(case) or neuropathy_level(case) != N1 or signs_are_normal(case):
        return None
    injected = case.knowledge.care.injections_for_symptoms
    return Step("R12", Route.parenteral if injected else _route(case), Urgency.soon)


def r13(case: Case) -> Step | None:
    """Deficient without symptoms of nerves, or with normal signs: by cause."""
    return Step("R13", _route(case), Urgency.routine) if is_deficient(case) else None


def r14(case: Case) -> Step | None:
    """Indeterminate with a normal MMA: nothing to give."""
    settled = status(case) is Status.indeterminate and mma(case) is Mma.normal
    return Step("R14", Route.none, Urgency.routine) if settled else None


def r15(case: Case) -> Step | None:
    """Indeterminate and undecided with a reason to look further; or B12 that looks sufficient
    beside an antibody, or beside nitrous oxide with a nerve symptom, and no MMA.
    """
    value = status(case)
    if value is Status.indeterminate:
        reason = (
            has_symptom(case)
            or neuropathy_level(case) >= N1
            or has_risk_factor(case)
            or mma(case) in (Mma.raised, Mma.held_back)
            or is_discordant(case)
        )
        return Step("R15", Route.test_first, Urgency.routine) if reason else None
    if band(case) is not Band.unlikely or mma(case) is not Mma.none or is_deficient(case):
        return None
    reason = positive_antibody(case) is not None or _may_lack_by_nitrous_oxide(case)
    return Step("R15", Route.test_first, Urgency.routine) if reason else None


def _may_lack_by_nitrous_oxide(case: Case) -> bool:
    """Nitrous oxide, now or before, with a nerve symptom or a homocysteine that is contested."""
    use = case.history(H.nitrous_oxide_recreational)
    if use is None or not (use.active or use.since or use.last):
        return False
    return neuropathy_level(case) >= N1 or bool(homocysteine_is_raised(case))


def r19(case: Case) -> Step | None:
    """Folic acid or low folate with B12 unknown or not settled, and nothing above."""
    alone = must_hold_folic_acid(case) or needs_b12_for_folate(case)
    return Step("R19", Route.test_first, Urgency.routine) if alone else None


def r16(case: Case) -> Step | None:
    """Indeterminate and nothing else."""
    plain = status(case) is Status.indeterminate
    return Step("R16", Route.none, Urgency.routine) if plain else None


def r17(case: Case) -> Step | None:
    """Deficiency unlikely and nothing above."""
    plain = status(case) is Status.unlikely
    return Step("R17", Route.none, Urgency.routine) if plain else None


def r18(case: Case) -> Step | None:
    """Not measured, with a symptom and a risk factor of NG239."""
    unmeasured = status(case) is Status.not_measured
    due = unmeasured and has_symptom(case) and has_risk_factor(case)
    return Step("R18", Route.test_first, Urgency.routine) if due else None


RUNGS: tuple[Callable[[Case], Step | None], ...] = (
    r0, r2, r3, r4, r5, r6, r7, r8, r9, r10, r11, r12, r13, r14, r15, r18, r19, r16, r17,
)  # fmt: skip


@concept
def has_symptom(case: Case) -> bool:
    """One of the symptoms or signs that NG239 names, an abnormal count among them."""
    return bool(case.present_features(NG239_SYMPTOMS) or has_anaemia(case) or is_macrocytic(case))


def _route(case: Case) -> Route:
    """Oral or injections by the mechanism of the cause, as the profile prefers."""
    if case.has(H.b12_replacement_oral):
        # Low in spite of tablets.
        return Route.parenteral
    preferred = case.knowledge.care.route_by_mechanism[mechanism(case)]
    if preferred is Route.oral and oral_is_barred(case):
        return Route.parenteral
    return preferred
