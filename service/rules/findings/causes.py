"""Why vitamin B12 may be low, and which way of giving it each cause calls for."""

from cobalamin.service.rules.evidence.case import Case, FactSet, concept
from cobalamin.service.rules.evidence.recency import REPLACEMENT, current_antibody
from cobalamin.service.rules.findings.neuropathy import N1, N2, neuropathy_level, tiered_findings
from cobalamin.service.rules.model.assessment import Because, CodedFinding
from cobalamin.service.rules.model.dates import When
from cobalamin.service.rules.model.facts import Finding, HistoryFact, Result
from cobalamin.service.rules.model.parameter import Parameter
from cobalamin.service.rules.model.vocabulary import Analyte, Mechanism
from cobalamin.service.rules.model.vocabulary import History as H

NITROUS_OXIDE = FactSet(H.nitrous_oxide_recreational)
AUTOIMMUNE = FactSet(H.pernicious_anaemia, H.autoimmune_gastritis)
ABSENT_ABSORPTION = FactSet(H.gastrectomy_total, H.ileal_resection)
INHERITED = FactSet(H.inherited_cobalamin_disorder)
POOR_ABSORPTION = FactSet(
    H.gastrectomy_partial,
    H.bariatric_surgery,
    H.crohns_disease,
    H.ileal_disease,
    H.coeliac_disease,
    H.pancreatic_insufficiency,
    H.bacterial_overgrowth,
    H.radiotherapy_abdominal_pelvic,
    H.fish_tapeworm,
    H.atrophic_gastritis,
    H.tropical_sprue,
    H.h_pylori_infection,
)
DIET = FactSet(H.vegan_diet, H.vegetarian_diet, H.low_b12_diet, H.eating_disorder)
METFORMIN = FactSet(H.metformin)
ACID_SUPPRESSION = FactSet(H.ppi, H.h2_antagonist)
ANTIEPILEPTICS = FactSet(H.phenobarbital, H.primidone, H.pregabalin, H.topiramate, H.phenytoin)
OTHER_MEDICINES = FactSet(H.colchicine, H.chloramphenicol, H.colestyramine, H.neomycin)
MEDICINES = METFORMIN | ACID_SUPPRESSION | ANTIEPILEPTICS | OTHER_MEDICINES
FAMILY = FactSet(H.family_history_b12, H.family_history_autoimmune)
AUTOIMMUNE_COMPANY = FactSet(
    H.autoimmune_thyroid_disease, H.type_1_diabetes, H.sjogren_syndrome, H.vitiligo
)
CAUSES = (
    NITROUS_OXIDE | AUTOIMMUNE | ABSENT_ABSORPTION | INHERITED | POOR_ABSORPTION | DIET | MEDICINES
)
_OTHER_CAUSES = FactSet(*(code for code in CAUSES.order if code not in NITROUS_OXIDE.members))
NO_ABSORPTION = AUTOIMMUNE | ABSENT_ABSORPTION
RISK_FACTORS = CAUSES | FAMILY | AUTOIMMUNE_COMPANY
# What lowers copper, whose lack looks like that of vitamin B12.
LOWERS_COPPER = FactSet(
    H.gastrectomy_total,
    H.gastrectomy_partial,
    H.bariatric_surgery,
    H.coeliac_disease,
    H.zinc_excess,
)
# Causes of a sensory neuropathy by themselves.
COMPETING = FactSet(
    H.diabetes_mellitus,
    H.type_1_diabetes,
    H.alcohol_excess,
    H.chronic_kidney_disease,
    H.dialysis,
    H.hiv,
    H.myeloma,
    H.hypothyroidism,
    H.phenytoin,
)
# What explains findings of the nerves by itself.
COMPETING_WITH_NERVES = COMPETING | FactSet(H.autoimmune_thyroid_disease)
STRONG = FactSet(
    H.pernicious_anaemia,
    H.autoimmune_gastritis,
    H.gastrectomy_total,
    H.bariatric_surgery,
    H.ileal_resection,
)
# None of these goes away, so vitamin B12 is replaced for life (NG239 1.1.3; East Region Formulary).
LASTING = FactSet(H.pernicious_anaemia, H.gastrectomy_total, H.ileal_resection, H.bariatric_surgery)
STRICT_DIET = FactSet(H.vegan_diet, H.vegetarian_diet)
SUPPLEMENTED = REPLACEMENT | FactSet(H.b12_supplement)
ANTIBODY = Analyte.intrinsic_factor_antibody


@concept
def nitrous_oxide_exposure(case: Case) -> tuple[HistoryFact, ...]:
    """Recreational nitrous oxide that counts as current: in use, or ended within six months.

    The vitamin stays inactivated after the last use. Where the end is not dated, the use counts
    as long as a nerve finding is present.
    """
    use = case.history(H.nitrous_oxide_recreational)
    if use is None or not (use.active or _lingers(case, use)):
        return ()
    return (use,)


@concept
def has_nitrous_oxide_ended(case: Case) -> bool:
    """Use that is recorded as ended and still counts: it may go on all the same."""
    return any(not use.active for use in nitrous_oxide_exposure(case))


@concept
def is_nitrous_oxide_of_unknown_kind(case: Case) -> bool:
    """Exposure whose code does not tell use from anaesthesia."""
    return any(use.ambiguous for use in nitrous_oxide_exposure(case))


def is_exposed_with_nerve_symptom(case: Case) -> bool:
    """Recreational nitrous oxide that counts, with any nerve finding."""
    return bool(nitrous_oxide_exposure(case)) and neuropathy_level(case) >= N1


@concept
def anaesthetic_may_explain(case: Case) -> bool:
    """A sign of nerves that may follow nitrous oxide given medically.

    Given within three months before the onset; a date that is not known does not speak against.
    """
    given = case.history(H.nitrous_oxide_medical)
    if given is None or neuropathy_level(case) < N2:
        return False
    day = given.last or given.since
    signs = [finding.feature for finding in tiered_findings(case) if finding.tier >= N2]
    return day is None or any(_follows(case, day, feature.onset) for feature in signs)


def _follows(case: Case, given: When, onset: When | None) -> bool:
    if onset is None:
        return True
    days = (onset.last - given.first).days
    return 0 <= days <= case.thresholds.anaesthetic_before_finding.number


def _lingers(case: Case, use: HistoryFact) -> bool:
    if use.last is None:
        return neuropathy_level(case) > 0
    return use.last.days_before(case.on) <= case.thresholds.nitrous_oxide_lasts.number


@concept
def causes(case: Case) -> tuple[CodedFinding, ...]:
    """Every recorded cause that was there for long enough, and a positive antibody."""
    findings = [
        CodedFinding(code=fact.code, because=(Because(fact=fact.code, evidence=fact),))
        for fact in (*nitrous_oxide_exposure(case), *case.active_history(_OTHER_CAUSES))
        if exposure_counts(case, fact)
    ]
    antibody = positive_antibody(case)
    if antibody is not None:
        because = (Because(fact=ANTIBODY, evidence=antibody, citation=case.knowledge.care.source),)
        findings.append(CodedFinding(code=ANTIBODY, because=because))
    return tuple(findings)


def exposure_counts(case: Case, fact: HistoryFact) -> bool:
    """A known exposure shorter than the source names does not count; an unknown one does."""
    minimum = _minimum_exposure(case, fact)
    if minimum is None or fact.since is None:
        return True
    days = (case.on - fact.since.first).days
    return days > minimum.number


def _minimum_exposure(case: Case, fact: HistoryFact) -> Parameter | None:
    if fact.code in METFORMIN.members:
        return case.thresholds.metformin_exposure
    if fact.code in ACID_SUPPRESSION.members:
        return case.thresholds.acid_suppression_exposure
    return None


@concept
def positive_antibody(case: Case) -> Result | None:
    """A positive intrinsic-factor antibody that was not sampled soon after an injection."""
    antibody = current_antibody(case)
    if antibody is None or antibody.finding is not Finding.positive:
        return None
    return None if is_sampled_after_injection(case, antibody) else antibody


def is_sampled_after_injection(case: Case, antibody: Result) -> bool:
    """Whether an injection was given in the days before the sample."""
    injection = case.history(H.b12_replacement_parenteral)
    if injection is None or not injection.begun:
        return False
    limit = case.thresholds.antibody_after_injection.number
    doses = (injection.since, injection.last)
    gaps = [antibody.on.last - dose.last for dose in doses if dose is not None]
    return any(0 <= gap.days <= limit for gap in gaps)


@concept
def was_just_injected(case: Case) -> bool:
    """Whether the last injection is so recent that an antibody could not be relied on today."""
    injection = case.history(H.b12_replacement_parenteral)
    if injection is None or not injection.begun or injection.last is None:
        return False
    limit = case.thresholds.antibody_after_injection
    return injection.last.days_before(case.on) <= limit.number


@concept
def has_strong_cause(case: Case) -> bool:
    """A cause strong enough to act on before vitamin B12 has been measured."""
    if nitrous_oxide_exposure(case) or case.active_history(STRONG):
        return True
    if positive_antibody(case) is not None:
        return True
    return has_strict_diet(case)


@concept
def has_strict_diet(case: Case) -> bool:
    """A vegan or vegetarian diet without a supplement."""
    return bool(case.active_history(STRICT_DIET)) and not case.active_history(SUPPLEMENTED)


@concept
def has_risk_factor(case: Case) -> bool:
    """One of NG239's risk factors is recorded."""
    if nitrous_oxide_exposure(case) or positive_antibody(case) is not None:
        return True
    return any(exposure_counts(case, fact) for fact in case.active_history(RISK_FACTORS))


@concept
def mechanism(case: Case) -> Mechanism:
    """Nitrous oxide first, then from the surest lack of absorption down to not known."""
    codes = {finding.code for finding in causes(case)}
    if codes & NITROUS_OXIDE.members:
        return Mechanism.nitrous_oxide
    if codes & NO_ABSORPTION.members or ANTIBODY in codes:
        return Mechanism.no_absorption
    if codes & INHERITED.members:
        return Mechanism.inherited
    if codes & POOR_ABSORPTION.members:
        return Mechanism.poor_absorption
    if codes and codes <= DIET.members:
        return Mechanism.diet
    return Mechanism.medicine if codes & MEDICINES.members else Mechanism.unknown
