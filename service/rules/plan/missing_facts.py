"""Which facts that are not known would change the answer.

Only facts that the rules asked for on the way to the answer are tried. One is listed if supposing
it, on one side of its limit, changes status, route or urgency.
Only what read the fact is worked out again, and at most `MOST_TRIALS` suppositions are made, in
the declared order.
"""

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal

from msgspec import Struct

from cobalamin.service.rules.evidence.case import BIT, PREGNANT, Case, concept
from cobalamin.service.rules.evidence.recency import current, current_antibody
from cobalamin.service.rules.evidence.record import Fact, Supposed
from cobalamin.service.rules.findings.b12_status import status
from cobalamin.service.rules.findings.causes import NITROUS_OXIDE
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
from cobalamin.service.rules.findings.neuropathy import N2, SIGNS, level, signals
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
from cobalamin.service.rules.plan.pathway import decision, is_lacking, may_lack

MOST_TRIALS = 12
FAR = Decimal(4)

Sides = Callable[[Thresholds], tuple[tuple[Parameter, bool], ...]]


class Answer(Struct, frozen=True):
    """The three things that a fact may change."""

    status: Status
    route: Route
    urgency: Urgency


class Question(Struct, frozen=True):
    """A fact that may be asked for, when it is worth asking, and what it might turn out to be."""

    fact: str
    key: Fact
    is_open: Callable[[Case], bool]
    suppositions: Callable[[Case], tuple[Supposed, ...]]


@concept
def answer(case: Case) -> Answer:
    """Status, route and urgency."""
    step = decision(case)
    return Answer(status(case), step.route, step.urgency)


def unknowns(case: Case) -> tuple[Unknown, ...]:
    """Every open fact that would change the answer, in the declared order."""
    if case.age is None:
        return (Unknown(fact="age", would_decide="b12Status"),)
    found = list(_decided_by_trial(case))
    if _lacks_onset(case):
        found.append(Unknown(fact="onset", would_decide="urgency"))
    return tuple(found)


def _decided_by_trial(case: Case) -> Iterator[Unknown]:
    left = MOST_TRIALS
    read = case.trace(answer)
    for question in QUESTIONS:
        if not read & BIT[question.key] or not question.is_open(case):
            continue
        suppositions = question.suppositions(case)[:left]
        left -= len(suppositions)
        decided = _first_change(case, question.key, suppositions)
        if decided is not None:
            yield Unknown(fact=question.fact, would_decide=decided)


def _first_change(case: Case, key: Fact, suppositions: Iterable[Supposed]) -> str | None:
    before = answer(case)
    for supposed in suppositions:
        other = case.supposing(key, supposed)
        if status(other) is not before.status:
            return "b12Status"
        after = decision(other)
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
        supposed: tuple[Supposed, ...] = _either_side(case, key, sides(case.cut))
    elif key in QUALITATIVE:
        supposed = (_finding(case, key),)
    else:
        return False
    return _first_change(case, key, supposed) is not None


# --- suppositions


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
    A.b12_total: lambda cut: ((cut.b12_total_deficient, False), (cut.b12_total_unlikely, True)),
    A.b12_active: lambda cut: ((cut.b12_active_deficient, False), (cut.b12_active_unlikely, True)),
    A.mma: lambda cut: ((cut.mma_kidney_gate, True), (cut.mma_raised, False)),
    A.egfr: lambda cut: ((cut.egfr_severe, False),),
    A.homocysteine: lambda cut: ((cut.homocysteine_raised, True),),
    A.haemoglobin: lambda cut: ((cut.haemoglobin_severe_pregnant, False),),
    A.haematocrit: lambda cut: ((cut.haematocrit_severe, False),),
    A.mcv: lambda cut: ((cut.mcv_macrocytic, True),),
    A.platelets: lambda cut: ((cut.platelets_bleeding, False),),
    A.neutrophils: lambda cut: ((cut.neutrophils_marked, False),),
    A.folate_serum: lambda cut: ((cut.folate_serum_low, False),),
    A.folate_rbc: lambda cut: ((cut.folate_rbc_low, False),),
    A.ferritin: lambda cut: ((cut.ferritin_low_inflamed, True),),
    A.haptoglobin: lambda cut: ((cut.haptoglobin_low, False),),
    A.ldh: lambda cut: ((cut.ldh_raised, True),),
}
QUALITATIVE = frozenset({A.intrinsic_factor_antibody, A.schistocytes, A.hypersegmented_neutrophils})


def _sides_of(analyte: A) -> Callable[[Case], tuple[Supposed, ...]]:
    def suppose(case: Case) -> tuple[Supposed, ...]:
        return _either_side(case, analyte, SIDES[analyte](case.cut))

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
    return bool(case.having(NITROUS_OXIDE)) and current(case, A.homocysteine) is None


def _signs_are_open(case: Case) -> bool:
    if case.present(SIGNS) or case.feature(F.normal_vibration) is not None:
        return False
    return case.feature(F.vibration_loss) is None and (is_lacking(case) or may_lack(case))


def _no_haemoglobin(case: Case) -> bool:
    none = current(case, A.haemoglobin) is None and current(case, A.haematocrit) is None
    return none and (is_lacking(case) or may_lack(case))


def _no_antibody(case: Case) -> bool:
    return current_antibody(case) is None and (is_lacking(case) or may_lack(case))


def _history_is_open(case: Case) -> bool:
    """A history that was read and holds no entry needs no question; one not read does."""
    return not case.facts.history or bool(case.facts.unread)


def _nitrous_oxide_is_open(case: Case) -> bool:
    return _history_is_open(case) and case.history(H.nitrous_oxide_recreational) is None


def _treatment_is_open(case: Case) -> bool:
    measured = band(case) in (Band.indeterminate, Band.unlikely)
    return measured and _history_is_open(case) and active_product(case) is None


def _pregnancy_is_open(case: Case) -> bool:
    age, last = case.age, case.cut.childbearing_age_last.number
    possible = case.sex is not Sex.male and age is not None and age <= last
    return possible and case.is_pregnant is None and total_band(case) is Band.deficient


def _with_sign(_case: Case) -> tuple[Supposed, ...]:
    return (FeatureFact(code=F.vibration_loss, objective=True),)


def _with_nitrous_oxide(_case: Case) -> tuple[Supposed, ...]:
    return (HistoryFact(code=H.nitrous_oxide_recreational),)


def _with_treatment(_case: Case) -> tuple[Supposed, ...]:
    return (HistoryFact(code=H.b12_replacement_parenteral),)


def _with_antibody(case: Case) -> tuple[Supposed, ...]:
    return (_finding(case, A.intrinsic_factor_antibody),)


def _pregnant(_case: Case) -> tuple[Supposed, ...]:
    return (True,)


QUESTIONS: tuple[Question, ...] = (
    Question("b12_total", A.b12_total, _no_b12, _sides_of(A.b12_total)),
    Question("mma", A.mma, _no_mma, _sides_of(A.mma)),
    Question("creatinine", A.egfr, _kidney_is_open, _sides_of(A.egfr)),
    Question("vibration_loss", F.vibration_loss, _signs_are_open, _with_sign),
    Question("haemoglobin", A.haemoglobin, _no_haemoglobin, _sides_of(A.haemoglobin)),
    Question("b12_active", A.b12_active, _active_would_help, _sides_of(A.b12_active)),
    Question("homocysteine", A.homocysteine, _homocysteine_is_open, _sides_of(A.homocysteine)),
    Question(
        "intrinsic_factor_antibody", A.intrinsic_factor_antibody, _no_antibody, _with_antibody
    ),
    Question("pregnancy", PREGNANT, _pregnancy_is_open, _pregnant),
    Question(
        "nitrous_oxide_recreational",
        H.nitrous_oxide_recreational,
        _nitrous_oxide_is_open,
        _with_nitrous_oxide,
    ),
    Question(
        "b12_replacement_parenteral",
        H.b12_replacement_parenteral,
        _treatment_is_open,
        _with_treatment,
    ),
)


def _lacks_onset(case: Case) -> bool:
    """A progressing finding of tier N2 would be urgent had it begun within weeks."""
    open_onset = any(
        signal.level == N2 and signal.feature.progressive and signal.feature.onset is None
        for signal in signals(case)
    )
    return open_onset and level(case) == N2
