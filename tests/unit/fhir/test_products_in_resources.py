"""Products in records and orders: every ingredient, in every way of naming and dosing them."""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cobalamin.fhir.readers.draft_orders import read_orders
from cobalamin.fhir.values.subjects import Subjects
from cobalamin.fhir.writer import DraftWriter
from cobalamin.service.knowledge.codes import load_codes
from cobalamin.service.knowledge.product_table import Product
from cobalamin.service.knowledge.products import load_products, product_meaning
from cobalamin.service.knowledge.profile import load_profile
from cobalamin.service.knowledge.profile_list import profile_ids
from cobalamin.service.knowledge.units import load_units
from cobalamin.service.rules.model.facts import DraftOrder, Facts, HistoryFact, Patient
from cobalamin.service.rules.model.quantities import micrograms
from cobalamin.service.rules.model.vocabulary import Form, History, Intake
from fhir_builders import SNOMED, a_bundle, a_code, a_quantity, a_resource, note_codes, read

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ATC = "http://www.whocc.no/atc"
DMD = "https://dmd.nhs.uk"
SYSTEMS = {"rxnorm": RXNORM, "dmd": DMD, "atc": ATC, "snomed": SNOMED}
DAILY = {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}
B12 = {History.b12_replacement_oral, History.b12_replacement_parenteral, History.b12_supplement}
B12 |= {History.hydroxocobalamin_antidote}
FOLIC_ACID_5, FOLIC_AND_B12 = "199318", "880945"


def a_medicine(coded: object, **members: object) -> dict[str, object]:
    return a_resource(
        "MedicationRequest",
        status="active",
        intent="order",
        medicationCodeableConcept=coded,
        authoredOn="2026-03-01",
        **members,
    )


def ordered(draft: Mapping[str, object]) -> DraftOrder:
    """A draft as the order hooks read it."""
    bundle = {"resourceType": "Bundle", "entry": [{"resource": {**draft, "status": "draft"}}]}
    raw = msgspec.Raw(json.dumps(bundle).encode())
    (order,) = read_orders(raw, "draftOrders", Subjects("p1"), load_codes(), load_units()).selected
    return order


def a_code_of_each_product(system: str) -> Iterator[tuple[str, Product]]:
    """One code for each dose form with what a product holds."""
    for table in load_products()[system].tables:
        found = {(one.form, one.contents): (code, one) for code, one in table if one.contents}
        yield from found.values()


@pytest.mark.parametrize("system", ["rxnorm", "dmd", "atc"])
def test_a_product_is_read_in_a_record_and_in_an_order(system: str) -> None:
    for code, product in a_code_of_each_product(system):
        meaning = product_meaning(product.form, product.contents)
        coded = a_code(code, SYSTEMS[system])
        with_b12 = [one for one in meaning.ingredients if one.cobalamin]
        recorded = read(a_medicine(coded)).history
        for facts in (recorded, ordered(a_medicine(coded)).history):
            assert {fact.code for fact in facts} - B12 == set(meaning.history), code
            assert sum(fact.code in B12 for fact in facts) == len(with_b12), code


def test_ten_products_of_each_medicine_are_read_in_records_and_orders() -> None:
    wanted = {
        History.metformin, History.ppi, History.h2_antagonist, History.folic_acid,
        History.phenobarbital, History.pregabalin, History.topiramate, History.phenytoin,
        History.methotrexate, History.zidovudine, History.trimethoprim, History.statin,
        History.anticoagulant, History.diuretic, History.iron_treatment,
        History.oral_contraceptive, History.azathioprine, History.mercaptopurine,
        History.colestyramine, History.chloramphenicol, History.sulfasalazine,
        History.hydroxycarbamide, History.colchicine,
    }  # fmt: skip
    for medicine in wanted:
        codes = [
            code
            for table in load_products()["rxnorm"].tables
            for code, product in table
            if product.contents
            and medicine in product_meaning(product.form, product.contents).history
        ][:10]
        assert len(codes) == 10, medicine
        for code in codes:
            coded = a_code(code, RXNORM)
            assert medicine in {fact.code for fact in read(a_medicine(coded)).history}
            assert medicine in {fact.code for fact in ordered(a_medicine(coded)).history}


@pytest.mark.parametrize(
    "system",
    [
        "http://fhir.de/CodeSystem/bfarm/atc",
        "http://fhir.de/CodeSystem/dimdi/atc",
        "urn:oid:2.16.578.1.12.4.1.1.7180",
        "urn:oid:1.2.246.537.6.32",
        "https://fhir.ee/CodeSystem/atc",
    ],
)
def test_the_addresses_of_atc_in_other_countries_are_read(system: str) -> None:
    sent = a_medicine(a_code("A10BA02", system))
    (fact,) = read(sent).history
    (drafted,) = ordered(sent).history
    assert fact.code is drafted.code is History.metformin
    assert "code-system-alias" in note_codes(read(sent))


# --- what a product holds, and how much of it is taken


def by_code(facts: Facts) -> dict[History, HistoryFact]:
    return {fact.code: fact for fact in facts.history}


def a_dosage(value: object, code: str, **members: object) -> dict[str, object]:
    dose = {"value": value, "code": code, "system": "http://unitsofmeasure.org"}
    return {"doseAndRate": [{"doseQuantity": dose}], "timing": DAILY, **members}


def test_each_ingredient_of_a_combination_has_its_own_dose() -> None:
    found = by_code(
        read(a_medicine(a_code(FOLIC_AND_B12, RXNORM), dosageInstruction=[a_dosage(2, "{pill}")]))
    )
    assert str(found[History.folic_acid].dose) == "4.4 mg/d"
    assert str(found[History.b12_replacement_oral].dose) == "2 mg/d"
    assert found[History.b12_replacement_oral].form is Form.cyanocobalamin
    assert found[History.b12_replacement_oral].intake is Intake.oral


def test_the_mass_of_a_combination_is_that_of_none_of_its_ingredients() -> None:
    found = by_code(
        read(a_medicine(a_code(FOLIC_AND_B12, RXNORM), dosageInstruction=[a_dosage(25, "mg")]))
    )
    assert found[History.folic_acid].dose is None
    assert str(found[History.folic_acid].single) == "2.2 mg"


@pytest.mark.parametrize(
    ("code", "system", "dosage", "dose"),
    [
        ("39109311000001108", DMD, a_dosage(10, "mL"), "5 mg/d"),  # 2.5 mg/5 mL oral solution
        ("39109311000001108", DMD, a_dosage(2, "{dose}"), None),
        ("237786", RXNORM, a_dosage(2, "mL"), "10 mg/d"),  # 5 mg/mL injection
        ("39111511000001100", SNOMED, a_dosage(1, "413516001"), "1 mg/d"),  # ampoule of 1 mg/1 mL
        ("39111511000001100", SNOMED, a_dosage(1, "{ampoule}"), "1 mg/d"),
    ],
)
def test_millilitres_and_ampoules_are_counted_by_what_they_hold(
    code: str, system: str, dosage: dict[str, object], dose: str | None
) -> None:
    (fact,) = read(a_medicine(a_code(code, system), dosageInstruction=[dosage])).history
    assert (None if fact.dose is None else str(fact.dose)) == dose


@given(st.text(st.characters(codec="ascii", exclude_characters="{}"), max_size=12))
def test_any_annotation_of_ucum_counts_pieces(text: str) -> None:
    name = text.strip().lower().removesuffix("(s)").rstrip("s")
    spoons = {"drop", "gtt", "spoon", "teaspoon", "tablespoon", "spoonful", "scoop", "cup"}
    dosage = a_dosage(2, "{" + text + "}")
    (fact,) = read(a_medicine(a_code(FOLIC_ACID_5, RXNORM), dosageInstruction=[dosage])).history
    if name not in spoons:
        assert str(fact.dose) == "10 mg/d"


NUMBERS = st.sampled_from([0, 0.1, 0.5, 1, 2, 10, "1", None, -1])
UNITS = st.sampled_from(["{pill}", "{tbl}", "mg", "ug", "g", "mL", "{drop}", "furlong", "", None])
QUANTITIES = st.fixed_dictionaries({}, optional={"value": NUMBERS, "code": UNITS, "unit": UNITS})
TIMINGS = st.fixed_dictionaries(
    {},
    optional={
        "repeat": st.fixed_dictionaries(
            {},
            optional={
                "frequency": st.sampled_from([1, 2, 0, 200]),
                "period": st.sampled_from([1, 7, 0, None, "x"]),
                "periodUnit": st.sampled_from(["d", "wk", "mo", "x"]),
                "periodUnits": st.sampled_from(["d", "wk"]),
            },
        ),
        "code": st.sampled_from([a_code("BID", "x"), a_code("WK", "x"), {"text": "now and then"}]),
    },
)
DOSAGES = st.fixed_dictionaries(
    {},
    optional={
        "text": st.just("one tablet a week"),
        "timing": TIMINGS,
        "doseQuantity": QUANTITIES,
        "doseAndRate": st.lists(
            st.fixed_dictionaries({}, optional={"doseQuantity": QUANTITIES}), max_size=2
        ),
        "asNeededBoolean": st.booleans(),
        "route": st.sampled_from([a_code("78421000", SNOMED), a_code("x", "y"), {"text": "mouth"}]),
    },
)
PRODUCTS = st.sampled_from(
    [(one.form, one.contents, code) for t in load_products()["rxnorm"].tables for code, one in t]
)


@given(PRODUCTS, st.lists(DOSAGES, max_size=2))
def test_no_dosage_makes_less_of_a_product_than_its_single_piece(
    product: tuple[str, str, str], dosages: list[dict[str, object]]
) -> None:
    """Telling more never lowers the alarm: the most that is taken is never less than a piece."""
    _form, _contents, code = product
    coded = a_code(code, RXNORM)
    silent = by_code(read(a_medicine(coded)))
    told = by_code(read(a_medicine(coded, dosageInstruction=dosages)))
    assert set(told) - B12 == set(silent) - B12
    for medicine, fact in silent.items():
        assert fact.dose is None, "nobody recorded one"
        if medicine not in B12 and fact.single is not None:
            single = told[medicine].single
            assert single is not None
            assert (micrograms(single) or 0) >= (micrograms(fact.single) or 0)
    for fact in told.values():
        if fact.dose is not None:
            assert any("timing" in one for one in dosages)
            assert any("doseQuantity" in one or "doseAndRate" in one for one in dosages)


# --- several codings, and Medications


def coded_twice(*codings: tuple[str, str]) -> dict[str, object]:
    return {"coding": [{"system": system, "code": code} for system, code in codings]}


@pytest.mark.parametrize(
    "codings",
    [
        [(RXNORM, FOLIC_ACID_5), (ATC, "B03BB01")],
        [(ATC, "B03BB01"), (RXNORM, FOLIC_ACID_5)],
        [("urn:own", "1"), (ATC, "B03BB01"), (RXNORM, FOLIC_ACID_5)],
        [(RXNORM, "4511"), (RXNORM, FOLIC_ACID_5), (ATC, "B03BB51")],
    ],
)
def test_of_several_codings_the_one_that_says_most_counts(codings: list[tuple[str, str]]) -> None:
    (fact,) = read(a_medicine(coded_twice(*codings))).history
    assert (fact.code, str(fact.single)) == (History.folic_acid, "5 mg")


def test_a_second_coding_never_takes_an_ingredient_away() -> None:
    found = by_code(read(a_medicine(coded_twice((ATC, "A10BA02"), (RXNORM, FOLIC_ACID_5)))))
    assert set(found) == {History.metformin, History.folic_acid}


def with_medication(**medication: object) -> dict[str, object]:
    contained = [{"resourceType": "Medication", "id": "m", **medication}]
    return a_resource(
        "MedicationRequest",
        status="active",
        intent="order",
        medicationReference={"reference": "#m"},
        contained=contained,
    )


def a_ratio(value: object, unit: str, per: object, per_unit: str) -> dict[str, object]:
    return {"numerator": a_quantity(value, unit), "denominator": a_quantity(per, per_unit)}


FOLIC = {"itemCodeableConcept": a_code("4511", RXNORM)}
VITAMIN = {"itemCodeableConcept": a_code("11248", RXNORM)}


@pytest.mark.parametrize(
    ("ingredients", "singles"),
    [
        ([FOLIC, VITAMIN], {"folic_acid": None, "b12_replacement_oral": None}),
        ([{**FOLIC, "strength": a_ratio(5, "mg", 1, "{tbl}")}], {"folic_acid": "5 mg"}),
        ([{**FOLIC, "strength": a_ratio(10, "mg", 2, "1")}], {"folic_acid": "5 mg"}),
        ([{**FOLIC, "strengthRatio": a_ratio(5, "mg", 1, "{tbl}")}], {"folic_acid": "5 mg"}),
        ([{**FOLIC, "strengthQuantity": a_quantity(5, "mg")}], {"folic_acid": "5 mg"}),
        ([{"item": {"concept": a_code("4511", RXNORM)}}], {"folic_acid": None}),
        ([{**FOLIC, "isActive": False}, VITAMIN], {"b12_replacement_oral": None}),
        ([{**FOLIC, "strength": a_ratio(5, "mg", 0, "{tbl}")}], {"folic_acid": None}),
        ([{**FOLIC, "strength": a_ratio(5, "mL", 1, "{tbl}")}], {"folic_acid": None}),
    ],
)
def test_every_ingredient_of_a_medication_is_read(
    ingredients: list[dict[str, object]], singles: dict[str, str | None]
) -> None:
    sent = with_medication(ingredient=ingredients)
    for facts in (read(sent).history, ordered(sent).history):
        found = {f.code.value: None if f.single is None else str(f.single) for f in facts}
        assert found == singles


def test_the_code_and_the_ingredients_of_a_medication_are_one_product() -> None:
    sent = with_medication(
        code=a_code("B03BB01", ATC),
        ingredient=[{**FOLIC, "strength": a_ratio(5, "mg", 1, "{tbl}")}],
    )
    (fact,) = read(sent).history
    assert str(fact.single) == "5 mg"


@pytest.mark.parametrize("member", ["form", "doseForm"])
def test_the_form_of_a_medication_tells_how_it_is_taken(member: str) -> None:
    injected = {member: a_code("385219001", SNOMED)}
    (fact,) = read(with_medication(code=a_code("11248", RXNORM), **injected)).history
    assert fact.code is History.b12_replacement_parenteral
    assert "route-not-known" not in note_codes(
        read(with_medication(code=a_code("11248", RXNORM), **injected))
    )


def test_another_contained_resource_does_not_hide_the_medication() -> None:
    sent = with_medication(code=a_code(FOLIC_ACID_5, RXNORM))
    sent["contained"] = [{"resourceType": "Organization", "name": 3}, 7, *sent["contained"]]  # type: ignore[misc]
    assert [fact.code for fact in read(sent).history] == [History.folic_acid]


def test_an_ingredient_may_be_a_medication_of_its_own() -> None:
    inner = {"resourceType": "Medication", "id": "i", "code": a_code("4511", RXNORM)}
    sent = with_medication(ingredient=[{"itemReference": {"reference": "Medication/i"}}])
    assert [fact.code for fact in read(a_bundle(sent, inner)).history] == [History.folic_acid]


# --- how it is taken


@pytest.mark.parametrize(
    ("route", "code", "intake"),
    [
        (("37839007", SNOMED), History.b12_replacement_oral, Intake.sublingual),
        (("46713006", SNOMED), History.b12_replacement_oral, Intake.nasal),
        (("20049000", "http://standardterms.edqm.eu"), History.b12_replacement_oral, Intake.nasal),
        (("54471007", SNOMED), History.b12_replacement_oral, Intake.oral),
        (("78421000", SNOMED), History.b12_replacement_parenteral, Intake.injection),
        (("x", "y"), History.b12_replacement_oral, Intake.not_stated),
    ],
)
def test_the_route_stays_with_the_fact(
    route: tuple[str, str], code: History, intake: Intake
) -> None:
    dosage = a_dosage(1, "mg", route=a_code(*route))
    sent = a_medicine(a_code("11248", RXNORM), dosageInstruction=[dosage])
    (fact,) = read(sent).history
    assert (fact.code, fact.intake) == (code, intake)


# --- what the service drafts itself


def drafts() -> Iterator[Any]:
    for name in profile_ids():
        wording = load_profile(name).wording
        for code in wording.regimens:
            yield pytest.param(name, code, id=f"{name}-{code}")


@pytest.mark.parametrize(("profile", "code"), list(drafts()))
def test_an_own_draft_is_read_back_as_what_it_is(profile: str, code: str) -> None:
    wording = load_profile(profile).wording
    regimen = wording.regimens[code]
    facts = Facts(patient=Patient())
    made = DraftWriter(wording, facts, on=date(2026, 11, 20), subject_id="p1").write(code)
    assert made is not None
    injected = regimen.route == "intramuscular"
    form = Form.hydroxocobalamin if "ydroxo" in regimen.product else Form.cyanocobalamin
    # A client may keep the code alone: its form and route must be enough.
    bare = {name: value for name, value in made.items() if name != "dosageInstruction"}
    for sent in (made, bare):
        order = ordered(sent)
        (fact,) = order.history
        expected = History.b12_replacement_parenteral if injected else History.b12_replacement_oral
        assert fact.code is expected
        assert fact.intake is (Intake.injection if injected else Intake.oral)
        assert (fact.form, order.form) == (form, form)
    first = regimen.steps[0]
    single = ordered(made).history[0].single
    assert single is not None
    most = first.dose if first.dose_max is None else first.dose_max
    factor = Decimal(1000) if first.unit == "mg" else Decimal(1)
    assert micrograms(single) is not None
    assert (micrograms(single) or 0) >= most * factor


@given(
    doses=st.lists(st.sampled_from(["0.4", "1", "5"]), min_size=2, max_size=4),
    is_range=st.lists(st.booleans(), min_size=4, max_size=4),
)
def test_of_several_doses_in_one_dosage_the_most_counts(
    doses: list[str], is_range: list[bool]
) -> None:
    rates = []
    for dose, within in zip(doses, is_range, strict=False):
        quantity = a_quantity(float(dose), "mg")
        rates.append({"doseRange": {"high": quantity}} if within else {"doseQuantity": quantity})
    draft = a_medicine(a_code("B03BB01", SYSTEMS["atc"]))
    order = ordered({**draft, "dosageInstruction": [{"doseAndRate": rates, "timing": DAILY}]})
    (fact,) = order.history
    assert fact.single is not None
    assert fact.single.value == max(map(Decimal, doses))
    assert (fact.dose is None) is (len(set(zip(doses, is_range, strict=False))) > 1 or is_range[0])


@pytest.mark.parametrize(
    "dosage",
    [
        {"patientInstruction": "Take 5 mg a day"},
        {"maxDosePerPeriod": {"numerator": a_quantity(5, "mg"), "denominator": a_quantity(1, "d")}},
        {"text": "5 mg"},
    ],
)
def test_a_dose_that_is_told_in_another_way_is_said_not_to_be_read(dosage: dict[str, Any]) -> None:
    sent = {**a_medicine(a_code("B03BB01", SYSTEMS["atc"])), "dosageInstruction": [dosage]}
    assert "dose-not-read" in note_codes(read(sent))
