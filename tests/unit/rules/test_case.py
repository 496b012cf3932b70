"""A case joins facts that were sent twice and computes each rule once."""

from datetime import date

import pytest

from cobalamin.service.knowledge.loader import load_knowledge
from cobalamin.service.rules.assess import assess
from cobalamin.service.rules.evidence import recency
from cobalamin.service.rules.evidence.case import Case, concept
from cobalamin.service.rules.evidence.comparisons import because_of_limit, is_over, is_under
from cobalamin.service.rules.findings import markers
from cobalamin.service.rules.model.assessment import Band
from cobalamin.service.rules.model.dates import read_when
from cobalamin.service.rules.model.facts import Facts, FeatureFact, HistoryFact, Patient, Result
from cobalamin.service.rules.model.parameter import Verification
from cobalamin.service.rules.model.vocabulary import Analyte, BodySite, Feature, History
from cobalamin.service.rules.plan.missing_facts import decided_values
from spec_tables import ON, read_facts, read_feature, read_history, read_result

KNOWLEDGE = load_knowledge("us-aafp")


def a_case(**given: str) -> Case:
    return Case(read_facts(dict(given)), KNOWLEDGE, ON)


def features_of(*facts: FeatureFact) -> Case:
    return Case(Facts(patient=Patient(), features=facts), KNOWLEDGE, ON)


def history_of(*facts: HistoryFact) -> Case:
    return Case(Facts(patient=Patient(), history=facts), KNOWLEDGE, ON)


def test_present_in_one_place_beats_absent_in_another() -> None:
    no, yes = read_feature("no numbness"), read_feature("numbness")
    for order in ((no, yes), (yes, no)):
        assert features_of(*order).is_present(Feature.numbness) is True


def test_attributes_said_once_count() -> None:
    one = FeatureFact(code=Feature.numbness, onset=read_when("2026"), site=BodySite.feet)
    other = FeatureFact(
        code=Feature.numbness, progressive=True, onset=read_when("2026-10"), reference="b"
    )
    third = FeatureFact(code=Feature.numbness, progressive=False, site=BodySite.hands)
    for order in ((one, other, third), (third, other, one)):
        joined = features_of(*order).feature(Feature.numbness)
        assert joined is not None
        assert (joined.progressive, joined.site, joined.reference) == (True, BodySite.feet, "b")
        assert joined.onset == read_when("2026")


def test_a_current_entry_beats_an_ended_one() -> None:
    ended, current = read_history("ended metformin since 2010"), read_history("metformin")
    for order in ((ended, current), (current, ended)):
        case = history_of(*order)
        assert case.has(History.metformin)
        assert case.history(History.metformin) == current


def test_several_prescriptions_of_a_medicine_span_the_whole_time() -> None:
    early = read_history("metformin 1 g/d since 2019 last 2020")
    late = read_history("metformin 2 g/d since 2024 last 2026-10-01")
    for order in ((early, late), (late, early)):
        joined = history_of(*order).history(History.metformin)
        assert joined is not None
        assert joined.since == read_when("2019")
        assert joined.last == read_when("2026-10-01")
        assert joined.dose is not None
        assert joined.dose.value == 2


def test_the_corrected_result_beats_the_one_of_the_same_time() -> None:
    old = read_result(Analyte.b12_total, "600 ng/L @2026-11-01")
    new = Result(
        analyte=old.analyte,
        on=old.on,
        corrected=True,
        quantity=read_result(Analyte.b12_total, "100 ng/L").quantity,
    )
    for order in ((old, new), (new, old)):
        case = Case(Facts(patient=Patient(age=50), results=order), KNOWLEDGE, ON)
        assert markers.band(case) is Band.deficient


@pytest.mark.parametrize("later", ["2026-11-01T09:00:00Z", "2026-11-01T07:30:00-01:00"])
def test_the_later_time_of_the_same_day_wins(later: str) -> None:
    case = a_case(b12=f"100 ng/L @2026-11-01T08:00:00Z; 600 ng/L @{later}")
    assert markers.band(case) is Band.unlikely


def test_a_rule_is_computed_once_for_a_case() -> None:
    calls: list[Case] = []

    @concept
    def nothing(case: Case) -> None:
        calls.append(case)

    case, other = a_case(b12="250 ng/L"), a_case(b12="250 ng/L")
    for one in (case, case, other, case):
        assert nothing(one) is None
    assert calls == [case, other]


def test_a_hypothesis_is_judged_by_every_rule() -> None:
    case = a_case(b12="250 ng/L")
    before = decided_values(case)
    other = case.with_hypothesis(read_result(Analyte.mma, "900 nmol/L"))
    assert decided_values(other) != before


def test_a_hypothesis_never_changes_the_case_itself() -> None:
    case = a_case(b12="250 ng/L")
    before = decided_values(case)
    case.with_hypothesis(read_feature("vibration_loss"))
    case.with_hypothesis(read_history("nitrous_oxide_recreational"))
    case.with_hypothesis(fact=True)
    assert decided_values(case) == before
    assert case.feature(Feature.vibration_loss) is None


def test_a_limit_without_a_way_to_the_unit_decides_nothing() -> None:
    case = a_case(b12="100 ng/L")
    result = case.latest(Analyte.b12_total)
    assert is_under(case, result, KNOWLEDGE.thresholds.mcv_macrocytic) is None
    assert is_over(case, result, KNOWLEDGE.thresholds.mcv_macrocytic) is None


def test_an_inclusive_limit_counts_the_limit_itself_when_under() -> None:
    case = a_case(hypersegmented_neutrophils="5 %")
    film = case.latest(Analyte.hypersegmented_neutrophils)
    assert is_under(case, film, KNOWLEDGE.thresholds.hypersegmented_share) is True


def test_a_converted_limit_says_that_it_was_computed() -> None:
    case = a_case(b12="100 pmol/L")
    result = case.latest(Analyte.b12_total)
    assert result is not None
    because = because_of_limit(case, result, KNOWLEDGE.thresholds.b12_total_deficient)
    assert because.verification is Verification.computed
    assert because.limit is not None
    assert because.limit.unit == "pmol/L"


def test_a_flag_has_no_limit_to_show() -> None:
    case = a_case(b12="low")
    result = case.latest(Analyte.b12_total)
    assert result is not None
    assert because_of_limit(case, result, KNOWLEDGE.thresholds.b12_total_deficient).limit is None


def test_a_result_of_the_future_is_no_result() -> None:
    assert a_case(b12="100 ng/L @2026-12-01").latest(Analyte.b12_total) is None


def test_a_partial_date_counts_by_its_latest_day() -> None:
    case = Case(read_facts({"b12": "600 ng/L @2025-11"}), KNOWLEDGE, date(2026, 11, 20))
    assert recency.current(case, Analyte.b12_total) is not None


def test_earlier_levels_are_kept_for_the_trend() -> None:
    case = a_case(b12="300 ng/L; 400 ng/L @2024; 500 ng/L @2022")
    assert [r.on.text for r in case.results(Analyte.b12_total)[1:]] == ["2024", "2022"]


@pytest.mark.parametrize(
    ("born", "expected"),
    [("2030-01-01", None), ("2026", 0), ("2026-11-20", 0), ("1970", 55), ("1970-11-20", 56)],
)
def test_a_birth_date_still_to_come_is_no_age(born: str, expected: int | None) -> None:
    patient = Patient(birth_date=read_when(born))
    assert Case(Facts(patient=patient), KNOWLEDGE, date(2026, 11, 20)).age == expected


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ({"mma": "900 nmol/L; 150 nmol/L"}, "900"),
        ({"mma": "150 nmol/L; 0.9 umol/L"}, "0.9"),
        ({"b12": "170 ng/L; 160 pmol/L"}, "170"),
        ({"haemoglobin": "13 g/dL; 90 g/L"}, "90"),
    ],
)
def test_of_two_numbers_of_one_time_the_one_nearer_to_deficiency_counts(
    results: dict[str, str], expected: str
) -> None:
    facts = read_facts(dict(results))
    for order in (facts.results, facts.results[::-1]):
        case = Case(Facts(patient=Patient(age=50), results=order), KNOWLEDGE, ON)
        newest = case.latest(order[0].analyte)
        assert newest is not None
        assert newest.quantity is not None
        assert str(newest.quantity.value) == expected
    noted = {note.code for note in assess(facts, KNOWLEDGE, ON).notes}
    assert "results-disagree" in noted
