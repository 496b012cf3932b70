"""What the worst nerve findings have in common: their kind, and how lately they began."""

from cobalamin.service.rules.evidence.case import Case, concept
from cobalamin.service.rules.findings.neuropathy import (
    CLOUDED,
    N2,
    PHYSICAL,
    FindingKind,
    TieredFinding,
    began_within,
    neuropathy_level,
    tiered_findings,
)
from cobalamin.service.rules.model.facts import FeatureFact


@concept
def level_without_bladder(case: Case) -> int:
    """The tier without a bladder or bowel finding that says nothing about vitamin B12."""
    others = [
        signal.tier
        for signal in tiered_findings(case)
        if signal.kind is not FindingKind.bladder_or_bowel
    ]
    return max(others, default=0)


@concept
def is_bladder_or_bowel_alone(case: Case) -> bool:
    """The worst finding is a bladder or bowel that speaks for cord or cauda equina, not for B12."""
    return kinds_at_worst_tier(case) == {FindingKind.bladder_or_bowel}


@concept
def is_decisive_below_the_worst(case: Case) -> bool:
    """A decisive finding of N2 stands beside one of N3."""
    return neuropathy_level(case) > N2 and any(
        signal.decides and signal.tier == N2 for signal in tiered_findings(case)
    )


@concept
def has_physical_sign(case: Case) -> bool:
    """A finding of N2 or more that is sensory, motor or gait, of the cord or of the optic nerve."""
    return any(signal.tier >= N2 and signal.kind in PHYSICAL for signal in tiered_findings(case))


@concept
def kinds_at_worst_tier(case: Case) -> frozenset[FindingKind]:
    """The kinds of the findings that reach the highest tier."""
    worst = neuropathy_level(case)
    return frozenset(signal.kind for signal in tiered_findings(case) if signal.tier == worst)


@concept
def began_lately(case: Case) -> bool:
    """Some finding of the worst tier began within two weeks, as other causes do."""
    return any(_is_acute(case, signal.feature) for signal in _worst(case))


@concept
def began_wholly_lately(case: Case) -> bool:
    """Every finding of the worst tier began within two weeks; an unknown onset did not."""
    return all(_is_acute(case, signal.feature) for signal in _worst(case))


@concept
def is_of_the_mind_alone(case: Case) -> bool:
    """Delirium, psychosis or confusion is the worst finding, without a physical one of its tier."""
    worst = _worst(case)
    mind = any(one.feature.code in CLOUDED.members for one in worst)
    return mind and not {one.kind for one in worst} & PHYSICAL


def _worst(case: Case) -> list[TieredFinding]:
    level = neuropathy_level(case)
    return [one for one in tiered_findings(case) if one.tier == level] if level else []


def _is_acute(case: Case, feature: FeatureFact) -> bool:
    return began_within(case, feature.onset, case.thresholds.acute_onset)
