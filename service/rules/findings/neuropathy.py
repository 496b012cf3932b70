"""How far the nervous system is affected: the project's tiers N0 to N3.

No published scale is required for vitamin B12, so the tiers are the project's own. Symptoms and
signs outrank every number; cramps, aches and stiffness never raise the tier.
"""

from collections.abc import Callable
from enum import StrEnum, auto

from msgspec import Struct

from cobalamin.service.rules.evidence.case import Case, concept
from cobalamin.service.rules.evidence.groups import load_group
from cobalamin.service.rules.model.assessment import Because, NeuropathyFinding, Tier
from cobalamin.service.rules.model.dates import When
from cobalamin.service.rules.model.facts import FeatureFact
from cobalamin.service.rules.model.parameter import Parameter
from cobalamin.service.rules.model.truth import Truth
from cobalamin.service.rules.model.vocabulary import Feature as F

SENSORY = load_group("sensory")
SIGNS = load_group("signs")
GAIT = load_group("gait")
CORD = load_group("cord")
OPTIC = load_group("optic")
COGNITIVE = load_group("cognitive")
PSYCHIATRIC = load_group("psychiatric")
CLOUDED = load_group("clouded")
MINOR = load_group("minor")
BESIDE_BLADDER = load_group("beside_bladder")
NORMAL = load_group("normal")
AGEING = load_group("ageing")
FOUND = load_group("nerve_findings")
NEUROLOGICAL = load_group("neurological")

N1, N2, N3 = 1, 2, 3
_TIERS = (Tier.n0, Tier.n1, Tier.n2, Tier.n3)


class FindingKind(StrEnum):
    """What part of the nervous system a finding speaks for."""

    sensorimotor = auto()
    cord = auto()
    optic = auto()
    bladder_or_bowel = auto()
    cognitive = auto()
    psychiatric = auto()


PHYSICAL = frozenset({FindingKind.sensorimotor, FindingKind.cord, FindingKind.optic})


class TieredFinding(Struct, frozen=True, kw_only=True):
    """What one finding contributes: its tier, its kind, and whether it decides alone.

    `decides` says that the finding is an objective sign or a progressive sensory, motor or gait
    feature, or a cord or optic one: it allows treatment before B12 is proven low.
    """

    tier: int
    kind: FindingKind
    feature: FeatureFact
    decides: bool = False


def neuropathy(case: Case) -> NeuropathyFinding:
    """The highest tier that any finding reaches; unknown if nothing neurological was recorded."""
    if not case.is_recorded(NEUROLOGICAL):
        return NeuropathyFinding(tier=Tier.unknown)
    because = tuple(
        [
            Because(fact=signal.feature.code, evidence=signal.feature, citation="project-rules")
            for signal in tiered_findings(case)
            if signal.tier
        ]
    )
    return NeuropathyFinding(tier=_TIERS[neuropathy_level(case)], because=because)


@concept
def neuropathy_level(case: Case) -> int:
    """The tier as a number from 0 to 3; what is not recorded routes as 0."""
    return max([signal.tier for signal in tiered_findings(case)], default=0)


@concept
def tiered_findings(case: Case) -> tuple[TieredFinding, ...]:
    """What each recorded finding contributes."""
    return tuple(
        [_hastened(case, _signal(case, feature)) for feature in case.present_features(FOUND)]
    )


def _signal(case: Case, feature: FeatureFact) -> TieredFinding:
    return _BY_FEATURE[feature.code](case, feature)


def _sensory(case: Case, feature: FeatureFact) -> TieredFinding:
    """A sensory symptom is N1; progressive or objective it is N2, unless the signs are normal."""
    raised = feature.progressive or (feature.objective and not signs_are_normal(case))
    tier = N2 if raised else N1
    return TieredFinding(
        tier=tier, kind=FindingKind.sensorimotor, feature=feature, decides=bool(raised)
    )


def _sign(case: Case, feature: FeatureFact) -> TieredFinding:
    """An objective sign is N2, unless it is the one that age alone explains."""
    ageing = is_isolated_sign_of_age(case)
    tier = N1 if ageing else N2
    return TieredFinding(
        tier=tier, kind=FindingKind.sensorimotor, feature=feature, decides=not ageing
    )


def _gait(case: Case, feature: FeatureFact) -> TieredFinding:
    """Unsteady gait is N2 when seen or progressive, or beside a sensory symptom, else N1."""
    decides = bool(feature.objective or feature.progressive)
    tier = N2 if decides or case.present_features(SENSORY) else N1
    return TieredFinding(tier=tier, kind=FindingKind.sensorimotor, feature=feature, decides=decides)


def _cord(_case: Case, feature: FeatureFact) -> TieredFinding:
    return TieredFinding(tier=N3, kind=FindingKind.cord, feature=feature, decides=True)


def _optic(_case: Case, feature: FeatureFact) -> TieredFinding:
    return TieredFinding(tier=N3, kind=FindingKind.optic, feature=feature, decides=True)


def _blurred(_case: Case, feature: FeatureFact) -> TieredFinding:
    return TieredFinding(tier=N1, kind=FindingKind.optic, feature=feature)


def _brisk(case: Case, feature: FeatureFact) -> TieredFinding:
    """Brisk reflexes mean little alone, and the cord beside a sensory symptom."""
    company = bool(case.present_features(SENSORY))
    tier = N3 if company else N1
    return TieredFinding(tier=tier, kind=FindingKind.cord, feature=feature, decides=company)


def _bladder(case: Case, feature: FeatureFact) -> TieredFinding:
    """The cord beside a sensory symptom, a sign or a cord finding.

    Alone it says nothing about vitamin B12: it is an emergency of cord or cauda equina where it is
    new or getting worse (BMJ Best Practice 3000164), and else raises no tier.
    """
    if case.present_features(SENSORY | SIGNS | CORD):
        return TieredFinding(tier=N3, kind=FindingKind.cord, feature=feature, decides=True)
    pressing = feature.progressive or began_within(case, feature.onset, case.thresholds.acute_onset)
    if feature.onset is None and case.present_features(BESIDE_BLADDER):
        pressing = True
    tier = N3 if pressing else 0
    return TieredFinding(tier=tier, kind=FindingKind.bladder_or_bowel, feature=feature)


def _minor(case: Case, feature: FeatureFact) -> TieredFinding:
    """Only weakness counts: one that progresses, and one that was seen beside a sensory symptom.

    NG127, limb weakness: progression within weeks is for today, a slower one for neurology.
    """
    weak = feature.code is F.weakness
    company = bool(case.present_features(SENSORY))
    counts = weak and bool(feature.progressive or (feature.objective and company))
    tier = N2 if counts else 0
    return TieredFinding(
        tier=tier,
        kind=FindingKind.sensorimotor,
        feature=feature,
        decides=counts and company,
    )


def _cognitive(case: Case, feature: FeatureFact) -> TieredFinding:
    counts = feature.progressive or feature.objective or is_new(case, feature)
    return TieredFinding(tier=N2 if counts else 0, kind=FindingKind.cognitive, feature=feature)


def _psychiatric(_case: Case, feature: FeatureFact) -> TieredFinding:
    return TieredFinding(tier=N3, kind=FindingKind.psychiatric, feature=feature)


_BY_FEATURE: dict[object, Callable[[Case, FeatureFact], TieredFinding]] = {
    **dict.fromkeys(SENSORY.order, _sensory),
    **dict.fromkeys(SIGNS.order, _sign),
    **dict.fromkeys(GAIT.order, _gait),
    **dict.fromkeys(CORD.order, _cord),
    **dict.fromkeys(OPTIC.order, _optic),
    F.blurred_vision: _blurred,
    F.hyperreflexia: _brisk,
    F.bladder_bowel_dysfunction: _bladder,
    **dict.fromkeys(MINOR.order, _minor),
    **dict.fromkeys(COGNITIVE.order, _cognitive),
    **dict.fromkeys(PSYCHIATRIC.order, _psychiatric),
}


def _hastened(case: Case, signal: TieredFinding) -> TieredFinding:
    """N2 that is progressive and began within weeks is N3."""
    if signal.tier != N2 or not signal.feature.progressive:
        return signal
    onset = signal.feature.onset
    if not began_within(case, onset, case.thresholds.fast_progression):
        return signal
    return TieredFinding(tier=N3, kind=signal.kind, feature=signal.feature, decides=signal.decides)


@concept
def signs_are_normal(case: Case) -> bool:
    """Vibration sense and ankle reflexes are both documented as normal, with no sign beside them.

    A retained reflex and normal vibration make vitamin B12 an unlikely cause of mild tingling.
    """
    both = case.is_present(F.normal_vibration) and case.is_present(F.normal_ankle_reflexes)
    return bool(both) and not case.present_features(SIGNS)


@concept
def is_a_sign_normal(case: Case) -> bool:
    """Vibration sense or ankle reflexes are documented as normal, with no sign beside them.

    NHS Lothian: one of them retained is enough to treat mild tingling by its cause.
    """
    either = case.is_present(F.normal_vibration) or case.is_present(F.normal_ankle_reflexes)
    return bool(either) and not case.present_features(SIGNS)


@concept
def is_isolated_sign_of_age(case: Case) -> bool:
    """One absent reflex or vibration sense, not progressive, and nothing else, at an old age."""
    signs = case.present_features(FOUND)
    age = case.age
    if len(signs) != 1 or age is None or age < case.thresholds.isolated_sign_age.number:
        return False
    return signs[0].code in AGEING.members and not signs[0].progressive


def is_new(case: Case, feature: FeatureFact) -> Truth:
    """Whether a change of the mind began within the last year; unknown onset is not known."""
    if feature.onset is None:
        return None
    return began_within(case, feature.onset, case.thresholds.new_cognitive_change)


def began_within(case: Case, onset: When | None, limit: Parameter) -> bool:
    """A partial date counts by its latest day; one that is wholly to come is no onset."""
    if onset is None or onset.first > case.on:
        return False
    return onset.days_before(case.on) <= limit.number


@concept
def is_decisive(case: Case) -> bool:
    """An objective or progressive sensory, motor or gait feature, or a cord or optic one."""
    return any(signal.decides and signal.tier >= N2 for signal in tiered_findings(case))


@concept
def is_established(case: Case) -> bool:
    """Every finding of the worst tier began more than a year ago and is not progressing.

    Nerves recover within 6 weeks to 12 months, if at all, so such a finding is no reason for
    haste. One without an onset began no later than it was recorded.
    """
    worst = neuropathy_level(case)
    return worst > 0 and all(
        _is_old(case, finding.feature) for finding in tiered_findings(case) if finding.tier == worst
    )


@concept
def level_of_recent_findings(case: Case) -> int:
    """The tier that the findings reach which are not established."""
    recent = [one.tier for one in tiered_findings(case) if not _is_old(case, one.feature)]
    return max(recent, default=0)


def _is_old(case: Case, feature: FeatureFact) -> bool:
    began = feature.onset or feature.recorded
    if began is None or feature.progressive:
        return False
    return began.days_before(case.on) > case.thresholds.established_finding.number


@concept
def is_progressive(case: Case) -> bool:
    """Any neurological finding that counts at all is getting worse."""
    return any(signal.feature.progressive for signal in tiered_findings(case) if signal.tier)
