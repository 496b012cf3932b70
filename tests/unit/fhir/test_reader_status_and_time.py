"""Status, dates, corrections and duplicates: which version of a result counts."""

import pytest

from fhir_builders import (
    a_bundle,
    a_finding,
    an_observation,
    note_codes,
    read,
    read_one,
    refused,
    values_of,
)


@pytest.mark.parametrize("status", ["final", "amended", "corrected"])
def test_a_final_result_counts(status: str) -> None:
    assert read_one(status=status).corrected is (status != "final")


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (None, "status-missing"),
        ("", "status-missing"),
        ("preliminary", "status-not-final"),
        ("registered", "status-not-final"),
        ("unknown", "status-not-final"),
        ("cancelled", "status-withdrawn"),
        ("entered-in-error", "entered-in-error"),
        ("Entered-In-Error", "entered-in-error"),
        ("banana", "status-not-known"),
    ],
)
def test_any_other_status_never_counts(status: str | None, code: str) -> None:
    assert refused(an_observation(status=status)) == (code, "Observation.status")


def test_a_status_in_another_case_is_read_and_said() -> None:
    facts = read(an_observation(status="Final"))
    assert values_of(facts) == {"b12_total": "98 pg/mL"}
    assert note_codes(facts) == {"status-spelled"}


def test_a_symptom_that_is_not_final_is_no_fact() -> None:
    facts = read(a_finding("paraesthesia", status="entered-in-error"))
    assert facts.features == ()
    assert note_codes(facts) == {"entered-in-error"}


# --- dates


@pytest.mark.parametrize(
    "moment",
    [
        {"effectiveDateTime": "2026"},
        {"effectiveDateTime": "2026-11"},
        {"effectiveDateTime": "2026-11-02"},
        {"effectiveDateTime": "2026-11-02T08:00"},
        {"effectiveDateTime": "2026-11-02T08:00:00"},
        {"effectiveDateTime": "2026-11-02T08:00:00.123+01:00"},
        {"effectiveDateTime": "2026-11-02T08:00:00Z"},
        {"effectiveInstant": "2026-11-02T08:00:00Z"},
        {"effectivePeriod": {"start": "2026-11-01", "end": "2026-11-02"}},
        {"effectivePeriod": {"start": "2026-11-02"}},
        {"issued": "2026-11-02T12:00:00Z"},
    ],
)
def test_every_form_of_a_clinical_date_is_read(moment: dict[str, object]) -> None:
    result = read_one(**{"effectiveDateTime": None, **moment})
    assert result.on.last.isoformat() >= "2026-11-02"
    assert result.on.first.year == 2026


def test_the_clinical_date_comes_before_the_date_of_issue() -> None:
    assert read_one(effectiveDateTime="2026-11-02", issued="2026-11-05").on.text == "2026-11-02"


def test_a_partial_date_spans_what_it_may_mean() -> None:
    on = read_one(effectiveDateTime="2026-02").on
    assert (on.first.isoformat(), on.last.isoformat()) == ("2026-02-01", "2026-02-28")


@pytest.mark.parametrize(
    ("moment", "refusal"),
    [
        ({}, ("date-missing", "Observation")),
        ({"effectiveDateTime": "yesterday"}, ("date-not-read", "Observation.effectiveDateTime")),
        ({"effectiveDateTime": "2026-13-40"}, ("date-not-read", "Observation.effectiveDateTime")),
        ({"effectivePeriod": "2026"}, ("date-not-read", "Observation.effectivePeriod")),
    ],
)
def test_a_result_without_a_usable_date_is_refused(
    moment: dict[str, object], refusal: tuple[str, str]
) -> None:
    assert refused(an_observation(**{"effectiveDateTime": None, **moment})) == refusal


# --- corrections


def test_a_corrected_result_replaces_that_of_the_same_time() -> None:
    corrected = an_observation(198, status="corrected")
    for bundle in (a_bundle(an_observation(), corrected), a_bundle(corrected, an_observation())):
        facts = read(bundle)
        assert values_of(facts) == {"b12_total": "198 pg/mL"}
        assert note_codes(facts) == {"superseded"}


def test_a_corrected_result_replaces_that_of_the_same_identifier() -> None:
    identifier = [{"system": "urn:lab", "value": "7"}]
    first = an_observation(identifier=identifier)
    second = an_observation(
        198, status="amended", identifier=identifier, effectiveDateTime="2026-11-02T09:00:00Z"
    )
    (result,) = read(a_bundle(first, second)).results
    assert str(result.quantity) == "198 pg/mL"


def test_of_results_corrected_twice_the_one_issued_last_counts() -> None:
    bundle = a_bundle(
        an_observation(98),
        an_observation(198, status="corrected", issued="2026-11-03T10:00:00Z"),
        an_observation(298, status="corrected", issued="2026-11-03T10:00:00.500+02:00"),
    )
    assert values_of(read(bundle)) == {"b12_total": "198 pg/mL"}


def test_of_two_versions_of_one_resource_the_later_counts() -> None:
    old = an_observation(98, id="x", meta={"lastUpdated": "2026-11-02T10:00:00Z"})
    new = an_observation(
        198,
        id="x",
        meta={"lastUpdated": "2026-11-04T10:00:00Z"},
        effectiveDateTime="2026-11-01",
    )
    assert values_of(read(a_bundle(new, old))) == {"b12_total": "198 pg/mL"}


def test_a_result_of_another_time_is_not_replaced() -> None:
    later = an_observation(198, status="corrected", effectiveDateTime="2026-11-03")
    assert len(read(a_bundle(an_observation(), later)).results) == 2


def test_a_copy_of_a_result_entered_in_error_is_refused() -> None:
    gone = an_observation(id="x", status="entered-in-error", issued="2026-11-05T10:00:00Z")
    facts = read(a_bundle(an_observation(id="x", issued="2026-11-02T10:00:00Z"), gone))
    assert facts.results == ()
    assert [refusal.code for refusal in facts.refusals] == ["entered-in-error"] * 2


def test_a_new_result_under_the_identifier_of_a_cancelled_one_counts() -> None:
    identifier = [{"value": "7"}]
    gone = an_observation(
        id="x", status="cancelled", identifier=identifier, issued="2026-11-02T10:00:00Z"
    )
    new = an_observation(id="y", identifier=identifier, issued="2026-11-05T10:00:00Z")
    assert values_of(read(a_bundle(gone, new))) == {"b12_total": "98 pg/mL"}


def test_a_result_sent_twice_counts_once() -> None:
    facts = read(a_bundle(an_observation(), an_observation()))
    assert len(facts.results) == 1
    assert note_codes(facts) == {"repeated"}


def test_two_different_results_of_one_time_both_stand() -> None:
    assert len(read(a_bundle(an_observation(98), an_observation(99))).results) == 2
