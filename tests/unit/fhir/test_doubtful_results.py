"""Results whose time, version, specimen, panel or value speaks against them: never silent."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import app_with
from fhir_builders import (
    B12,
    INTERPRETATION,
    SNOMED,
    a_bundle,
    a_code,
    a_patient,
    a_quantity,
    a_resource,
    an_observation,
    note_codes,
    prefetched,
    read,
    refused,
    values_of,
)

Json = dict[str, Any]
AS_OF = date(2026, 11, 20)
DAY = timedelta(days=1)
HISTORY_SYSTEM = "https://cobalamin.org/fhir/CodeSystem/history"
UPDATED = ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z")
ERRORS = ["400", "401 Unauthorized", "403", "404 Not Found", "422", "500", "503", 500]


def assessed(body: Json) -> Json:
    """The answer of the assessment on one day."""
    sent = json.dumps(body).encode()
    answer = (
        app_with()
        .test_client()
        .post(
            f"/v1/assessments?asOf={AS_OF.isoformat()}",
            data=sent,
            content_type="application/fhir+json",
            headers={"Accept": "application/json"},
        )
    )
    assert answer.status_code == 200, answer.text
    found: Json = answer.get_json()
    return found


def codes_in(answer: Json) -> set[str]:
    return {note["code"] for note in answer["notes"]}


# --- a period that has not ended


@settings(max_examples=40, deadline=None)
@given(start=st.dates(date(2026, 6, 1), date(2027, 6, 1)), days=st.integers(0, 900))
def test_a_period_that_began_counts_and_one_to_come_does_not(start: date, days: int) -> None:
    end = start + timedelta(days=days)
    period = {"start": start.isoformat(), "end": end.isoformat()}
    sent = an_observation(effectiveDateTime=None, effectivePeriod=period)
    codes = codes_in(assessed(a_bundle(a_patient(), sent)))
    # A day without a zone has begun somewhere on the day before.
    has_begun, has_ended = start <= AS_OF + DAY, end <= AS_OF + DAY
    assert ("result-in-future" in codes) is not has_begun
    assert ("period-not-ended" in codes) is (has_begun and not has_ended)


def test_a_period_in_the_past_counts_by_its_end() -> None:
    period = {"start": "2026-01-01", "end": "2026-11-01"}
    (result,) = read(an_observation(effectiveDateTime=None, effectivePeriod=period)).results
    assert result.on.text == "2026-11-01"


# --- versions


def version(number: int, value: int, **changed: object) -> Json:
    return an_observation(value, meta={"versionId": str(number)}, issued=None, id="same", **changed)


@given(order=st.permutations([1, 2, 3]))
def test_of_a_history_the_newest_version_alone_counts(order: list[int]) -> None:
    facts = read(a_bundle(*(version(one, 100 + one) for one in order), type="history"))
    assert values_of(facts) == {"b12_total": "103 pg/mL"}
    assert "superseded" in note_codes(facts)


@pytest.mark.parametrize("kind", ["Condition", "AllergyIntolerance", "MedicationStatement"])
@pytest.mark.parametrize("by", ["versionId", "lastUpdated"])
def test_it_is_so_for_every_type(kind: str, by: str) -> None:
    pernicious, b12 = a_code("84027009", SNOMED), a_code("cobalamin_allergy", HISTORY_SYSTEM)
    members: dict[str, Json] = {
        "Condition": {"code": pernicious},
        "AllergyIntolerance": {"code": b12},
        "MedicationStatement": {
            "status": "active",
            "medicationCodeableConcept": a_code("B03BA03", "http://www.whocc.no/atc"),
        },
    }
    marks = {
        "versionId": ("1", "10"),
        "lastUpdated": ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"),
    }
    older = a_resource(kind, meta={by: marks[by][0]}, **members[kind])
    newer = {**older, "meta": {by: marks[by][1]}}
    never_was: dict[str, Json] = {
        "Condition": {"verificationStatus": a_code("entered-in-error")},
        "AllergyIntolerance": {"verificationStatus": a_code("refuted")},
        "MedicationStatement": {"status": "entered-in-error"},
    }
    newer |= never_was[kind]
    for sent in ((older, newer), (newer, older)):
        assert read(a_bundle(*sent)).history == ()
    assert read(a_bundle(older)).history != ()


def test_versions_that_nothing_tells_apart_are_all_kept() -> None:
    same = [a_resource("Condition", code=a_code("84027009", SNOMED)) for _ in range(2)]
    assert len(read(a_bundle(*same)).history) == 2


def test_resources_of_two_servers_are_no_versions_of_each_other() -> None:
    entries: list[Json] = [
        {
            "fullUrl": f"https://{name}.example/Observation/o",
            "resource": {
                **an_observation(98, code=a_code(code)),
                "id": "o",
                "meta": {"versionId": number},
            },
        }
        for name, number, code in (("a", "1", B12), ("b", "2", "2276-4"))
    ]
    entries[1]["resource"]["valueQuantity"] = a_quantity(30, "ng/mL")
    facts = read({"resourceType": "Bundle", "type": "collection", "entry": entries})
    assert set(values_of(facts)) == {"b12_total", "ferritin"}


def test_what_a_history_deletes_does_not_count() -> None:
    resource = version(1, 98)
    deleted = {"request": {"method": "DELETE", "url": "Observation/same"}}
    put = {"resource": resource, "request": {"method": "PUT", "url": "Observation/same"}}
    bundle = {"resourceType": "Bundle", "type": "history", "entry": [deleted, put]}
    facts = read(bundle)
    assert (facts.results, "entry-not-stored" in note_codes(facts)) == ((), True)
    again = {**bundle, "entry": [put, deleted]}
    assert values_of(read(again)) == {"b12_total": "98 pg/mL"}


# --- responses of a server


@given(
    status=st.sampled_from(
        ["400", "401 Unauthorized", "403", "404 Not Found", "422", "500", "503", 500]
    )
)
def test_an_entry_that_a_server_refused_is_not_counted(status: object) -> None:
    entry = {"resource": an_observation(), "response": {"status": status}}
    facts = read({"resourceType": "Bundle", "type": "batch-response", "entry": [entry]})
    assert (facts.results, "entry-failed" in note_codes(facts)) == ((), True)
    empty = {"response": {"status": status}}
    assert "entry-failed" in note_codes(
        read({"resourceType": "Bundle", "type": "batch-response", "entry": [empty]})
    )


@pytest.mark.parametrize("response", [{"status": "200 OK"}, {"status": "201"}, {}, None, 7])
def test_an_entry_that_succeeded_counts(response: object) -> None:
    entry = {"resource": an_observation(), "response": response}
    facts = read({"resourceType": "Bundle", "type": "batch-response", "entry": [entry]})
    assert len(facts.results) == 1


def test_a_list_of_which_a_part_failed_is_said_in_a_prefetch() -> None:
    entries = [{"resource": an_observation()}, {"response": {"status": "500"}}]
    labs = {"resourceType": "Bundle", "type": "batch-response", "entry": entries}
    assert "entry-failed" in note_codes(prefetched(labs=labs).facts)


# --- panels


def member(**changed: object) -> Json:
    return {**an_observation(**changed), "id": "m"}


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled"])
@pytest.mark.parametrize("code", ["58410-2", B12])
def test_members_of_a_panel_that_never_was_do_not_count(code: str, status: str) -> None:
    panel = an_observation(
        code=a_code(code),
        valueQuantity=None,
        status=status,
        hasMember=[{"reference": "Observation/m"}],
    )
    for sent in ((panel, member()), (member(), panel)):
        facts = read(a_bundle(*sent))
        assert (facts.results, "report-withdrawn" in note_codes(facts)) == ((), True)


@pytest.mark.parametrize(
    "members",
    [
        [{"reference": "Observation/absent"}],
        [{"reference": "https://ehr.example/Observation/absent"}],
        [{"display": "vitamin B12"}],
        [{"reference": "#absent"}],
    ],
)
def test_a_panel_without_the_member_that_has_its_value_is_a_result_without_value(
    members: list[Json],
) -> None:
    panel = an_observation(valueQuantity=None, hasMember=members)
    other = member(code=a_code("718-7"), valueQuantity=a_quantity(13, "g/dL"))
    for sent in ((panel,), (panel, other)):
        facts = read(a_bundle(*sent))
        assert [one.code for one in facts.refusals] == ["value-missing"]


def test_a_panel_whose_member_holds_something_else_is_a_result_without_value() -> None:
    panel = an_observation(valueQuantity=None, hasMember=[{"reference": "Observation/m"}])
    other = member(code=a_code("718-7"), valueQuantity=a_quantity(13, "g/dL"))
    assert [one.code for one in read(a_bundle(panel, other)).refusals] == ["value-missing"]


@pytest.mark.parametrize("reference", ["Observation/m", "https://ehr.example/fhir/Observation/m"])
def test_a_panel_whose_member_has_its_value_is_read_by_that(reference: str) -> None:
    panel = an_observation(valueQuantity=None, hasMember=[{"reference": reference}])
    for sent in ((panel, member()), (member(), panel)):
        facts = read(a_bundle(*sent))
        assert (values_of(facts), facts.refusals) == ({"b12_total": "98 pg/mL"}, ())


def test_a_contained_member_has_the_value_as_well() -> None:
    inner = {**an_observation(), "id": "in"}
    panel = an_observation(valueQuantity=None, hasMember=[{"reference": "#in"}], contained=[inner])
    facts = read(panel)
    assert (values_of(facts), facts.refusals) == ({"b12_total": "98 pg/mL"}, ())


# --- specimen and body site


@pytest.mark.parametrize("status", ["unsatisfactory", "unavailable", "entered-in-error"])
def test_a_specimen_that_could_not_be_used_takes_the_result_away(status: str) -> None:
    specimen = {"resourceType": "Specimen", "id": "s", "status": status}
    sent = an_observation(specimen={"reference": "Specimen/s"})
    facts = read(a_bundle(sent, specimen))
    assert [one.code for one in facts.refusals] == ["specimen-not-usable"]
    contained = an_observation(specimen={"reference": "#s"}, contained=[specimen])
    assert refused(contained)[0] == "specimen-not-usable"
    available = {**specimen, "status": "available"}
    assert len(read(a_bundle(sent, available)).results) == 1


@pytest.mark.parametrize(
    "site",
    [
        {"text": "Urine"},
        {"text": "CSF"},
        {"text": "cerebrospinal fluid"},
        a_code("122575003", SNOMED),
    ],
)
def test_a_body_site_that_is_another_fluid_takes_the_result_away(site: Json) -> None:
    assert refused(an_observation(bodySite=site))[0] == "specimen-of-another-kind"


@pytest.mark.parametrize("site", [{"text": "Left arm"}, a_code("368209003", SNOMED), {}, [1]])
def test_any_other_body_site_takes_nothing_away(site: object) -> None:
    assert len(read(an_observation(bodySite=site)).results) == 1


# --- flags, ranges and numbers


def flagged(flag: str, value: int, **limits: int) -> set[str]:
    given = {name: a_quantity(limit, "pg/mL") for name, limit in limits.items()}
    sent = an_observation(
        value,
        interpretation=[a_code(flag, INTERPRETATION)],
        referenceRange=[given] if given else None,
    )
    return note_codes(read(sent))


@settings(max_examples=60)
@given(value=st.integers(20, 1500), flag=st.sampled_from(["LL", "L", "N", "H", "HH"]))
def test_a_flag_that_the_value_contradicts_is_said(value: int, flag: str) -> None:
    side = "L" if value < 200 else "H" if value > 900 else "N"
    on_edge = value in (200, 900)
    said = "interpretation-contradicts-value" in flagged(flag, value, low=200, high=900)
    assert said is (flag[0] != side) or on_edge


@pytest.mark.parametrize(("value", "warns"), [(600, True), (100, False)])
def test_a_low_flag_beside_a_level_that_is_not_is_said_without_a_range_as_well(
    value: int, *, warns: bool
) -> None:
    sent = an_observation(value, interpretation=[a_code("LL", INTERPRETATION)])
    answer = assessed(a_bundle(a_patient(), sent))
    codes = [caution["code"] for caution in answer["plan"]["cautions"]]
    assert ("assay-profile-mismatch" in codes) is warns


def test_a_modified_reference_range_is_not_used() -> None:
    given = {"low": a_quantity(180, "pg/mL"), "modifierExtension": [{"url": "http://x"}]}
    facts = read(an_observation(referenceRange=[given]))
    assert facts.results[0].limits is None
    assert "range-not-read" in note_codes(facts)


@pytest.mark.parametrize("value", [9999, 99999, 999999, 99999.9, 9999.99, 0, -1, -9999])
@pytest.mark.parametrize("unit", ["pg/mL", "pmol/L"])
def test_a_number_that_stands_for_none_is_refused(value: float, unit: str) -> None:
    code = a_code({"pg/mL": B12, "pmol/L": "14685-2"}[unit])
    assert refused(an_observation(value, unit, code=code))[0] == "value-not-plausible"


@given(digits=st.integers(4, 9), fraction=st.integers(0, 3))
def test_nines_alone_are_no_value(digits: int, fraction: int) -> None:
    text = "9" * digits + ("." + "9" * fraction if fraction else "")
    assert refused(an_observation(float(text)))[0] == "value-not-plausible"
    kept = read(an_observation(valueQuantity={**a_quantity(9999, "pg/mL"), "comparator": ">"}))
    assert len(kept.results) == 1


# --- the patient and test data


@pytest.mark.parametrize(("kind", "warns"), [("replaced-by", True), ("seealso", False)])
def test_a_record_that_was_replaced_is_said(kind: str, *, warns: bool) -> None:
    link = [{"other": {"reference": "Patient/p2"}, "type": kind}]
    facts = read(a_bundle(a_patient(link=link), an_observation()))
    assert ("patient-replaced" in note_codes(facts)) is warns


@pytest.mark.parametrize("member", ["security", "tag"])
def test_test_data_is_said_by_a_tag_as_well(member: str) -> None:
    facts = read(an_observation(meta={member: [{"code": "HTEST"}]}))
    assert "test-data" in note_codes(facts)


# --- long references


def test_references_that_are_equal_at_first_are_not_the_same() -> None:
    long = "https://ehr.example/" + "x" * 300
    entries = [
        {"fullUrl": f"{long}/Observation/{name}", "resource": {**an_observation(value), "id": None}}
        for name, value in (("a", 98), ("b", 400))
    ]
    for entry in entries:
        del entry["resource"]["id"]  # type: ignore[attr-defined]
    facts = read({"resourceType": "Bundle", "type": "collection", "entry": entries})
    assert len(facts.results) == 2
