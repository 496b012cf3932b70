"""Prefetch queries are short and lose no code that is used today."""

import pytest

from assessments import get_profile
from cobalamin.service.cds_hooks.prefetch_queries import (
    CTV3,
    ICD_10,
    ICD_10_CM,
    LOINC,
    LONGEST_QUERY,
    NPU,
    READ_2,
    SNOMED,
    ObservationSearch,
    encoded_length,
    laboratory_search,
    symptom_search,
)
from cobalamin.service.knowledge.code_meanings import Codes, Meaning, Topic
from cobalamin.service.rules.model.vocabulary import Analyte, Feature

PROFILES = ("uk-nice", "us-aafp")


def codes_of(query: str | None) -> set[str]:
    if query is None:
        return set()
    return set(query.partition("&code=")[2].partition("&")[0].split(","))


def used(search: ObservationSearch) -> set[str]:
    return codes_of(search.query) | codes_of(search.further)


def results_of(codes: Codes, system: str) -> set[str]:
    """Every code of a system whose result some rule reads."""
    exact = codes.systems[system].exact
    return {code for code, m in exact.items() if m.analyte is not None and m.refused is None}


def symptoms_of(codes: Codes, system: str) -> set[str]:
    return {code for code, meaning in codes.systems[system].exact.items() if meaning.features}


@pytest.mark.parametrize("profile", PROFILES)
def test_every_result_by_loinc_is_asked_for_in_prefetch(profile: str) -> None:
    codes = get_profile(profile).codes
    search = laboratory_search(codes)
    assert results_of(codes, LOINC) <= codes_of(search.query)
    topics = {Topic.pregnancy_status, Topic.gestational_age, Topic.delivery_date}
    answers = {code for code, m in codes.systems[LOINC].exact.items() if m.topic in topics}
    assert answers
    assert answers <= codes_of(search.query)


@pytest.mark.parametrize("profile", PROFILES)
def test_reading_back_asks_for_every_result_but_those_of_the_read_codes(profile: str) -> None:
    codes = get_profile(profile).codes
    search = laboratory_search(codes)
    for system in (LOINC, SNOMED, NPU):
        assert results_of(codes, system) <= used(search)
    names = [analyte.value for analyte in Analyte]
    assert set(names[: names.index(Analyte.h_pylori)]) <= used(search)
    read = results_of(codes, READ_2) | results_of(codes, CTV3)
    assert set(search.left_out) <= read | set(names)


@pytest.mark.parametrize("profile", PROFILES)
def test_every_symptom_and_sign_is_asked_for_in_prefetch(profile: str) -> None:
    codes = get_profile(profile).codes
    search = symptom_search(codes)
    for system in (SNOMED, ICD_10, ICD_10_CM):
        assert symptoms_of(codes, system) <= codes_of(search.query)
    assert {feature.value for feature in Feature} <= codes_of(search.query)
    assert {"75325-1", "418799008", "72166-2"} <= codes_of(search.query)
    assert (search.further, search.left_out) == (None, ())


def test_a_code_of_the_site_comes_before_other_systems() -> None:
    local = {("http://lab.example.org", "B12"): Meaning(display="B12", analyte=Analyte.b12_total)}
    search = laboratory_search(get_profile("uk-nice").codes.with_local(local))
    assert "B12" in codes_of(search.query)
    assert results_of(get_profile("uk-nice").codes, LOINC) <= codes_of(search.query)


@pytest.mark.parametrize("mark", [",", "|", "$", "&", " ", "%", "{{x}}", "é"])
def test_a_code_that_could_change_the_query_is_not_asked_for(mark: str) -> None:
    local = {("urn:lab", f"B{mark}12"): Meaning(display="B12", analyte=Analyte.b12_total)}
    codes = get_profile("uk-nice").codes
    assert laboratory_search(codes.with_local(local)) == laboratory_search(codes)


@pytest.mark.parametrize("number", [0, 1, 100, 2000])
def test_no_number_of_codes_makes_a_query_too_long(number: int) -> None:
    meaning = Meaning(display="B12", analyte=Analyte.b12_total)
    local = {("urn:lab", f"L{place:04}"): meaning for place in range(number)}
    codes = get_profile("uk-nice").codes.with_local(local)
    search = laboratory_search(codes)
    assert encoded_length(search.query) <= LONGEST_QUERY
    assert encoded_length(search.further or "") <= LONGEST_QUERY
    assert {code for _, code in local} <= used(search) | set(search.left_out)
