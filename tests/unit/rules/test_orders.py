"""What stands against an order, by patient and by what is ordered with it."""

from collections.abc import Mapping
from decimal import Decimal

import pytest
from msgspec.structs import replace

from cobalamin.service.knowledge.loader import load_knowledge
from cobalamin.service.rules.evidence.case import Case
from cobalamin.service.rules.model.codes import ALERT_CODES
from cobalamin.service.rules.model.facts import DraftOrder
from cobalamin.service.rules.model.quantities import Quantity
from cobalamin.service.rules.model.vocabulary import Analyte, Form
from cobalamin.service.rules.workflow.alert import Alert, OrderAction
from cobalamin.service.rules.workflow.orders import REFILL_ALERTS, order_alerts
from spec_tables import ON, read_facts, read_history

UK, US = "uk-nice", "us-aafp"


def medicine(text: str, form: Form | None = None) -> DraftOrder:
    """A draft of one medicine, as spec tables write history."""
    return DraftOrder(
        where="draftOrders",
        reference="MedicationRequest/1",
        history=(read_history(text),),
        form=form,
    )


def a_test(*analytes: Analyte) -> DraftOrder:
    return DraftOrder(where="draftOrders", reference="ServiceRequest/1", tests=analytes)


FOLIC_ACID = medicine("folic_acid 5 mg/d")
LOW_DOSE = medicine("folic_acid 0.4 mg/d")
NO_DOSE = medicine("folic_acid")


def folic_acid_of(piece: str, dose: str = "") -> DraftOrder:
    """A product whose piece holds so many mg, with the dose a day that was recorded."""
    fact = read_history(f"folic_acid {dose}".rstrip())
    single = Quantity(value=Decimal(piece), unit="mg")
    return DraftOrder(where="draftOrders", history=(replace(fact, single=single),))


TABLETS = medicine("b12_replacement_oral 1000 ug/d", Form.cyanocobalamin)
SUPPLEMENT = medicine("b12_supplement 10 ug/d")
INJECTIONS = medicine("b12_replacement_parenteral", Form.hydroxocobalamin)
METFORMIN = medicine("metformin 2 g/d")
PPI = medicine("ppi")
COLCHICINE = medicine("colchicine")
NITROUS_OXIDE = medicine("nitrous_oxide_medical")
ANTIDOTE = medicine("hydroxocobalamin_antidote", Form.hydroxocobalamin)
B12_TEST = a_test(Analyte.b12_total)
MMA_TEST = a_test(Analyte.mma)

LOW = {"b12": "120 ng/L"}
HIGH = {"b12": "600 ng/L"}
SIGN = {"features": "vibration_loss"}
NO_B12 = {"age": "60"}
ON_HYDROXOCOBALAMIN = "b12_replacement_parenteral since 2020 form hydroxocobalamin"
ON_METFORMIN = NO_B12 | {"history": "metformin since 2023"}
UNREAD = "an allergy that was not read"
ALLERGY_UNREAD = {UNREAD: "yes"}
NOT_READ = "order-allergy-not-read"
LOWERS = "order-medicine-lowers-b12"


def found(
    given: Mapping[str, str],
    *orders: DraftOrder,
    beside: tuple[DraftOrder, ...] = (),
    profile: str = UK,
    renewed: bool = False,
) -> tuple[Alert, ...]:
    knowledge = load_knowledge(profile)
    cells = {name: cell for name, cell in given.items() if name != UNREAD}
    facts = replace(read_facts(cells), unread_allergy=UNREAD in given)
    return order_alerts(Case(facts, knowledge, ON), orders, beside, renewed=renewed)


CASES = [
    pytest.param(LOW, FOLIC_ACID, "order-folic-acid-first", id="folic acid, low"),
    pytest.param({"b12": "250 ng/L"}, FOLIC_ACID, "order-folic-acid-first", id="indeterminate"),
    pytest.param(NO_B12 | SIGN, FOLIC_ACID, "order-folic-acid-first", id="unknown, sign"),
    pytest.param(NO_B12, FOLIC_ACID, "order-folic-acid-check-b12", id="unknown, no reason to wait"),
    pytest.param(LOW, LOW_DOSE, "order-folic-acid-check-b12", id="low dose"),
    pytest.param(LOW, medicine("folic_acid 0.005 g/d"), "order-folic-acid-first", id="in grams"),
    pytest.param(LOW, NO_DOSE, "order-folic-acid-check-b12", id="dose not known"),
    pytest.param(LOW, folic_acid_of("5"), "order-folic-acid-first", id="5 mg tablet, no dose"),
    pytest.param(
        LOW, folic_acid_of("5", "0.714 mg/d"), "order-folic-acid-first", id="5 mg tablet a week"
    ),
    pytest.param(
        LOW, folic_acid_of("0.4", "1.2 mg/d"), "order-folic-acid-first", id="three small tablets"
    ),
    pytest.param(LOW, folic_acid_of("0.4"), "order-folic-acid-check-b12", id="0.4 mg tablet"),
    pytest.param(
        LOW | {"history": "folic_acid 0.4 mg/d since 2026-01-01"},
        FOLIC_ACID,
        "order-folic-acid-first",
        id="a small dose on record does not hide a large one",
    ),
    pytest.param(HIGH, FOLIC_ACID, None, id="folic acid, sufficient"),
    pytest.param(
        LOW | {"history": "b12_replacement_parenteral since 2026-10 last 2026-11-01"},
        FOLIC_ACID,
        None,
        id="folic acid, replaced",
    ),
    pytest.param(LOW | SIGN, TABLETS, "order-oral-with-nerve-signs", id="tablets, sign"),
    pytest.param(LOW | SIGN, SUPPLEMENT, "order-oral-with-nerve-signs", id="supplement, sign"),
    pytest.param(LOW, TABLETS, None, id="tablets, no sign"),
    pytest.param(NO_B12 | SIGN, TABLETS, "order-before-sample", id="tablets, unknown, sign"),
    pytest.param(NO_B12 | SIGN, INJECTIONS, "order-before-sample", id="injections, unknown, sign"),
    pytest.param(NO_B12, INJECTIONS, None, id="injections, unknown, no sign"),
    pytest.param(
        {"age": "50", "history": "pernicious_anaemia"} | SIGN,
        TABLETS,
        "order-oral-with-nerve-signs",
        id="tablets, strong cause, sign",
    ),
    pytest.param(HIGH | SIGN, TABLETS, None, id="tablets, sufficient"),
    pytest.param(LOW | SIGN, INJECTIONS, None, id="injections, sign"),
    pytest.param(LOW | ALLERGY_UNREAD, TABLETS, NOT_READ, id="allergy not read, tablets"),
    pytest.param(HIGH | ALLERGY_UNREAD, INJECTIONS, NOT_READ, id="allergy not read, injections"),
    pytest.param(NO_B12 | ALLERGY_UNREAD, METFORMIN, None, id="allergy not read, metformin"),
    pytest.param(
        LOW | ALLERGY_UNREAD | {"history": "cobalt_allergy"},
        TABLETS,
        "order-cobalamin-allergy",
        id="allergy not read beside one that was",
    ),
    pytest.param(NO_B12, METFORMIN, None, id="first metformin"),
    pytest.param(ON_METFORMIN, METFORMIN, LOWERS, id="metformin goes on"),
    pytest.param(NO_B12 | {"features": "fatigue"}, METFORMIN, LOWERS, id="metformin, symptom"),
    pytest.param(NO_B12 | {"hb": "100 g/L"}, METFORMIN, LOWERS, id="metformin, anaemia"),
    pytest.param(NO_B12 | {"features": "muscle_cramp"}, METFORMIN, None, id="metformin, cramp"),
    pytest.param(NO_B12 | {"history": "vegan_diet"}, METFORMIN, LOWERS, id="metformin, risk"),
    pytest.param(
        NO_B12 | {"history": "metformin since 2026-10"}, METFORMIN, None, id="metformin for weeks"
    ),
    pytest.param(HIGH | {"history": "vegan_diet"}, METFORMIN, None, id="metformin, known"),
    pytest.param(NO_B12, PPI, None, id="first PPI"),
    pytest.param(NO_B12 | {"features": "fatigue"}, PPI, None, id="first PPI, symptom"),
    pytest.param(ON_METFORMIN, PPI, LOWERS, id="first PPI, metformin"),
    pytest.param(
        NO_B12 | {"history": "metformin since 2026-10"}, PPI, None, id="PPI, metformin for weeks"
    ),
    pytest.param(NO_B12 | {"history": "vitiligo"}, PPI, LOWERS, id="first PPI, risk factor"),
    pytest.param(NO_B12 | {"history": "vegan_diet"}, COLCHICINE, None, id="first colchicine"),
    pytest.param(NO_B12 | {"history": "ppi since 2020"}, PPI, LOWERS, id="PPI for years"),
    pytest.param(NO_B12 | {"history": "ppi since 2026-10"}, PPI, None, id="PPI for weeks"),
    pytest.param(LOW, NITROUS_OXIDE, "order-nitrous-oxide", id="nitrous oxide, low"),
    pytest.param(HIGH, NITROUS_OXIDE, None, id="nitrous oxide, sufficient"),
    pytest.param(LOW, ANTIDOTE, "order-antidote-product", id="antidote, low"),
    pytest.param(NO_B12, ANTIDOTE, None, id="antidote, nothing suspected"),
    pytest.param(
        LOW | {"history": "leber_optic_neuropathy"},
        TABLETS,
        "order-cyanocobalamin-leber",
        id="cyanocobalamin, Leber",
    ),
    pytest.param(
        LOW | {"features": "optic_atrophy"},
        TABLETS,
        "order-cyanocobalamin-leber",
        id="cyanocobalamin, optic sign",
    ),
    pytest.param(
        LOW | {"history": "leber_optic_neuropathy"}, INJECTIONS, None, id="hydroxocobalamin, Leber"
    ),
    pytest.param(
        LOW | {"history": "cobalt_allergy"}, INJECTIONS, "order-cobalamin-allergy", id="cobalt"
    ),
    pytest.param(
        LOW | {"history": "hydroxocobalamin_allergy"},
        INJECTIONS,
        "order-cobalamin-allergy",
        id="this form",
    ),
    pytest.param(
        LOW | {"history": "cyanocobalamin_allergy"},
        INJECTIONS,
        "order-cobalamin-allergy",
        id="the other form",
    ),
    pytest.param(
        HIGH | {"history": f"cyanocobalamin_allergy; {ON_HYDROXOCOBALAMIN}"},
        INJECTIONS,
        None,
        id="the other form, given and tolerated",
    ),
    pytest.param(
        HIGH | {"history": f"cyanocobalamin_allergy; {ON_HYDROXOCOBALAMIN}"},
        TABLETS,
        "order-cobalamin-allergy",
        id="this form beside the tolerated one",
    ),
    pytest.param(
        HIGH | {"history": f"cobalt_allergy; {ON_HYDROXOCOBALAMIN}"},
        INJECTIONS,
        "order-cobalamin-allergy",
        id="cobalt, though given",
    ),
    pytest.param({"b12": "250 ng/L @2026-11-01"}, B12_TEST, "order-test-too-early", id="too early"),
    pytest.param({"b12": "250 ng/L @2026-09-01"}, B12_TEST, None, id="late enough"),
    pytest.param({"b12": "250 ng/L @2026-11-01"}, MMA_TEST, None, id="another test"),
    pytest.param(
        {"b12": "250 ng/L @2026-11-01"},
        a_test(Analyte.b12_total, Analyte.folate_serum),
        None,
        id="measures more",
    ),
    pytest.param(
        LOW | {"history": "b12_replacement_parenteral since 2025 last 2026-10-01"},
        B12_TEST,
        "order-b12-on-injections",
        id="level on injections",
    ),
    pytest.param(
        {"age": "60", "history": "b12_replacement_parenteral since 2020 last 2026-05-19"},
        B12_TEST,
        None,
        id="level after injections lapsed",
    ),
    pytest.param({"age": "12"}, FOLIC_ACID, None, id="a child"),
    pytest.param({"age": "60"}, DraftOrder(where="x"), None, id="an order that no rule asks about"),
]


@pytest.mark.parametrize("profile", [UK, US])
@pytest.mark.parametrize(("given", "order", "expected"), CASES)
def test_what_is_said_of_one_order(
    given: Mapping[str, str], order: DraftOrder, expected: str | None, profile: str
) -> None:
    codes = [concern.code for concern in found(given, order, profile=profile)]
    assert codes == ([expected] if expected else [])


OVERDUE, EARLY = "order-injection-overdue", "order-injection-early"
LAPSED = "order-injection-lapsed"
INJECTED = "b12_replacement_parenteral since 2025 last "
# ON is 2026-11-20; maintenance is every two to three months in the UK, monthly in the US.
REFILLS = [
    pytest.param(UK, NO_B12, METFORMIN, LOWERS, id="metformin, unknown"),
    pytest.param(
        UK, {"history": "metformin since 2026-10"}, METFORMIN, LOWERS, id="metformin begun lately"
    ),
    pytest.param(UK, HIGH, METFORMIN, None, id="metformin, known"),
    pytest.param(UK, NO_B12, PPI, LOWERS, id="PPI begun nobody knows when"),
    pytest.param(UK, NO_B12 | {"history": "ppi since 2026-10"}, PPI, None, id="PPI begun lately"),
    pytest.param(UK, LOW | SIGN, TABLETS, "order-oral-with-nerve-signs", id="as when signed"),
    pytest.param(UK, {"history": INJECTED + "2026-05-19"}, INJECTIONS, LAPSED, id="lapsed"),
    pytest.param(UK, {"history": INJECTED + "2026-05-20"}, INJECTIONS, OVERDUE, id="not lapsed"),
    pytest.param(UK, {"history": INJECTED + "2026-08-05"}, INJECTIONS, OVERDUE, id="a day late"),
    pytest.param(UK, {"history": INJECTED + "2026-08-06"}, INJECTIONS, None, id="the last day"),
    pytest.param(UK, {"history": INJECTED + "2026-10-21"}, INJECTIONS, None, id="the first day"),
    pytest.param(UK, {"history": INJECTED + "2026-10-22"}, INJECTIONS, EARLY, id="a day early"),
    pytest.param(
        UK, {"history": INJECTED + "2026-09-05"} | SIGN, INJECTIONS, OVERDUE, id="late with a sign"
    ),
    pytest.param(
        UK, {"history": INJECTED + "2026-09-06"} | SIGN, INJECTIONS, None, id="sign, last day"
    ),
    pytest.param(UK, {"history": INJECTED + "2026-09"}, INJECTIONS, None, id="a month is known"),
    pytest.param(
        UK,
        {"history": "b12_replacement_parenteral since 2026-10-30 last 2026-11-10"},
        INJECTIONS,
        None,
        id="loading has its own days",
    ),
    pytest.param(
        UK,
        {"history": "vegan_diet; " + INJECTED + "2026-06-01"},
        INJECTIONS,
        None,
        id="diet has its own interval",
    ),
    pytest.param(UK, {"history": INJECTED + "2026-06-01"}, TABLETS, None, id="tablets"),
    pytest.param(
        UK,
        {"history": INJECTED + "2026-05-01", "unread": "administrations"},
        INJECTIONS,
        None,
        id="a later one may be on a list that was not read",
    ),
    pytest.param(
        UK, {"history": "b12_replacement_parenteral since 2025"}, INJECTIONS, None, id="no last day"
    ),
    pytest.param(UK, NO_B12 | SIGN, INJECTIONS, None, id="no first dose"),
    pytest.param(
        UK,
        {"history": "ended b12_replacement_parenteral last 2026-06-01"},
        INJECTIONS,
        None,
        id="the end of an order",
    ),
    pytest.param(UK, {"history": INJECTED + "2027-01-01"}, INJECTIONS, None, id="still to come"),
    pytest.param(US, {"history": INJECTED + "2026-09-19"}, INJECTIONS, LAPSED, id="US, lapsed"),
    pytest.param(US, {"history": INJECTED + "2026-09-20"}, INJECTIONS, OVERDUE, id="US, not yet"),
    pytest.param(US, {"history": INJECTED + "2026-10-12"}, INJECTIONS, OVERDUE, id="US, late"),
    pytest.param(US, {"history": INJECTED + "2026-10-13"}, INJECTIONS, None, id="US, last day"),
    pytest.param(US, {"history": INJECTED + "2026-11-05"}, INJECTIONS, None, id="US, first day"),
    pytest.param(US, {"history": INJECTED + "2026-11-06"}, INJECTIONS, EARLY, id="US, early"),
]


@pytest.mark.parametrize(("profile", "given", "order", "expected"), REFILLS)
def test_what_is_said_of_one_refill(
    profile: str, given: Mapping[str, str], order: DraftOrder, expected: str | None
) -> None:
    said = found({"age": "60", **given}, order, profile=profile, renewed=True)
    assert [concern.code for concern in said] == ([expected] if expected else [])
    assert all(
        (concern.due is not None) is (expected in (LAPSED, OVERDUE, EARLY)) for concern in said
    )


def test_after_a_lapse_the_level_and_the_count_are_asked_for_unless_known() -> None:
    lapsed = {"age": "60", "history": INJECTED + "2019-11-01"}
    (concern,) = found(lapsed, INJECTIONS, renewed=True)
    assert concern.suggestions == ("confirm-replacement", "test-b12", "test-fbc")
    (concern,) = found(lapsed | HIGH | {"hb": "140 g/L"}, INJECTIONS, renewed=True)
    assert concern.suggestions == ("confirm-replacement",)


@pytest.mark.parametrize("profile", [UK, US])
def test_limits_of_refills_follow_from_the_interval(profile: str) -> None:
    limits = load_knowledge(profile).thresholds
    shortest, longest = limits.maintenance_shortest.number, limits.maintenance_longest.number
    assert limits.maintenance_early.number == shortest * 30 / 2
    assert limits.maintenance_lapse.number == longest * 2


def test_every_concern_has_words_and_a_case() -> None:
    known = {code for code in ALERT_CODES if code.startswith("order-")}
    assert {code for code, *_ in REFILL_ALERTS} == known
    cases = {case.values[2] for case in CASES} | {case.values[3] for case in REFILLS}
    assert cases - {None} == known


def test_folic_acid_is_not_held_where_vitamin_b12_is_ordered_with_it() -> None:
    assert found(LOW | SIGN, FOLIC_ACID, INJECTIONS) == ()
    assert found(LOW | SIGN, FOLIC_ACID, beside=(INJECTIONS,)) == ()


def test_tablets_beside_injections_are_left_alone() -> None:
    assert found(LOW | SIGN, TABLETS, INJECTIONS) == ()


def test_a_test_ordered_with_the_medicine_is_not_asked_for_again() -> None:
    assert found(ON_METFORMIN, METFORMIN, B12_TEST) == ()
    (concern,) = found(NO_B12 | SIGN, FOLIC_ACID, beside=(B12_TEST,))
    assert "test-b12" not in concern.suggestions


@pytest.mark.parametrize(
    ("given", "order", "order_action", "suggestions"),
    [
        (LOW | SIGN, TABLETS, OrderAction.replace, ("im-loading-neurological",)),
        (ON_METFORMIN, METFORMIN, OrderAction.keep, ("test-b12",)),
        (LOW, FOLIC_ACID, OrderAction.put_off, ("im-loading-standard",)),
        (NO_B12 | SIGN, FOLIC_ACID, OrderAction.put_off, ("test-b12",)),
        ({"b12": "250 ng/L"}, FOLIC_ACID, OrderAction.put_off, ("test-mma",)),
        ({"b12": "250 ng/L @2026-11-01"}, B12_TEST, OrderAction.remove, ()),
        (
            {"b12": "250 ng/L", "mma": "200 nmol/L", "features": "optic_atrophy"},
            TABLETS,
            OrderAction.replace,
            ("im-loading-neurological",),
        ),
        (
            {"b12": "600 ng/L", "history": "leber_optic_neuropathy"},
            TABLETS,
            OrderAction.remove,
            (),
        ),
    ],
)
def test_what_becomes_of_the_order(
    given: Mapping[str, str],
    order: DraftOrder,
    order_action: OrderAction,
    suggestions: tuple[str, ...],
) -> None:
    (alert,) = found(given, order)
    assert (alert.order_action, alert.suggestions) == (order_action, suggestions)


def test_metformin_has_words_of_its_own() -> None:
    (concern,) = found(ON_METFORMIN, METFORMIN)
    assert concern.variant == "metformin"
    (concern,) = found(ON_METFORMIN, PPI)
    assert concern.variant is None


def test_us_injections_for_lebers_are_hydroxocobalamin() -> None:
    given = LOW | SIGN | {"history": "leber_optic_neuropathy"}
    (concern,) = found(given, TABLETS, profile=US)
    assert concern.suggestions == ("hydroxocobalamin-instead",)


@pytest.mark.parametrize(
    ("given", "test"),
    [
        ({"b12": "250 ng/L"}, "test-mma"),
        ({"b12": "250 ng/L", "pregnant": "yes", "age": "30"}, "test-b12-active"),
        ({"b12": "250 ng/L", "egfr": "45 mL/min/{1.73_m2}"}, "test-b12-active"),
    ],
    ids=["MMA", "pregnant", "kidney"],
)
def test_the_marker_beside_folic_acid_is_one_that_can_be_trusted(
    given: Mapping[str, str], test: str
) -> None:
    (concern,) = found(given, LOW_DOSE)
    assert concern.suggestions == (test,)


def test_medicines_that_lower_vitamin_b12_ask_for_one_level() -> None:
    both = found(NO_B12 | {"history": "ppi since 2020"}, PPI, METFORMIN)
    assert [concern.about for concern in both] == [PPI]
