"""Why vitamin B12 may be low, and which way of giving it each cause calls for."""

from cobalamin.service.rules.evidence.case import Case, FactSet, concept
from cobalamin.service.rules.evidence.groups import load_group
from cobalamin.service.rules.evidence.recency import current_antibody
from cobalamin.service.rules.findings.neuropathy import N1, N2, neuropathy_level, tiered_findings
from cobalamin.service.rules.model.assessment import Because, CodedFinding
from cobalamin.service.rules.model.dates import When
from cobalamin.service.rules.model.facts import Finding, HistoryFact, Result
from cobalamin.service.rules.model.parameter import Parameter
from cobalamin.service.rules.model.vocabulary import Analyte, Mechanism
from cobalamin.service.rules.model.vocabulary import History as H

NITROUS_OXIDE = load_group("nitrous_oxide")
AUTOIMMUNE = load_group("autoimmune")
INHERITED = load_group("inherited")
POOR_ABSORPTION = load_group("poor_absorption")
DIET = load_group("diet")
METFORMIN = load_group("metformin")
ACID_SUPPRESSION = load_group("acid_suppression")
ANTIEPILEPTICS = load_group("antiepileptics")
MEDICINES = load_group("medicines")
CAUSES = load_group("causes")
_OTHER_CAUSES = FactSet(*(code for code in CAUSES.order if code not in NITROUS_OXIDE.members))
NO_ABSORPTION = load_group("no_absorption")
RISK_FACTORS = load_group("risk_factors")
LOWERS_COPPER = load_group("lowers_copper")
COMPETING = load_group("competing")
COMPETING_WITH_NERVES = load_group("competing_with_nerves")
STRONG = load_group("strong")
LASTING = load_group("lasting")
STRICT_DIET = load_group("strict_diet")
SUPPLEMENTED = load_group("supplemented")
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
