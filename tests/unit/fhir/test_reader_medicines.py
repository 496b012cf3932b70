"""Medicines: prescribed, said to be taken, or given; which, how, how much and since when."""

import pytest

from cobalamin.service.rules.model.facts import HistoryFact
from cobalamin.service.rules.model.vocabulary import History
from fhir_builders import (
    HISTORY,
    SNOMED,
    a_bundle,
    a_code,
    a_quantity,
    a_resource,
    note_codes,
    read,
)

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ATC = "http://www.whocc.no/atc"
ROUTE = "http://terminology.hl7.org/CodeSystem/v3-RouteOfAdministration"
METFORMIN, FOLIC_ACID_5, B12, HYDROXOCOBALAMIN = "861007", "199318", "11248", "5514"
DAILY = {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}


def a_request(code: str = METFORMIN, system: str = RXNORM, **members: object) -> dict[str, object]:
    request = {
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": a_code(code, system),
        "authoredOn": "2026-03-01",
        **members,
    }
    return a_resource("MedicationRequest", **request)


def a_dosage(dose: object, timing: object = DAILY, **members: object) -> dict[str, object]:
    return {"doseAndRate": [{"doseQuantity": dose}], "timing": timing, **members}


def the_fact(body: dict[str, object]) -> HistoryFact:
    (fact,) = read(body).history
    return fact


@pytest.mark.parametrize(
    ("code", "system", "expected"),
    [
        (METFORMIN, RXNORM, History.metformin),
        ("6809", RXNORM, History.metformin),
        ("A10BA02", ATC, History.metformin),
        ("109081006", SNOMED, History.metformin),
        ("109081006", "https://dmd.nhs.uk", History.metformin),
        ("metformin", HISTORY, History.metformin),
        ("C10AA05", ATC, History.statin),
        ("B03BA03", ATC, History.b12_replacement_parenteral),
        ("V03AB33", ATC, History.hydroxocobalamin_antidote),
        ("700499", RXNORM, History.hydroxocobalamin_antidote),
        ("309594", RXNORM, History.b12_replacement_parenteral),
        ("309593", RXNORM, History.b12_replacement_oral),
        ("105686", RXNORM, History.b12_replacement_oral),
    ],
)
def test_a_medicine_is_known_by_its_code(code: str, system: str, expected: History) -> None:
    assert the_fact(a_request(code, system)).code is expected


@pytest.mark.parametrize(("code", "system"), [("B03BA", ATC), ("999", RXNORM), ("309596", RXNORM)])
def test_other_codes_name_no_medicine(code: str, system: str) -> None:
    assert read(a_request(code, system)).history == ()


# --- status and time


def test_an_active_prescription_runs_from_the_day_it_was_written() -> None:
    fact = the_fact(a_request())
    assert (fact.active, fact.last) == (True, None)
    assert fact.since is not None
    assert fact.since.text == "2026-03-01"
    assert fact.reference == "MedicationRequest/r1"


def test_a_prescription_that_was_completed_was_given_at_its_date() -> None:
    fact = the_fact(a_request(status="completed"))
    assert (fact.active, fact.begun) == (False, True)
    assert fact.last is not None


@pytest.mark.parametrize("status", ["stopped", "ended", "cancelled", " Stopped"])
def test_a_prescription_that_was_stopped_says_nothing_of_a_dose(status: str) -> None:
    facts = read(a_request(status=status))
    (fact,) = facts.history
    assert (fact.active, fact.begun, fact.last) == (False, False, None)
    assert fact.since is not None
    assert note_codes(facts) == {"order-stopped-not-counted"}


@pytest.mark.parametrize(
    ("code", "active"), [(METFORMIN, True), ("105686", False), ("309594", False)]
)
def test_only_vitamin_b12_on_hold_is_not_in_use(code: str, *, active: bool) -> None:
    (fact,) = read(a_request(code, RXNORM, status="on-hold")).history
    assert (fact.active, fact.begun) == (active, active)


def test_a_statement_that_was_stopped_names_no_last_day() -> None:
    fact = the_fact(
        a_resource(
            "MedicationStatement",
            status="stopped",
            medicationCodeableConcept=a_code(METFORMIN, RXNORM),
            effectivePeriod={"start": "2019-01", "end": "2026-11-01"},
        )
    )
    assert (fact.active, fact.begun, fact.last) == (False, True, None)


@pytest.mark.parametrize(
    "changed",
    [
        {"status": "draft"},
        {"status": "entered-in-error"},
        {"intent": "proposal"},
        {"intent": "plan"},
        {"doNotPerform": True},
    ],
)
def test_what_is_not_in_use_is_passed_over_and_said(changed: dict[str, object]) -> None:
    facts = read(a_request() | changed)
    assert facts.history == ()
    assert note_codes(facts) == {"not-in-use"}


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (None, "status-missing"),
        ("", "status-missing"),
        ("unknown", "status-not-known"),
        ("new", "status-not-known"),
    ],
)
def test_a_medicine_of_no_clear_status_leaves_its_list_not_known(status: object, code: str) -> None:
    facts = read(a_request() | {"status": status})
    assert (facts.history, note_codes(facts)) == ((), {code})
    assert "medications" in facts.unread


def test_what_somebody_takes_has_its_period() -> None:
    fact = the_fact(
        a_resource(
            "MedicationStatement",
            status="active",
            medicationCodeableConcept=a_code(METFORMIN, RXNORM),
            effectivePeriod={"start": "2019-01"},
        )
    )
    assert (fact.active, fact.last) == (True, None)
    assert fact.since is not None
    assert fact.since.text == "2019-01"


@pytest.mark.parametrize("status", ["not-taken", "intended", "entered-in-error", "unknown"])
def test_what_is_not_taken_is_no_fact(status: str) -> None:
    statement = a_resource(
        "MedicationStatement",
        status=status,
        medicationCodeableConcept=a_code(METFORMIN, RXNORM),
    )
    assert read(statement).history == ()


def test_what_was_given_has_its_day() -> None:
    given = a_resource(
        "MedicationAdministration",
        status="completed",
        medicationCodeableConcept=a_code(HYDROXOCOBALAMIN, RXNORM),
        effectiveDateTime="2026-10-01T09:00:00Z",
        dosage={"dose": a_quantity(1, "mg"), "route": a_code("IM", ROUTE)},
    )
    fact = the_fact(given)
    assert fact.code is History.b12_replacement_parenteral
    assert fact.last is not None
    assert fact.last.first.isoformat() == "2026-10-01"


# --- where the medicine is named


def test_a_medication_may_be_contained() -> None:
    medication = {"resourceType": "Medication", "id": "m", "code": a_code(METFORMIN, RXNORM)}
    body = a_request(
        medicationCodeableConcept=None,
        medicationReference={"reference": "#m"},
        contained=[medication],
    )
    assert the_fact(body).code is History.metformin


@pytest.mark.parametrize("reference", ["Medication/m", "https://x/fhir/Medication/m", "urn:uuid:5"])
def test_a_medication_may_be_elsewhere_in_the_bundle(reference: str) -> None:
    medication = {"resourceType": "Medication", "id": "m", "code": a_code(METFORMIN, RXNORM)}
    body = a_request(medicationCodeableConcept=None, medicationReference={"reference": reference})
    bundle = a_bundle(body, medication)
    bundle["entry"][1]["fullUrl"] = "urn:uuid:5"
    assert the_fact(bundle).code is History.metformin


def test_a_medication_that_was_not_sent_is_said() -> None:
    body = a_request(
        medicationCodeableConcept=None, medicationReference={"reference": "Medication/m"}
    )
    facts = read(body)
    assert facts.history == ()
    assert note_codes(facts) == {"medication-not-found"}


def test_a_product_is_known_by_its_ingredient() -> None:
    ingredient = {"itemCodeableConcept": a_code(METFORMIN, RXNORM)}
    medication = {"resourceType": "Medication", "id": "m", "ingredient": [ingredient]}
    body = a_request(
        medicationCodeableConcept=None,
        medicationReference={"reference": "#m"},
        contained=[medication],
    )
    assert the_fact(body).code is History.metformin


def test_the_later_version_of_a_medicine_is_read() -> None:
    body = a_request(
        medicationCodeableConcept=None, medication={"concept": a_code(METFORMIN, RXNORM)}
    )
    assert the_fact(body).code is History.metformin


# --- vitamin B12 products


@pytest.mark.parametrize(
    ("code", "dosage", "expected"),
    [
        (B12, a_dosage(a_quantity(1, "mg"), route=a_code("PO", ROUTE)), "b12_replacement_oral"),
        (B12, a_dosage(a_quantity(50, "ug")), "b12_replacement_oral"),
        (B12, a_dosage(a_quantity(49, "ug")), "b12_supplement"),
        (B12, a_dosage(a_quantity(25, "mcg"), route=a_code("PO", ROUTE)), "b12_supplement"),
        (
            B12,
            a_dosage(a_quantity(1, "mg"), route=a_code("78421000", SNOMED)),
            "b12_replacement_parenteral",
        ),
        (HYDROXOCOBALAMIN, a_dosage(a_quantity(1, "mg")), "b12_replacement_parenteral"),
        (HYDROXOCOBALAMIN, a_dosage(a_quantity(5, "g")), "hydroxocobalamin_antidote"),
        (
            HYDROXOCOBALAMIN,
            a_dosage(a_quantity(1, "mg"), route=a_code("PO", ROUTE)),
            "b12_replacement_oral",
        ),
    ],
)
def test_cobalamin_is_told_apart_by_route_and_dose(
    code: str, dosage: dict[str, object], expected: str
) -> None:
    assert the_fact(a_request(code, dosageInstruction=[dosage])).code == expected


def test_cobalamin_without_a_route_is_taken_for_oral_and_said() -> None:
    facts = read(a_request(B12))
    assert [fact.code for fact in facts.history] == [History.b12_replacement_oral]
    assert note_codes(facts) == {"route-not-known"}


# --- doses


@pytest.mark.parametrize(
    ("dosage", "dose"),
    [
        (a_dosage(a_quantity(5, "mg")), "5 mg/d"),
        (a_dosage(a_quantity(400, "ug")), "400 ug/d"),
        (a_dosage({"value": 2, "unit": "tablets"}), "10 mg/d"),
        (a_dosage({"value": 1, "code": "{tbl}"}), "5 mg/d"),
        (a_dosage({"value": 1, "code": "{pill}"}), "5 mg/d"),
        (a_dosage({"value": 1, "code": "{whatever this is}"}), "5 mg/d"),
        (a_dosage({"value": 2, "unit": "tablet(s)"}), "10 mg/d"),
        (a_dosage({"value": 2, "code": "428673006", "system": SNOMED}), "10 mg/d"),
        (a_dosage({"value": 500, "unit": "micrograms"}), "500 ug/d"),
        (a_dosage({"value": 1, "code": "{drop}"}), None),
        (
            a_dosage(
                a_quantity(5, "mg"),
                {"repeat": {"frequency": 1, "period": 1, "periodUnits": "d"}},
            ),
            "5 mg/d",
        ),
        ({"doseQuantity": a_quantity(5, "mg"), "timing": DAILY}, "5 mg/d"),
        ({"quantityQuantity": a_quantity(5, "mg"), "timing": DAILY}, "5 mg/d"),
        ({"timing": DAILY}, None),
        ({"doseAndRate": [{"doseRange": {"high": a_quantity(10, "mg")}}], "timing": DAILY}, None),
        (a_dosage(a_quantity(5, "mg"), asNeeded=True), None),
        (a_dosage(a_quantity(5, "mg"), {"code": a_code("BID", "x")}), "10 mg/d"),
        (
            a_dosage(
                a_quantity(5, "mg"),
                {"repeat": {"frequency": 1, "period": 1, "periodUnit": "wk"}},
            ),
            "0.714 mg/d",
        ),
        (
            a_dosage(
                a_quantity(5, "mg"),
                {"repeat": {"frequency": 2, "period": 12, "periodUnit": "h"}},
            ),
            "20 mg/d",
        ),
        (a_dosage(a_quantity(5, "mg"), asNeededBoolean=True), None),
        (a_dosage(a_quantity(5, "mL")), None),
        (a_dosage(a_quantity(5, "mg"), None), None),
        (a_dosage(a_quantity(5, "mg"), {"repeat": {"period": 0, "periodUnit": "d"}}), None),
        (a_dosage(a_quantity(5, "mg"), {"repeat": {"period": 1, "periodUnit": "mo"}}), None),
        ({"text": "5 mg daily"}, None),
        ({"timing": "daily"}, None),
    ],
)
def test_the_amount_a_day_is_read_where_it_is_clear(
    dosage: dict[str, object], dose: str | None
) -> None:
    fact = the_fact(a_request(FOLIC_ACID_5, dosageInstruction=[dosage]))
    assert (None if fact.dose is None else str(fact.dose)) == dose


def test_several_dosages_give_no_amount_a_day() -> None:
    dosage = a_dosage(a_quantity(5, "mg"))
    assert the_fact(a_request(FOLIC_ACID_5, dosageInstruction=[dosage, dosage])).dose is None


def test_a_dose_that_nobody_recorded_is_not_told_as_recorded() -> None:
    facts = read(a_request(FOLIC_ACID_5))
    assert [(fact.dose, str(fact.single)) for fact in facts.history] == [(None, "5 mg")]
    assert note_codes(facts) == {"dose-not-stated"}


@pytest.mark.parametrize("number", ["NaN", "sNaN", "Infinity", 1e300, -1, "1e5"])
def test_a_dose_or_period_that_is_no_number_gives_no_amount_a_day(number: object) -> None:
    often = {"repeat": {"frequency": 1, "period": number, "periodUnit": "d"}}
    for dosage in (a_dosage(a_quantity(5, "mg"), often), a_dosage(a_quantity(number, "mg"))):
        assert the_fact(a_request(FOLIC_ACID_5, dosageInstruction=[dosage])).dose is None


@pytest.mark.parametrize(
    "dosage",
    [
        {"text": "5 mg once daily"},
        {"timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}},
        {"doseAndRate": [{"doseQuantity": {"value": 1, "unit": "tablet"}}]},
    ],
)
def test_a_dosage_without_an_amount_that_is_read_is_said(dosage: dict[str, object]) -> None:
    substance = a_code("B03BB01", "http://www.whocc.no/atc")
    sent = a_resource(
        "MedicationRequest",
        status="active",
        intent="order",
        medicationCodeableConcept=substance,
        dosageInstruction=[dosage],
    )
    facts = read(sent)
    assert [(fact.dose, fact.single) for fact in facts.history] == [(None, None)]
    assert note_codes(facts) == {"dose-not-read"}
    del sent["dosageInstruction"]
    assert note_codes(read(sent)) == set()
    by_mouth = [{"route": a_code("26643006", "http://snomed.info/sct")}]
    assert note_codes(read({**sent, "dosageInstruction": by_mouth})) == set()
