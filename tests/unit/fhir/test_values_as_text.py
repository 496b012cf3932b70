"""Numbers, units and texts as senders print them: read where they say one thing, else refused."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cobalamin.fhir.values.numbers import parse_number_text
from cobalamin.fhir.values.unit_labels import parse_concentration
from cobalamin.service.rules.model.quantities import Comparator
from fhir_builders import (
    B12,
    B12_MOLAR,
    LOINC,
    UCUM,
    a_bundle,
    a_code,
    a_patient,
    an_observation,
    note_codes,
    read,
    refused,
    values_of,
)

NEUTROPHILS = "751-8"

# --- numbers


@given(
    st.integers(1, 999),
    st.integers(0, 999),
    st.sampled_from(("", " ")),
    st.sampled_from(("ng/L", "pg/mL", "/uL", "")),
    st.sampled_from(("", "<", ">=", "greater than ")),
)
def test_three_digits_behind_a_point_are_ambiguous(
    whole: int, rest: int, blank: str, unit: str, sign: str
) -> None:
    for mark in (".", ","):
        assert parse_number_text(f"{sign}{whole}{mark}{rest:03}{blank}{unit}") is None


@pytest.mark.parametrize("text", ["0.500", "1234.500", "12.50", "2.5", "2.5000", "120"])
def test_any_other_number_says_one_thing(text: str) -> None:
    parsed = parse_number_text(f"{text} ng/L")
    assert parsed is not None
    assert (parsed.number, parsed.unit) == (Decimal(text), "ng/L")


@pytest.mark.parametrize(
    ("code", "text"), [(NEUTROPHILS, "2.500 /uL"), (B12, "12.500 ng/L"), (B12, "2,500 ng/L")]
)
def test_an_ambiguous_result_is_refused(code: str, text: str) -> None:
    sent = an_observation(code=a_code(code), valueQuantity=None, valueString=text)
    assert refused(sent) == ("value-not-read", "Observation.valueString")


@pytest.mark.parametrize("words", ["GREATER THAN", "Greater  than", "more than", "ABOVE"])
def test_words_are_comparators(words: str) -> None:
    sent = an_observation(valueQuantity=None, valueString=f"{words} 2000 pg/mL")
    (result,) = read(sent).results
    assert result.quantity is not None
    assert result.quantity.comparator is Comparator.above


@given(
    st.sampled_from(("LESS THAN", "GREATER THAN", "Below", "over")),
    st.integers(60, 2000),
    st.sampled_from(("pg/mL", "ng/L")),
)
def test_words_are_read_with_the_unit_beside_them(words: str, number: int, unit: str) -> None:
    quantity = {"value": f"{words} {number}", "unit": unit, "system": UCUM, "code": unit}
    (result,) = read(an_observation(valueQuantity=quantity)).results
    assert result.quantity is not None
    assert (int(result.quantity.value), result.quantity.unit) == (number, unit)
    assert result.quantity.comparator is not None


# --- labels of units

MASS = ("pg/mL", "ng/L", "picograms per millilitre", "PG/ML", "pg / ml", "nanogram/liter", "ng L-1")
MOLAR = (
    "pmol/L",
    "pmol/litre",
    "picomoles per litre",
    "PMOL/L",
    "fmol/mL",
    "pmol per ltr",
    "pmol L-1",
    "pmol·L^-1",
)
OTHER_SIZES = ("ng/mL", "ug/L", "mcg/l", "nanograms per millilitre", "mg/dl")


@given(st.sampled_from(MOLAR + OTHER_SIZES))
def test_a_label_of_another_quantity_than_the_code_is_refused(label: str) -> None:
    quantity = {"value": 150, "unit": label, "system": UCUM, "code": "pg/mL"}
    code, _where = refused(an_observation(valueQuantity=quantity))
    assert code == "unit-and-code-differ"


@given(st.sampled_from(MASS + OTHER_SIZES))
def test_a_label_of_mass_beside_a_molar_code_is_refused(label: str) -> None:
    quantity = {"value": 150, "unit": label, "system": UCUM, "code": "pmol/L"}
    sent = an_observation(code=a_code(B12_MOLAR), valueQuantity=quantity)
    assert refused(sent)[0] == "unit-and-code-differ"


@given(st.sampled_from((*MASS, "B12 units", "see report", "")))
def test_a_label_of_the_same_quantity_or_of_none_is_only_a_label(label: str) -> None:
    quantity = {"value": 150, "unit": label, "system": UCUM, "code": "pg/mL"}
    assert values_of(read(an_observation(valueQuantity=quantity))) == {"b12_total": "150 pg/mL"}


@given(st.text(max_size=80))
def test_any_label_can_be_looked_at(label: str) -> None:
    found = parse_concentration(label)
    assert found is None or found == parse_concentration(label.upper())


# --- what the text calls the result

ACTIVE = (
    "Holotranscobalamin",
    "HoloTC",
    "Active B12",
    "Vitamin B12, active (holoTC)",
    "aktives Vitamin B12",
    "Holo-Transcobalamin II",
)


@given(st.sampled_from(ACTIVE), st.sampled_from((B12, B12_MOLAR)), st.booleans())
def test_a_total_b12_that_is_called_active_is_refused(
    name: str,
    code: str,
    in_display: bool,  # noqa: FBT001 - drawn
) -> None:
    coding = {"system": LOINC, "code": code}
    coded = {"coding": [coding | ({"display": name} if in_display else {})]}
    sent = an_observation(code=coded if in_display else coded | {"text": name})
    assert refused(sent)[0] == "text-names-another"


@pytest.mark.parametrize("name", ["Vitamin B12", "Cobalamin (Vitamin B12)", "Vit. B12 total", "x"])
def test_a_total_b12_under_its_own_name_is_read(name: str) -> None:
    coded = {"coding": [{"system": LOINC, "code": B12, "display": name}], "text": name}
    assert values_of(read(an_observation(code=coded))) == {"b12_total": "98 pg/mL"}


# --- sex


@given(st.sampled_from(("F", "W", "M", "f", "weiblich", "2", "femme")))
def test_a_sex_that_fhir_does_not_have_is_noted(gender: str) -> None:
    facts = read(a_bundle(a_patient(gender=gender), an_observation()))
    assert facts.patient.sex is None
    assert "sex-not-read" in note_codes(facts)


@pytest.mark.parametrize("gender", ["female", "Male ", "other", "unknown", None])
def test_any_other_sex_is_not(gender: str | None) -> None:
    facts = read(a_bundle(a_patient(gender=gender), an_observation()))
    assert "sex-not-read" not in note_codes(facts)
