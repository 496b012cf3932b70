"""Laboratory results: what senders really send, and what becomes of it."""

from decimal import Decimal

import pytest

from cobalamin.service.rules.model.facts import Finding, Flag, ReferenceRange
from cobalamin.service.rules.model.quantities import Comparator, Quantity
from cobalamin.service.rules.model.vocabulary import Analyte
from fhir_builders import (
    ANALYTE,
    B12_MOLAR,
    HB,
    IF_ANTIBODY,
    INTERPRETATION,
    SNOMED,
    UCUM,
    a_bundle,
    a_code,
    a_quantity,
    an_observation,
    note_codes,
    read,
    read_one,
    refused,
    values_of,
)


def test_a_result_keeps_its_digits_unit_date_and_reference() -> None:
    body = b"""{"resourceType": "Observation", "id": "o1", "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "2132-9"}]},
        "effectiveDateTime": "2026-11-02", "valueQuantity": {"value": 180.10, "code": "pg/mL"}}"""
    (result,) = read(body).results
    assert result.analyte is Analyte.b12_total
    assert str(result.quantity) == "180.10 pg/mL"
    assert result.on.text == "2026-11-02"
    assert result.reference == "Observation/o1"


def test_a_number_never_passes_through_a_float() -> None:
    body = b"""{"resourceType": "Observation", "status": "final", "issued": "2026-11-02",
        "code": {"coding": [{"system": "http://loinc.org", "code": "2132-9"}]},
        "valueQuantity": {"value": 180.10000000000000000001, "code": "pg/mL"}}"""
    (result,) = read(body).results
    assert result.quantity is not None
    assert result.quantity.value == Decimal("180.10000000000000000001")


@pytest.mark.parametrize("value", [240599, 2000, 30, 5])
def test_real_extremes_and_plain_censored_values_are_read(value: int) -> None:
    assert read_one(value=value).quantity == Quantity(value=Decimal(value), unit="pg/mL")


# --- units


@pytest.mark.parametrize(
    ("quantity", "unit"),
    [
        ({"value": 98, "unit": "pg/mL"}, "pg/mL"),
        ({"value": 98, "code": "pg/mL"}, "pg/mL"),
        ({"value": 98, "unit": "pg/ml", "system": UCUM, "code": "pg/mL"}, "pg/mL"),
        ({"value": 98, "unit": "picograms", "system": UCUM, "code": "pg/mL"}, "pg/mL"),
        ({"value": 98, "unit": "ng/L", "system": UCUM, "code": "pg/mL"}, "pg/mL"),
        ({"value": 98, "unit": "ng/L", "system": "urn:local", "code": "17"}, "ng/L"),
        ({"value": 98, "unit": "PG/ML"}, "pg/mL"),
    ],
)
def test_units_are_read_by_code_and_else_by_label(quantity: object, unit: str) -> None:
    result = read_one(valueQuantity=quantity)
    assert result.quantity is not None
    assert result.quantity.unit == unit


def test_a_unit_read_by_its_label_or_by_an_alias_is_said_once() -> None:
    label = an_observation(valueQuantity={"value": 98, "unit": "pg/mL"})
    alias = an_observation(valueQuantity={"value": 98, "code": "pg/ml"})
    other = an_observation(valueQuantity={"value": 99, "unit": "pg/mL"})
    alias["effectiveDateTime"] = "2026-11-03"
    codes = [note.code for note in read(a_bundle(label, alias, other)).notes]
    assert sorted(codes) == ["unit-alias", "unit-from-text"]


@pytest.mark.parametrize("sign", ["\u00b5", "\u03bc", "u"])
def test_both_micro_signs_are_read(sign: str) -> None:
    result = read_one(code=a_code("13965-9"), valueQuantity={"value": 18, "unit": f"{sign}mol/L"})
    assert str(result.quantity) == "18 umol/L"


@pytest.mark.parametrize(
    ("quantity", "code"),
    [
        ({"value": 98}, "unit-missing"),
        ({"value": 98, "code": "nmol/L"}, "unit-not-read"),
        ({"value": 98, "code": "pg/dl"}, "unit-not-read"),
        ({"value": 98, "unit": "pmol/L", "code": "pg/mL"}, "unit-and-code-differ"),
        ({"value": 98, "unit": "ng/mL", "code": "pg/mL"}, "unit-and-code-differ"),
        ({"value": 98, "unit": "mmol/L", "code": "pg/mL"}, "unit-and-code-differ"),
        ({"value": 0.2, "code": "pg/mL"}, "value-not-plausible"),
        ({"value": -98, "code": "pg/mL"}, "value-not-plausible"),
        ({"value": 98, "code": "pmol/L"}, "unit-not-of-code"),
        ({"value": 98, "code": "pg/mL", "comparator": "~"}, "comparator-not-read"),
        ({"value": "< 98", "code": "pg/mL", "comparator": ">"}, "comparator-not-read"),
    ],
)
def test_a_unit_that_cannot_be_believed_is_refused(quantity: object, code: str) -> None:
    assert refused(an_observation(valueQuantity=quantity))[0] == code


def test_a_refusal_of_a_unit_names_the_path_and_what_to_send() -> None:
    facts = read(a_bundle(an_observation(), an_observation(unit="pg/dl")))
    (note,) = facts.notes
    assert note.where == "Bundle.entry[1].resource.valueQuantity"
    assert note.text == (
        'unit "pg/dl" is not one read for this analyte; send UCUM ng/L, pg/mL, pmol/L'
    )


def test_a_haemoglobin_in_grams_per_millilitre_is_refused() -> None:
    body = an_observation(12.5, "g/mL", code=a_code(HB))
    assert refused(body) == ("unit-not-read", "Observation.valueQuantity")


@pytest.mark.parametrize(
    ("analyte", "value", "unit"),
    [
        ("haemoglobin", 125, "g/dL"),
        ("haemoglobin", 12.5, "g/L"),
        ("haemoglobin", 125, "mmol/L"),
        ("mma", 271, "umol/L"),
        ("mma", 0.27, "nmol/L"),
        ("haematocrit", 0.4, "%"),
        ("haematocrit", 40, "L/L"),
        ("creatinine", 80, "mg/dL"),
    ],
)
def test_a_thousandfold_error_is_refused(analyte: str, value: float, unit: str) -> None:
    body = an_observation(value, unit, code=a_code(analyte, ANALYTE))
    assert refused(body)[0] == "value-not-plausible"


def test_a_code_for_mass_or_moles_leaves_it_to_the_unit() -> None:
    assert read_one(code=a_code("35201-3"), unit="pmol/L").analyte is Analyte.b12_total


# --- values that are no plain number


@pytest.mark.parametrize(
    ("value", "comparator", "number"),
    [
        ("60", None, "60"),
        ("< 8.0", Comparator.below, "8.0"),
        ("GREATER THAN 2000", Comparator.above, "2000"),
        ("≥ 2000", Comparator.at_least, "2000"),
        ("<=150", Comparator.at_most, "150"),
    ],
)
def test_a_number_sent_as_text_is_read_and_said(
    value: str, comparator: Comparator | None, number: str
) -> None:
    facts = read(an_observation(valueQuantity={"value": value, "code": "pg/mL"}))
    (result,) = facts.results
    assert result.quantity == Quantity(value=Decimal(number), unit="pg/mL", comparator=comparator)
    assert note_codes(facts) == {"value-from-text"}


@pytest.mark.parametrize("text", ["< 150 pg/mL", "<150pg/mL", "LESS THAN 150 pg/mL"])
def test_a_text_with_its_unit_is_read(text: str) -> None:
    result = read_one(valueQuantity=None, valueString=text)
    assert str(result.quantity) == "<150 pg/mL"


def test_a_text_without_unit_takes_that_of_its_reference_range() -> None:
    body = an_observation(
        valueQuantity=None,
        valueString="< 150",
        referenceRange=[{"low": a_quantity(180, "pg/mL"), "high": a_quantity(914, "pg/mL")}],
    )
    facts = read(body)
    assert values_of(facts) == {"b12_total": "<150 pg/mL"}
    assert note_codes(facts) >= {"unit-from-range", "value-from-text"}


@pytest.mark.parametrize(
    "changed",
    [
        {"valueString": "60"},
        {"valueInteger": 60},
    ],
)
def test_a_bare_number_without_any_unit_is_refused(changed: dict[str, object]) -> None:
    body = an_observation(valueQuantity=None, **changed)
    assert refused(body)[0] == "unit-missing"


@pytest.mark.parametrize(
    "text",
    ["1,234 pg/mL", "8,0", "see comment", "98 or 99", "98 Smith", "volgt", "", "9" * 60, "98 98"],
)
def test_other_text_is_not_interpreted(text: str) -> None:
    body = an_observation(valueQuantity=None, valueString=text)
    assert refused(body) == ("value-not-read", "Observation.valueString")


@pytest.mark.parametrize(
    "literal",
    ['"NaN"', "1e999999", "1e99999999999999999999", "true", "{}", "[]", '"1e3"', "9" * 50],
)
def test_what_is_no_usable_number_is_refused(literal: str) -> None:
    body = (
        '{"resourceType": "Observation", "status": "final", "issued": "2026-11-02",'
        '"code": {"coding": [{"system": "http://loinc.org", "code": "2132-9"}]},'
        '"valueQuantity": {"code": "pg/mL", "value": ' + literal + "}}"
    )
    facts = read(body)
    assert facts.results == ()
    assert [r.code for r in facts.refusals] == ["value-not-read"]


def test_the_comparator_is_kept() -> None:
    result = read_one(valueQuantity={"value": 150, "comparator": "<", "code": "pg/mL"})
    assert result.quantity is not None
    assert result.quantity.comparator is Comparator.below


@pytest.mark.parametrize(
    ("changed", "code", "element"),
    [
        ({"valueString": "98 pg/mL"}, "several-values", ""),
        ({"dataAbsentReason": a_code("unknown")}, "value-contradicted", ".dataAbsentReason"),
        (
            {"valueQuantity": None, "dataAbsentReason": a_code("unknown")},
            "value-absent",
            ".dataAbsentReason",
        ),
        ({"valueQuantity": None}, "value-missing", ""),
        ({"valueQuantity": None, "valueRange": {}}, "value-not-read", ".valueRange"),
        ({"valueQuantity": "98 pg/mL"}, "element-not-read", ".valueQuantity"),
        ({"valueQuantity": None, "valueBoolean": True}, "value-not-read", ".valueBoolean"),
    ],
)
def test_exactly_one_value_is_read(changed: dict[str, object], code: str, element: str) -> None:
    assert refused(an_observation(**changed)) == (code, f"Observation{element}")


def test_null_elements_are_not_sent() -> None:
    body = an_observation()
    body.update(valueString=None, dataAbsentReason=None, component=None, referenceRange=None)
    assert values_of(read(body)) == {"b12_total": "98 pg/mL"}


# --- interpretation and range


@pytest.mark.parametrize(
    ("code", "flag"), [("L", Flag.low), ("LL", Flag.low), ("H", Flag.high), ("N", Flag.normal)]
)
def test_an_interpretation_alone_is_a_flag(code: str, flag: Flag) -> None:
    body = an_observation(valueQuantity=None, interpretation=[a_code(code, INTERPRETATION)])
    facts = read(body)
    (result,) = facts.results
    assert (result.quantity, result.flag) == (None, flag)
    assert note_codes(facts) == {"interpretation-only"}


def test_an_interpretation_of_an_older_version_is_one_object() -> None:
    interpretation = a_code("L", "http://hl7.org/fhir/v2/0078")
    assert read_one(interpretation=interpretation).flag is Flag.low


def test_interpretations_that_contradict_each_other_say_nothing() -> None:
    several = [a_code("L", INTERPRETATION), a_code("H", INTERPRETATION)]
    assert read_one(interpretation=several).flag is None


def test_the_reference_range_is_read_in_the_unit_of_the_result() -> None:
    limits = [{"low": a_quantity(180, "pg/mL"), "high": {"value": 914}}]
    assert read_one(referenceRange=limits).limits == ReferenceRange(
        low=Decimal(180), high=Decimal(914)
    )


@pytest.mark.parametrize(
    "ranges",
    [
        [{"low": a_quantity(0, "pg/mL"), "high": a_quantity(0, "pg/mL")}],
        [{"low": a_quantity(46, "pg/mL"), "high": a_quantity(38, "pg/mL")}],
        [{"low": a_quantity(133, "pmol/L")}],
        [{"low": {"value": "low", "code": "pg/mL"}}],
        [{"low": a_quantity(1, "pg/mL")}, {"low": a_quantity(2, "pg/mL")}],
        [{"low": a_quantity(1, "pg/mL"), "type": a_code("therapeutic", "x")}],
        {"low": 3},
    ],
)
def test_a_range_that_cannot_be_compared_is_left_out_and_said(ranges: object) -> None:
    facts = read(an_observation(referenceRange=ranges))
    (result,) = facts.results
    assert result.limits is None
    assert note_codes(facts) == {"range-not-read"}


def test_a_range_of_text_alone_is_for_people() -> None:
    facts = read(an_observation(referenceRange=[{"text": "180 - 914"}]))
    assert facts.notes == ()


# --- qualitative results


@pytest.mark.parametrize(
    ("value", "finding"),
    [
        ({"valueCodeableConcept": a_code("10828004", SNOMED)}, Finding.positive),
        ({"valueCodeableConcept": a_code("260385009", SNOMED)}, Finding.negative),
        ({"valueCodeableConcept": a_code("260373001", SNOMED)}, Finding.positive),
        ({"valueCodeableConcept": a_code("LA6576-8")}, Finding.positive),
        ({"valueCodeableConcept": {"text": "Equivocal"}}, Finding.equivocal),
        ({"valueString": "POSITIVE"}, Finding.positive),
        ({"valueString": "Not  detected"}, Finding.negative),
        ({"valueBoolean": True}, Finding.positive),
        ({"interpretation": [a_code("NEG", INTERPRETATION)]}, Finding.negative),
    ],
)
def test_an_antibody_is_positive_negative_or_equivocal(
    value: dict[str, object], finding: Finding
) -> None:
    result = read_one(code=a_code(IF_ANTIBODY), **{"valueQuantity": None, **value})
    assert result.finding is finding


@pytest.mark.parametrize(
    "value",
    [
        {"valueCodeableConcept": {"text": "probably fine"}},
        {"valueCodeableConcept": a_code("404684003", SNOMED)},
        {
            "valueCodeableConcept": {
                "coding": a_code("10828004", SNOMED)["coding"]
                + a_code("260385009", SNOMED)["coding"]
            }
        },
        {"valueString": "positive for nothing"},
    ],
)
def test_other_words_and_codes_are_not_interpreted(value: dict[str, object]) -> None:
    body = an_observation(code=a_code(IF_ANTIBODY), **{"valueQuantity": None, **value})
    assert refused(body)[0] == "value-not-read"


def test_an_antibody_above_the_reports_own_limit_is_positive() -> None:
    limits = [{"high": {"value": 1.1}}]
    for value, finding in ((1.2, Finding.positive), (1.1, Finding.negative)):
        result = read_one(
            value=value, unit="[AU]/mL", code=a_code("31443-5"), referenceRange=limits
        )
        assert result.finding is finding


def test_an_antibody_in_its_own_unit_counts_as_the_laboratory_reads_it() -> None:
    positive = [a_code("POS", INTERPRETATION)]
    result = read_one(value=25, unit="kU/L", code=a_code("9537-2"), interpretation=positive)
    assert (result.quantity, result.finding) == (None, Finding.positive)


def test_a_vitamin_is_never_positive() -> None:
    body = an_observation(valueQuantity=None, valueString="positive")
    assert refused(body)[0] == "value-not-read"


def test_fragments_coded_without_a_value_were_seen() -> None:
    result = read_one(code=a_code("385472000", SNOMED), valueQuantity=None)
    assert (result.analyte, result.finding) == (Analyte.schistocytes, Finding.present)


# --- codes


@pytest.mark.parametrize(
    "system", ["LOINC", "http://loinc.org/", "urn:oid:2.16.840.1.113883.6.1", "https://loinc.org"]
)
def test_other_spellings_of_the_code_system_are_read_and_said(system: str) -> None:
    facts = read(an_observation(code=a_code("2132-9", system)))
    assert values_of(facts) == {"b12_total": "98 pg/mL"}
    assert note_codes(facts) == {"code-system-alias"}


@pytest.mark.parametrize(
    "code", ["2170-9", "16695-9", "15039-1", "14685-4", "13964-4", "14733-0", "2629-4"]
)
def test_codes_that_are_easily_mistaken_are_refused_by_name(code: str) -> None:
    assert refused(an_observation(code=a_code(code))) == ("code-refused", "Observation.code")


def test_a_code_without_its_system_is_refused() -> None:
    assert refused(an_observation(code=a_code("2132-9", None)))[0] == "code-system-missing"


@pytest.mark.parametrize(
    "code",
    [a_code("B1", "https://mips.be/UZG"), {"text": "A result"}, {"coding": []}, {}, None],
)
def test_local_codes_and_text_become_no_fact(code: object) -> None:
    facts = read(an_observation(code=code))
    assert (facts.results, facts.refusals) == ((), ())
    (note,) = facts.notes
    assert note.code in {"code-system-not-read", "free-text-not-read", "code-missing"}


def test_a_local_code_beside_a_known_one_does_not_hide_it() -> None:
    coding = [{"system": "urn:lab", "code": "B12"}, *a_code("2132-9")["coding"]]
    assert read_one(code={"coding": coding}).analyte is Analyte.b12_total


def test_two_codes_of_the_same_analyte_agree() -> None:
    coding = [*a_code("787-2")["coding"], *a_code("30428-7")["coding"]]
    assert read_one(value=108, unit="fL", code={"coding": coding}).analyte is Analyte.mcv


def test_a_code_of_mass_beside_one_of_moles_leaves_it_to_the_unit() -> None:
    coding = [*a_code("2132-9")["coding"], *a_code(B12_MOLAR)["coding"]]
    assert str(read_one(unit="pmol/L", code={"coding": coding}).quantity) == "98 pmol/L"


def test_codes_of_two_analytes_are_refused() -> None:
    coding = [*a_code("2132-9")["coding"], *a_code("718-7")["coding"]]
    assert refused(an_observation(code={"coding": coding}))[0] == "codes-disagree"


def test_a_trap_beside_a_good_code_is_passed_over() -> None:
    coding = [*a_code("2170-9")["coding"], *a_code("2132-9")["coding"]]
    assert read_one(code={"coding": coding}).analyte is Analyte.b12_total


def test_every_analyte_has_a_code_of_the_project() -> None:
    for analyte in Analyte:
        facts = read(an_observation(1, "nonsense", code=a_code(analyte, ANALYTE)))
        assert [refusal.analyte for refusal in facts.refusals] == [analyte]


# --- panels


def test_components_of_a_panel_are_results() -> None:
    panel = an_observation(
        code=a_code("58410-2"),
        valueQuantity=None,
        component=[
            {"code": a_code(HB), "valueQuantity": a_quantity(10.2, "g/dL")},
            {"code": a_code("787-2"), "valueQuantity": a_quantity(108, "furlong")},
            "nonsense",
        ],
    )
    facts = read(panel)
    assert values_of(facts) == {"haemoglobin": "10.2 g/dL"}
    assert [r.where for r in facts.refusals] == ["Observation.component[1].valueQuantity"]
    assert "element-not-read" in note_codes(facts)


def test_a_panel_with_members_has_no_value_of_its_own() -> None:
    members = [{"reference": "Observation/o1"}]
    panel = an_observation(valueQuantity=None, hasMember=members)
    facts = read(a_bundle(panel, an_observation()))
    assert values_of(facts) == {"b12_total": "98 pg/mL"}
    assert facts.refusals == ()


def test_results_contained_in_a_report_are_read() -> None:
    contained = an_observation(id="1", subject=None)
    report = {"resourceType": "DiagnosticReport", "id": "d", "contained": [contained, 7]}
    facts = read(report)
    assert values_of(facts) == {"b12_total": "98 pg/mL"}


@pytest.mark.parametrize(
    "elements",
    [
        {},
        {"hasMember": []},
        {"component": []},
        {"hasMember": [], "component": []},
        {"component": [{}]},
        {"component": [1]},
        {"component": {}},
        {"component": [{"code": a_code("0000-0"), "valueString": "x"}]},
    ],
)
def test_a_result_without_value_is_refused_beside_what_nothing_is_read_from(
    elements: dict[str, object],
) -> None:
    """An empty list of members is not a panel: the level would be silence."""
    facts = read(an_observation(valueQuantity=None, **elements))
    assert [refusal.analyte for refusal in facts.refusals] == [Analyte.b12_total]
    assert facts.notes


def test_a_panel_whose_components_hold_something_else_is_a_result_without_value() -> None:
    part = {"code": a_code("787-2"), "valueQuantity": {"value": 96, "unit": "fL", "code": "fL"}}
    facts = read(an_observation(valueQuantity=None, component=[{}, part]))
    assert [result.analyte for result in facts.results] == [Analyte.mcv]
    assert [refusal.code for refusal in facts.refusals] == ["value-missing"]


def test_a_panel_with_its_value_in_a_component_is_no_result_without_value() -> None:
    part = {"code": a_code("2132-9"), "valueQuantity": a_quantity(98, "pg/mL")}
    facts = read(an_observation(valueQuantity=None, component=[{}, part]))
    assert ([result.analyte for result in facts.results], facts.refusals) == (
        [Analyte.b12_total],
        (),
    )
