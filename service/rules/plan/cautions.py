"""Cautions: what must be watched or avoided, whatever the plan.

Each row of `CAUTIONS` names a caution and the one predicate that raises it.
"""

from collections.abc import Callable

from cobalamin.service.rules.evidence.case import Case, concept
from cobalamin.service.rules.evidence.comparisons import is_under
from cobalamin.service.rules.evidence.groups import load_group
from cobalamin.service.rules.evidence.recency import current
from cobalamin.service.rules.findings.anaemia import may_mask_macrocytosis
from cobalamin.service.rules.findings.b12_status import is_adult, status
from cobalamin.service.rules.findings.blood_severity import (
    has_dangerous_anaemia,
    has_pancytopenia,
    is_severe_blood_picture,
    resembles_thrombotic_microangiopathy,
)
from cobalamin.service.rules.findings.causes import (
    ANTIEPILEPTICS,
    AUTOIMMUNE,
    DIET,
    has_nitrous_oxide_ended,
    is_exposed_with_nerve_symptom,
    is_nitrous_oxide_of_unknown_kind,
    nitrous_oxide_exposure,
)
from cobalamin.service.rules.findings.kidney import Kidney, kidney
from cobalamin.service.rules.findings.markers import (
    Mma,
    active_b12,
    active_band,
    band,
    folate_is_known,
    homocysteine_is_raised,
    is_discordant,
    is_high_b12,
    mma,
    potassium_is_low,
    total_b12,
    total_band,
)
from cobalamin.service.rules.findings.muscle import has_very_low_potassium
from cobalamin.service.rules.findings.neuropathy import N1, N2, neuropathy_level
from cobalamin.service.rules.findings.pregnancy import held_back_by_pregnancy
from cobalamin.service.rules.findings.tests_due import is_mma_doubtful
from cobalamin.service.rules.findings.treatment import is_replaced
from cobalamin.service.rules.findings.worst_findings import began_lately, is_of_the_mind_alone
from cobalamin.service.rules.model.assessment import Band, Route, Status, Urgency
from cobalamin.service.rules.model.codes import CautionCode as C
from cobalamin.service.rules.model.facts import Flag, Result
from cobalamin.service.rules.model.quantities import is_below
from cobalamin.service.rules.model.vocabulary import Analyte as A
from cobalamin.service.rules.model.vocabulary import Form
from cobalamin.service.rules.model.vocabulary import History as H
from cobalamin.service.rules.plan.contraindications import (
    cyanocobalamin_is_barred,
    has_allergy,
    has_unread_allergy,
)
from cobalamin.service.rules.plan.doubtful_level import is_level_doubted_by_blood
from cobalamin.service.rules.plan.evidence_of_deficiency import (
    is_deficient,
    is_on_treatment,
    is_possibly_deficient,
    is_suspected,
    is_without_response,
)
from cobalamin.service.rules.plan.folic_acid import concerns_folic_acid
from cobalamin.service.rules.plan.lasting_causes import (
    calls_for_loading,
    has_lapsed_replacement,
    needs_lasting_care,
)
from cobalamin.service.rules.plan.over_treatment import has_normal_markers, is_sign_tested_first
from cobalamin.service.rules.plan.pathway import (
    NERVE_SIGNS_UNEXPLAINED,
    OTHER_NERVE_SIGNS,
    plan_step,
)
from cobalamin.service.rules.plan.products import GIVING_ROUTES
from cobalamin.service.rules.plan.urgency import has_rather_low_potassium

BLUNTING = load_group("blunting")
BLEEDING = load_group("bleeding_risk")


def cautions(case: Case) -> tuple[C, ...]:
    """The codes of every caution that applies, in a fixed order; for a child only one."""
    if is_adult(case) is False:
        today = (C.pseudo_tma,) if resembles_thrombotic_microangiopathy(case) else ()
        return (*today, C.paediatric_not_supported)
    return tuple([code for code, applies in CAUTIONS if applies(case)])


# --- what is being given


def gives_b12(case: Case) -> bool:
    """The plan starts vitamin B12."""
    return plan_step(case).route in (Route.parenteral, Route.oral)


def injects(case: Case) -> bool:
    """The plan starts injections."""
    return plan_step(case).route is Route.parenteral


# --- the predicates


def needs_folate(case: Case) -> bool:
    """B12 is started and folate is not known: B12 can hide a lack of folate as well."""
    return gives_b12(case) and not folate_is_known(case)


@concept
def needs_potassium_watch(case: Case) -> bool:
    """Injections into a severe anaemia or a pancytopenia, or a potassium that needs correction."""
    severe = has_dangerous_anaemia(case) or has_pancytopenia(case)
    return (injects(case) and bool(severe)) or needs_potassium_corrected(case)


@concept
def needs_potassium_corrected(case: Case) -> bool:
    """A low potassium where vitamin B12 is started or goes on by any route; a very low one always.

    The US labels warn for injections, tablets and the nasal product alike: blood that is made again
    takes up potassium, however the vitamin came in.
    """
    given = plan_step(case).route in GIVING_ROUTES
    return (given and bool(potassium_is_low(case))) or has_very_low_potassium(case)


def needs_magnesium(case: Case) -> bool:
    """A potassium below 3.0 that is corrected."""
    return needs_potassium_corrected(case) and has_rather_low_potassium(case)


def may_become_urgent(case: Case) -> bool:
    """A severe anaemia that a sign of danger would make one for today."""
    return bool(has_dangerous_anaemia(case)) and plan_step(case).urgency is not Urgency.urgent


def bars_cyanocobalamin(case: Case) -> bool:
    """Leber's or an unexplained optic sign where B12 may be given."""
    return cyanocobalamin_is_barred(case) and (is_suspected(case) or gives_b12(case))


def may_bleed(case: Case) -> bool:
    """An injection into muscle with an anticoagulant, a bleeding disorder or few platelets."""
    few = is_under(case, current(case, A.platelets), case.thresholds.platelets_bleeding)
    return injects(case) and bool(case.active_history(BLEEDING) or few)


def holds_aluminium(case: Case) -> bool:
    """Cyanocobalamin injections, which contain aluminium, with very poor kidneys."""
    cyanocobalamin = case.knowledge.care.injected is Form.cyanocobalamin
    return injects(case) and cyanocobalamin and kidney(case) is Kidney.severe


def has_antidote(case: Case) -> bool:
    """The cyanide antidote was recorded; it is no treatment of deficiency."""
    return case.has(H.hydroxocobalamin_antidote)


def blunts_response(case: Case) -> bool:
    """A medicine that slows the marrow while B12 is given."""
    return bool(case.active_history(BLUNTING)) and (gives_b12(case) or is_replaced(case))


def is_on_injections(case: Case) -> bool:
    """Serum B12 says nothing once injections are established."""
    return is_on_treatment(case) and case.has(H.b12_replacement_parenteral)


def mma_is_held_back(case: Case) -> bool:
    """MMA is raised and the kidneys may be the reason."""
    return mma(case) is Mma.held_back


def homocysteine_alone(case: Case) -> bool:
    """Homocysteine is raised without a raised MMA."""
    return bool(homocysteine_is_raised(case)) and mma(case) is not Mma.raised


def waits_for_active_b12(case: Case) -> bool:
    """A low total B12 in pregnancy that is not believed by itself."""
    return held_back_by_pregnancy(case)


def liver_is_unsafe(case: Case) -> bool:
    """Diet advice around a pregnancy."""
    nursing = case.is_breastfeeding or case.has(H.planning_pregnancy)
    return bool((case.is_pregnant or nursing) and case.active_history(DIET))


@concept
def infant_may_lack(case: Case) -> bool:
    """A breastfed infant of a mother who is deficient or may be.

    Infants of deficient mothers become deficient while the mother feels well (CDC, breastfeeding).
    """
    return case.is_breastfeeding and (is_deficient(case) or is_possibly_deficient(case))


def newborn_may_lack(case: Case) -> bool:
    """Pregnant and deficient: the newborn's stores come from the mother."""
    return bool(case.is_pregnant) and is_deficient(case)


def normal_does_not_exclude(case: Case) -> bool:
    """Functional deficiency, or a B12 that is not low beside nitrous oxide and a nerve symptom,
    or a sufficient one beside objective nerve findings or blood that looks megaloblastic.
    """
    value = status(case)
    if value is Status.functional_deficiency:
        return True
    if is_exposed_with_nerve_symptom(case) and band(case) in (Band.indeterminate, Band.unlikely):
        return True
    doubted = neuropathy_level(case) >= N2 or is_level_doubted_by_blood(case)
    return value is Status.unlikely and doubted


def high_is_no_comfort(case: Case) -> bool:
    """A B12 above the usual range with nerve symptoms or nitrous oxide."""
    return bool(is_high_b12(case)) and (
        neuropathy_level(case) >= N1 or bool(nitrous_oxide_exposure(case))
    )


def treatment_masks(case: Case) -> bool:
    """A level that is not low while a product is or was just in use."""
    return is_replaced(case) and band(case) in (Band.indeterminate, Band.unlikely)


def sample_comes_first(case: Case) -> bool:
    """Injections that do not wait for the result of the sample, in pregnancy as well."""
    if not injects(case):
        return False
    severe = is_severe_blood_picture(case) or bool(case.is_pregnant)
    severe = severe or (needs_lasting_care(case) and calls_for_loading(case))
    return plan_step(case).step.samples_first or severe


def others_come_first(case: Case) -> bool:
    """Nerve findings without evidence of deficiency, of the last two weeks, or of the mind."""
    step = plan_step(case).step
    doubtful = step.treats_nerves and (began_lately(case) or is_of_the_mind_alone(case))
    return step.others_first or doubtful


def tests_sign_first(case: Case) -> bool:
    """A nerve sign whose markers are asked for before an injection, with kidneys that allow it."""
    return _is_sign_open(case) and not is_mma_doubtful(case)


def tests_sign_by_active_b12(case: Case) -> bool:
    """The same with kidney disease, which raises the markers by itself."""
    return _is_sign_open(case) and is_mma_doubtful(case)


def _is_sign_open(case: Case) -> bool:
    return plan_step(case).step is OTHER_NERVE_SIGNS and is_sign_tested_first(case)


def has_sign_beside_sufficient_level(case: Case) -> bool:
    """Nerve signs beside a level that makes deficiency unlikely: no injection is drafted."""
    unexplained = plan_step(case).step is NERVE_SIGNS_UNEXPLAINED
    return unexplained and status(case) is Status.unlikely


def uses_nitrous_oxide(case: Case) -> bool:
    """Recreational nitrous oxide is recorded."""
    return bool(nitrous_oxide_exposure(case))


def plans_nitrous_oxide(case: Case) -> bool:
    """Medical nitrous oxide with deficiency present or possible."""
    return case.has(H.nitrous_oxide_medical) and is_suspected(case)


def takes_antiepileptic(case: Case) -> bool:
    """An antiepileptic that lowers B12, where B12 is low or may be."""
    return bool(case.active_history(ANTIEPILEPTICS)) and is_suspected(case)


def has_autoimmune_gastritis(case: Case) -> bool:
    """Pernicious anaemia or autoimmune gastritis."""
    return bool(case.active_history(AUTOIMMUNE))


def assay_disagrees(case: Case) -> bool:
    """The report's own lower limit, or its flag alone, puts a B12 in the other class."""
    rows = ((total_b12(case), total_band(case)), (active_b12(case), active_band(case)))
    return any(_is_classed_differently(result, band) for result, band in rows)


def _is_classed_differently(result: Result | None, band: Band) -> bool:
    if result is None or result.quantity is None:
        return False
    if result.limits is None or result.limits.low is None:
        return result.flag is Flag.low and band is Band.unlikely
    low = is_below(result.quantity, result.limits.low)
    return low is not None and low != (band is Band.deficient)


CAUTIONS: tuple[tuple[C, Callable[[Case], bool]], ...] = (
    (C.pseudo_tma, resembles_thrombotic_microangiopathy),
    (C.cobalamin_allergy, has_allergy),
    (C.allergy_not_read, has_unread_allergy),
    (C.no_cyanocobalamin_leber, bars_cyanocobalamin),
    (C.other_causes_first, others_come_first),
    (C.sample_before_first_dose, sample_comes_first),
    (C.potassium_watch, needs_potassium_watch),
    (C.check_magnesium, needs_magnesium),
    (C.today_if_unwell, may_become_urgent),
    (C.no_folic_acid_alone, concerns_folic_acid),
    (C.check_folate_too, needs_folate),
    (C.stop_nitrous_oxide, uses_nitrous_oxide),
    (C.nitrous_oxide_ended, has_nitrous_oxide_ended),
    (C.nitrous_oxide_kind_not_known, is_nitrous_oxide_of_unknown_kind),
    (C.avoid_nitrous_oxide_anaesthesia, plans_nitrous_oxide),
    (C.intramuscular_bleeding_risk, may_bleed),
    (C.benzyl_alcohol_product, holds_aluminium),
    (C.antidote_product, has_antidote),
    (C.normal_b12_does_not_exclude, normal_does_not_exclude),
    (C.high_b12_is_not_reassurance, high_is_no_comfort),
    (C.recent_treatment_masks_level, treatment_masks),
    (C.discordant_markers, is_discordant),
    (C.mma_unreliable_kidney, mma_is_held_back),
    (C.homocysteine_unspecific, homocysteine_alone),
    (C.total_b12_unreliable_pregnancy, waits_for_active_b12),
    (C.iron_may_mask_macrocytosis, may_mask_macrocytosis),
    (C.assay_profile_mismatch, assay_disagrees),
    (C.blunted_response, blunts_response),
    (C.do_not_monitor_serum_b12, is_on_injections),
    (C.antiepileptic_do_not_stop, takes_antiepileptic),
    (C.pregnancy_no_liver, liver_is_unsafe),
    (C.infant_at_risk, infant_may_lack),
    (C.tell_newborn_team, newborn_may_lack),
    (C.treat_if_marker_raised, tests_sign_first),
    (C.treat_if_active_b12_low, tests_sign_by_active_b12),
    (C.treat_strong_features, has_sign_beside_sufficient_level),
    (C.normal_markers_beside_low_level, has_normal_markers),
    (C.no_response, is_without_response),
    (C.replacement_lapsed, has_lapsed_replacement),
    (C.gastric_cancer_awareness, has_autoimmune_gastritis),
)
