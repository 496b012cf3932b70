"""What must hold for every patient, whatever the record says."""

import random
from datetime import date
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from cobalamin.service.knowledge.loader import load_knowledge
from cobalamin.service.rules.assess import assess
from cobalamin.service.rules.model.assessment import (
    Assessment,
    Outcome,
    Route,
    Status,
    Tier,
    Urgency,
)
from cobalamin.service.rules.model.dates import When
from cobalamin.service.rules.model.facts import (
    Facts,
    FeatureFact,
    Finding,
    HistoryFact,
    Patient,
    Result,
)
from cobalamin.service.rules.model.knowledge import Knowledge
from cobalamin.service.rules.model.quantities import Comparator, Quantity
from cobalamin.service.rules.model.vocabulary import Analyte, Feature, History, Sex
from spec_tables import ON, PROFILES, read_facts, read_result

KNOWLEDGE = {profile: load_knowledge(profile) for profile in PROFILES}
STATUS_FACTS = {
    "b12": ("", "100 ng/L", "250 ng/L", "600 ng/L"),
    "active b12": ("", "10 pmol/L", "50 pmol/L", "90 pmol/L"),
    "mma": ("", "150 nmol/L", "500 nmol/L", "900 nmol/L"),
    "egfr": ("", "90 mL/min/{1.73_m2}", "45 mL/min/{1.73_m2}", "20 mL/min/{1.73_m2}"),
    "features": ("", "numbness", "vibration_loss", "extensor_plantar"),
    "history": ("", "vegan_diet", "nitrous_oxide_recreational", "b12_replacement_oral"),
    "pregnant": ("", "yes"),
}
RANK = {
    Route.none: 0,
    Route.diet: 1,
    Route.continue_: 1,
    Route.test_first: 2,
    Route.refer: 2,
    Route.oral: 3,
    Route.parenteral: 4,
}
UNITS = {
    Analyte.b12_total: ("ng/L", 20, 2000),
    Analyte.b12_active: ("pmol/L", 5, 200),
    Analyte.mma: ("nmol/L", 50, 5000),
    Analyte.homocysteine: ("umol/L", 3, 100),
    Analyte.haemoglobin: ("g/L", 40, 180),
    Analyte.mcv: ("fL", 60, 140),
    Analyte.platelets: ("10*9/L", 10, 500),
    Analyte.egfr: ("mL/min/{1.73_m2}", 5, 120),
    Analyte.folate_serum: ("nmol/L", 1, 40),
}

days = st.dates(min_value=date(2023, 1, 1), max_value=date(2026, 12, 31)).map(
    lambda day: When(first=day, last=day, text=day.isoformat())
)
truths = st.sampled_from((True, False, None))


@st.composite
def results(draw: st.DrawFn) -> Result:
    analyte = draw(st.sampled_from([*UNITS, Analyte.intrinsic_factor_antibody]))
    if analyte not in UNITS:
        return Result(analyte=analyte, on=draw(days), finding=draw(st.sampled_from(Finding)))
    unit, low, high = UNITS[analyte]
    quantity = Quantity(
        value=Decimal(draw(st.integers(low, high))),
        unit=unit,
        comparator=draw(st.sampled_from((None, None, None, *Comparator))),
    )
    return Result(analyte=analyte, on=draw(days), quantity=quantity, corrected=draw(st.booleans()))


features = st.builds(
    FeatureFact,
    code=st.sampled_from(Feature),
    present=st.booleans(),
    progressive=truths,
    objective=truths,
    onset=st.none() | days,
)
histories = st.builds(
    HistoryFact,
    code=st.sampled_from(History),
    active=st.booleans(),
    since=st.none() | days,
    last=st.none() | days,
    dose=st.none() | st.just(Quantity(value=Decimal(5), unit="mg/d")),
)
patients = st.builds(
    Patient,
    id=st.just("p"),
    age=st.none() | st.integers(0, 100),
    sex=st.none() | st.sampled_from(Sex),
    pregnant=truths,
    gestation_weeks=st.none() | st.integers(4, 40),
)
facts = st.builds(
    Facts,
    patient=patients,
    results=st.lists(results(), max_size=8).map(tuple),
    features=st.lists(features, max_size=5).map(tuple),
    history=st.lists(histories, max_size=5).map(tuple),
)


def knowledge_of(profile: str) -> Knowledge:
    return KNOWLEDGE[profile]


def shown(assessment: Assessment) -> tuple[object, ...]:
    """Everything but the facts themselves, whose order is the sender's."""
    return (
        assessment.outcome,
        assessment.reasons,
        assessment.status,
        assessment.anaemia,
        assessment.neuropathy,
        assessment.causes,
        assessment.confounders,
        assessment.plan,
        assessment.unknowns,
        sorted(assessment.notes, key=repr),
    )


def keeps_the_contract(assessment: Assessment) -> None:
    """The fixed rules that a caller may test."""
    plan, tier = assessment.plan, assessment.neuropathy.tier
    codes = [suggestion.code for suggestion in plan.suggestions]
    assert len(codes) == len(set(codes))
    assert sum(suggestion.recommended for suggestion in plan.suggestions) <= 1
    if assessment.outcome is Outcome.advice:
        assert codes
    if assessment.outcome is Outcome.no_advice:
        assert plan.route is Route.none
    if tier in (Tier.n2, Tier.n3) and plan.rung not in ("R0", "R1"):
        allowed = (Route.parenteral, Route.test_first, Route.refer, Route.continue_)
        assert plan.route in allowed
    if "paediatric-not-supported" in plan.cautions:
        assert assessment.outcome is Outcome.not_assessable
        assert not set(codes) - {"refer-paediatrics", "refer-same-day"}
    if plan.route is Route.oral:
        assert "im-maintenance" not in codes, "injections may be offered, what follows them not"
    if tier is not Tier.unknown or "paediatric-not-supported" not in plan.cautions:
        assert (plan.urgency is Urgency.urgent) == ("refer-same-day" in codes)


@given(facts=facts, profile=st.sampled_from(PROFILES), seed=st.integers(0, 9))
@settings(max_examples=300, deadline=None)
def test_the_order_in_which_facts_were_sent_changes_nothing(
    facts: Facts, profile: str, seed: int
) -> None:
    shuffle = random.Random(seed)  # noqa: S311 - a shuffle, not a secret
    shuffled = replace(
        facts,
        results=tuple(shuffle.sample(facts.results, len(facts.results))),
        features=tuple(shuffle.sample(facts.features, len(facts.features))),
        history=tuple(shuffle.sample(facts.history, len(facts.history))),
    )
    knowledge = knowledge_of(profile)
    assert shown(assess(facts, knowledge, ON)) == shown(assess(shuffled, knowledge, ON))


@given(facts=facts, profile=st.sampled_from(PROFILES))
@settings(max_examples=300, deadline=None)
def test_the_same_facts_give_the_same_assessment_within_the_contract(
    facts: Facts, profile: str
) -> None:
    knowledge = knowledge_of(profile)
    first = assess(facts, knowledge, ON)
    assert first == assess(facts, knowledge, ON)
    keeps_the_contract(first)


@given(
    higher=st.integers(20, 2000),
    lower=st.integers(20, 2000),
    features=st.lists(features, max_size=4).map(tuple),
    causes=st.lists(
        st.sampled_from([h for h in History if not h.startswith("b12_")]), max_size=3, unique=True
    ),
    profile=st.sampled_from(PROFILES),
)
@settings(max_examples=300, deadline=None)
def test_a_lower_b12_never_lowers_the_advice(
    higher: int,
    lower: int,
    features: tuple[FeatureFact, ...],
    causes: list[History],
    profile: str,
) -> None:
    lower, higher = sorted((lower, higher))
    history = tuple(HistoryFact(code=code) for code in causes)
    ranks = []
    for level in (lower, higher):
        facts = Facts(
            patient=Patient(age=50, sex=Sex.male),
            results=(read_result(Analyte.b12_total, f"{level} ng/L"),),
            features=features,
            history=history,
        )
        assessment = assess(facts, knowledge_of(profile), ON)
        ranks.append((RANK[assessment.plan.route], assessment.plan.urgency))
    assert ranks[0][0] >= ranks[1][0] or ranks[0][1] > ranks[1][1]
    assert ranks[0][1] >= ranks[1][1]


@pytest.mark.parametrize("profile", PROFILES)
def test_every_combination_of_the_facts_of_status_is_decided(profile: str) -> None:
    seen = set()
    for values in product(*STATUS_FACTS.values()):
        given_facts = {
            name: value for name, value in zip(STATUS_FACTS, values, strict=True) if value
        }
        assessment = assess(read_facts(given_facts), knowledge_of(profile), ON)
        keeps_the_contract(assessment)
        seen.add(assessment.status.value)
    assert seen == set(Status) - {Status.not_assessable}


DEFEATERS = {
    "egfr": "20 mL/min/{1.73_m2}",
    "folate": "4 nmol/L",
    "history": "b12_replacement_parenteral since 2026-11-19; nitrous_oxide_recreational; pregnancy",
}


@given(
    extra=st.lists(features, max_size=3).map(tuple),
    recorded=st.lists(
        st.sampled_from(
            [
                h
                for h in History
                if not h.startswith(("b12_", "nitrous"))
                and h not in (History.pregnancy, History.dialysis, History.chronic_kidney_disease)
            ]
        ),
        max_size=3,
        unique=True,
    ),
    mma=st.sampled_from(("", "500 nmol/L")),
    profile=st.sampled_from(PROFILES),
)
@settings(max_examples=300, deadline=None)
def test_only_a_declared_defeater_withdraws_a_deficiency(
    extra: tuple[FeatureFact, ...], recorded: list[History], mma: str, profile: str
) -> None:
    level = "250 ng/L" if mma else "100 ng/L"
    known = read_facts({"b12": level, "sex": "male"} | ({"mma": mma} if mma else {}))
    more = replace(
        known, features=extra, history=tuple(HistoryFact(code=code) for code in recorded)
    )
    for facts in (known, more):
        assert assess(facts, knowledge_of(profile), ON).status.value is Status.deficient
