"""Which unknown facts would change the answer.

Each open fact is tried: it is listed if a value on one side of its limit changes status, route or
urgency.
"""

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal

from msgspec import Struct

from cobalamin.service.rules.evidence.case import Case, concept
from cobalamin.service.rules.evidence.recency import current, current_antibody
from cobalamin.service.rules.evidence.record import Hypothesis
from cobalamin.service.rules.findings.b12_status import status
from cobalamin.service.rules.findings.causes import nitrous_oxide_exposure
from cobalamin.service.rules.findings.kidney import Kidney, kidney
from cobalamin.service.rules.findings.markers import (
    Mma,
    active_band,
    band,
    is_discordant,
    methylmalonic_acid,
    mma,
    total_band,
)
from cobalamin.service.rules.findings.neuropathy import N2, SIGNS, neuropathy_level, tiered_findings
from cobalamin.service.rules.findings.treatment import active_product
from cobalamin.service.rules.model.assessment import Band, Route, Status, Unknown, Urgency
from cobalamin.service.rules.model.dates import When
from cobalamin.service.rules.model.facts import FeatureFact, Finding, HistoryFact, Result
from cobalamin.service.rules.model.parameter import Parameter
from cobalamin.service.rules.model.quantities import Quantity
from cobalamin.service.rules.model.thresholds import Thresholds
from cobalamin.service.rules.model.vocabulary import Analyte as A
from cobalamin.service.rules.model.vocabulary import Feature as F
from cobalamin.service.rules.model.vocabulary import History as H
from cobalamin.service.rules.model.vocabulary import Sex
from cobalamin.service.rules.plan.evidence_of_deficiency import is_deficient, is_possibly_deficient
from cobalamin.service.rules.plan.first_measurement import has_gastrectomy_of_unknown_extent
from cobalamin.service.rules.plan.pathway import plan_step

FAR = Decimal(4)

Sides = Callable[[Thresholds], tuple[tuple[Parameter, bool], ...]]


class DecidedValues(Struct, frozen=True):
    """The three things that a fact may change."""

    status: Status
    route: Route
    urgency: Urgency


class Question(Struct, frozen=True):
    """A fact to ask for: when it is unknown and relevant, and the values to try."""

    fact: str
    is_open: Callable[[Case], bool]
    hypotheses: Callable[[Case], tuple[Hypothesis, ...]]


@concept
def decided_values(case: Case) -> DecidedValues:
    """Status, route and urgency."""
    step = plan_step(case)
    return DecidedValues(status(case), step.route, step.urgency)


def unknowns(case: Case) -> tuple[Unknown, ...]:
    """Every open fact that would change the answer, in the declared order."""
    if case.age is None:
        return (Unknown(fact="age", would_decide="b12Status"),)
    missing = list(_decided_by_trial(case))
    if _lacks_onset(case):
        missing.append(Unknown(fact="onset", would_decide="urgency"))
    return tuple(missing)


def _decided_by_trial(case: Case) -> Iterator[Unknown]:
    for question in QUESTIONS:
        if question.is_open(case):
            decided = _first_change(case, question.hypotheses(case))
            if decided is not None:
                yield Unknown(fact=question.fact, would_decide=decided)


def _first_change(case: Case, hypotheses: Iterable[Hypothesis]) -> str | None:
    before = decided_values(case)
    for hypothesis in hypotheses:
        other = case.with_hypothesis(hypothesis)
        if status(other) is not before.status:
            return "b12Status"
        after = plan_step(other)
        if after.route is not before.route:
            return "route"
        if after.urgency is not before.urgency:
            return "urgency"
    return None


def would_matter(case: Case, analyte: A) -> bool:
    """Whether a result that was refused could have changed status, route or urgency."""
    key = A.egfr if analyte is A.creatinine else analyte
    sides = SIDES.get(key)
    if sides is not None:
        hypotheses: tuple[Hypothesis, ...] = _either_side(case, key, sides(case.thresholds))
    elif key in QUALITATIVE:
        hypotheses = (_finding(case, key),)
    else:
        return False
    return _first_change(case, hypotheses) is not None


# --- hypotheses


def _either_side(
    case: Case, analyte: A, sides: tuple[tuple[Parameter, bool], ...]
) -> tuple[Result, ...]:
    return tuple(_beyond(case, analyte, parameter, above) for parameter, above in sides)


def _beyond(case: Case, analyte: A, parameter: Parameter, above: bool) -> Result:  # noqa: FBT001
    unit, limit = next(iter(parameter.value.items()))
    value = limit * FAR if above else limit / FAR
    return Result(analyte=analyte, on=_today(case), quantity=Quantity(value=value, unit=unit))


def _finding(case: Case, analyte: A) -> Result:
    return Result(analyte=analyte, on=_today(case), finding=Finding.positive)


def _today(case: Case) -> When:
    return When(first=case.on, last=case.on, text=case.on.isoformat())


SIDES: dict[A, Sides] = {
    A.b12_total: lambda thresholds: (
        (thresholds.b12_total_deficient, False),
        (thresholds.b12_total_unlikely, True),
    ),
    A.b12_active: lambda thresholds: (
        (thresholds.b12_active_deficient, False),
        (thresholds.b12_active_unlikely, True),
    ),
    A.mma: lambda thresholds: ((thresholds.mma_kidney_gate, True), (thresholds.mma_raised, False)),
    A.egfr: lambda thresholds: ((thresholds.egfr_severe, False),),
    A.homocysteine: lambda thresholds: ((thresholds.homocysteine_raised, True),),
    A.haemoglobin: lambda thresholds: ((thresholds.haemoglobin_severe_pregnant, False),),
    A.haematocrit: lambda thresholds: ((thresholds.haematocrit_severe, False),),
    A.mcv: lambda thresholds: ((thresholds.mcv_macrocytic, True),),
    A.platelets: lambda thresholds: ((thresholds.platelets_bleeding, False),),
    A.neutrophils: lambda thresholds: ((thresholds.neutrophils_marked, False),),
    A.folate_serum: lambda thresholds: ((thresholds.folate_serum_low, False),),
    A.folate_rbc: lambda thresholds: ((thresholds.folate_rbc_low, False),),
    A.ferritin: lambda thresholds: ((thresholds.ferritin_low_inflamed, True),),
    A.haptoglobin: lambda thresholds: ((thresholds.haptoglobin_low, False),),
    A.ldh: lambda thresholds: ((thresholds.ldh_raised, True),),
}
QUALITATIVE = frozenset({A.intrinsic_factor_antibody, A.schistocytes, A.hypersegmented_neutrophils})


def _sides_of(analyte: A) -> Callable[[Case], tuple[Hypothesis, ...]]:
    def suppose(case: Case) -> tuple[Hypothesis, ...]:
        return _either_side(case, analyte, SIDES[analyte](case.thresholds))

    return suppose


# --- when a fact is worth asking for


def _no_b12(case: Case) -> bool:
    return band(case) is Band.none


def _no_mma(case: Case) -> bool:
    return methylmalonic_acid(case) is None


def _active_would_help(case: Case) -> bool:
    if active_band(case) is not Band.none:
        return False
    return bool(case.is_pregnant) or mma(case) is Mma.held_back or _is_undecided(case)


def _is_undecided(case: Case) -> bool:
    return status(case) is Status.indeterminate and not is_discordant(case)


def _kidney_is_open(case: Case) -> bool:
    return mma(case) is Mma.raised and kidney(case) is Kidney.unknown


def _homocysteine_is_open(case: Case) -> bool:
    return bool(nitrous_oxide_exposure(case)) and current(case, A.homocysteine) is None


def _signs_are_open(case: Case) -> bool:
    if case.present_features(SIGNS) or case.feature(F.normal_vibration) is not None:
        return False
    return case.feature(F.vibration_loss) is None and (
        is_deficient(case) or is_possibly_deficient(case)
    )


def _no_haemoglobin(case: Case) -> bool:
    none = current(case, A.haemoglobin) is None and current(case, A.haematocrit) is None
    return none and (is_deficient(case) or is_possibly_deficient(case))


def _no_antibody(case: Case) -> bool:
    return current_antibody(case) is None and (is_deficient(case) or is_possibly_deficient(case))


def _is_list_open(case: Case, name: str) -> bool:
    """A list that was read and holds no entry needs no question; one not read or sent does."""
    facts = case.facts
    return not facts.history or bool(facts.unread) or name in facts.not_sent


def _nitrous_oxide_is_open(case: Case) -> bool:
    return _is_list_open(case, "conditions") and case.history(H.nitrous_oxide_recreational) is None


def _treatment_is_open(case: Case) -> bool:
    measured = band(case) in (Band.indeterminate, Band.unlikely)
    return measured and _is_list_open(case, "medications") and active_product(case) is None


def _pregnancy_is_open(case: Case) -> bool:
    age, last = case.age, case.thresholds.childbearing_age_last.number
    possible = case.sex is not Sex.male and age is not None and age <= last
    return possible and case.is_pregnant is None and total_band(case) is Band.deficient


def _with_sign(_case: Case) -> tuple[Hypothesis, ...]:
    return (FeatureFact(code=F.vibration_loss, objective=True),)


def _with_nitrous_oxide(_case: Case) -> tuple[Hypothesis, ...]:
    return (HistoryFact(code=H.nitrous_oxide_recreational),)


def _with_treatment(_case: Case) -> tuple[Hypothesis, ...]:
    return (HistoryFact(code=H.b12_replacement_parenteral),)


def _with_whole_gastrectomy(_case: Case) -> tuple[Hypothesis, ...]:
    return (HistoryFact(code=H.gastrectomy_total),)


def _with_antibody(case: Case) -> tuple[Hypothesis, ...]:
    return (_finding(case, A.intrinsic_factor_antibody),)


def _pregnant(_case: Case) -> tuple[Hypothesis, ...]:
    return (True,)


QUESTIONS: tuple[Question, ...] = (
    Question("b12_total", _no_b12, _sides_of(A.b12_total)),
    Question("mma", _no_mma, _sides_of(A.mma)),
    Question("creatinine", _kidney_is_open, _sides_of(A.egfr)),
    Question("vibration_loss", _signs_are_open, _with_sign),
    Question("haemoglobin", _no_haemoglobin, _sides_of(A.haemoglobin)),
    Question("b12_active", _active_would_help, _sides_of(A.b12_active)),
    Question("homocysteine", _homocysteine_is_open, _sides_of(A.homocysteine)),
    Question("intrinsic_factor_antibody", _no_antibody, _with_antibody),
    Question("pregnancy", _pregnancy_is_open, _pregnant),
    Question("nitrous_oxide_recreational", _nitrous_oxide_is_open, _with_nitrous_oxide),
    Question("gastrectomy_total", has_gastrectomy_of_unknown_extent, _with_whole_gastrectomy),
    Question("b12_replacement_parenteral", _treatment_is_open, _with_treatment),
)


def _lacks_onset(case: Case) -> bool:
    """A progressing finding of tier N2 would be urgent had it begun within weeks."""
    open_onset = any(
        signal.tier == N2 and signal.feature.progressive and signal.feature.onset is None
        for signal in tiered_findings(case)
    )
    return open_onset and neuropathy_level(case) == N2
