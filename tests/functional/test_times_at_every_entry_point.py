"""Times and dates as senders really write them, through REST, CDS Hooks and HL7 v2."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app import app_with, post
from fhir_builders import a_bundle, a_patient, an_observation
from messages import PID, answered, errors, message, obx, outcome

Json = dict[str, Any]


def assessed(*observations: Json, born: str = "1969-04-12", **settings: object) -> Json:
    patient = a_patient(birthDate=born)
    answer = post("/v1/assessments?asOf=2026-11-20", a_bundle(patient, *observations), **settings)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json or {}
    return found


def at(time: str, value: int = 120, **changed: object) -> Json:
    return an_observation(value, **{"effectiveDateTime": time, **changed})


def note_codes(answer: Json) -> set[str]:
    return {note["code"] for note in answer["notes"]}


def test_this_morning_in_new_zealand_is_not_the_future() -> None:
    found = assessed(at("2026-11-21T05:00:00+13:00"))
    assert found["findings"]["b12Status"]["value"] == "deficient"
    assert outcome(message(obx(taken="20261120080000+1300")))[1] == "deficient"
    assert outcome(message(obx(taken="20261121080000+1300")))[1] == "deficient"


@pytest.mark.parametrize(
    ("low", "enough", "status"),
    [
        ("2026-11-16T23:30:00-05:00", "2026-11-17T03:00:00Z", "deficient"),
        ("2026-11-16T10:00:00-05:00", "2026-11-16T14:00:00Z", "deficient"),
        ("2026-11-16T08:00:00Z", "2026-11-16T10:00:00+01:00", "unlikely"),
        ("2026-11-16", "2026-11-16T08:40:00Z", "deficient"),
    ],
)
def test_results_are_ordered_by_instant(low: str, enough: str, status: str) -> None:
    for sent in ((at(low), at(enough, 600)), (at(enough, 600), at(low))):
        found = assessed(*sent)
        assert found["findings"]["b12Status"]["value"] == status
        assert ("results-disagree" in note_codes(found)) is ("T" not in low)


def test_in_a_message_an_order_that_is_not_known_is_a_warning() -> None:
    sent = message(obx(value="600", taken="20261116084000"), obx(taken="20261116"))
    assert outcome(sent)[1] == "deficient"
    assert "results-disagree" in {code for _, code in errors(answered(sent))}


@pytest.mark.parametrize("time", ["1900-01-01", "0001-01-01", "1955-01-01", "2031-01-01"])
def test_a_date_that_cannot_be_meant_is_refused_and_said(time: str) -> None:
    found = assessed(at(time))
    assert found["outcome"] == "not-assessable"
    assert note_codes(found) & {"date-before-birth", "date-not-plausible", "result-in-future"}
    sent = message(obx(taken=time.replace("-", "")))
    assert outcome(sent)[0] == "not-assessable"
    assert errors(answered(sent))


@pytest.mark.parametrize("born", ["0001-01-01", "1900-01-01", "1880-05-02", "2030-01-01"])
def test_a_birth_date_out_of_reason_is_not_known_and_said(born: str) -> None:
    found = assessed(at("2026-11-16"), born=born)
    assert found["outcome"] == "not-assessable"
    assert "birth-date-not-plausible" in note_codes(found)
    pid = PID.replace("19690412", born.replace("-", ""))
    assert outcome(message(obx(), pid=[pid]))[0] == "not-assessable"


def test_the_zone_of_the_service_decides_where_its_day_ends() -> None:
    late = at("2026-11-21T03:00:00Z")
    assert assessed(late)["outcome"] == "not-assessable"
    assert assessed(late, time_zone=ZoneInfo("America/New_York"))["outcome"] == "advice"


# --- corrections


IDENTIFIER = [{"system": "urn:lab", "value": "7"}]


@pytest.mark.parametrize(
    "relation",
    [
        {"identifier": IDENTIFIER, "effectiveDateTime": "2026-11-15T07:00:00Z"},
        {"id": "x", "effectiveDateTime": "2026-11-15T07:00:00Z"},
        {"effectiveDateTime": "2026-11-16T21:40:00+13:00"},
    ],
)
@pytest.mark.parametrize("updated", ["2026-11-01T00:00:00Z", "2026-11-19T00:00:00Z"])
def test_a_correction_replaces_by_relation_whatever_the_clocks_say(
    relation: Json, updated: str
) -> None:
    first = at("2026-11-16T08:40:00Z", 120, id="x", identifier=IDENTIFIER, issued=updated)
    second = at(
        "", 600, **{"id": "y", "status": "corrected", "issued": "2026-11-10T00:00:00Z", **relation}
    )
    for sent in ((first, second), (second, first)):
        found = assessed(*sent)
        assert found["findings"]["b12Status"]["value"] == "unlikely"
        assert found["findings"]["b12Status"]["earlier"] == []


def test_a_correction_that_cannot_be_used_takes_what_it_corrects_with_it() -> None:
    first = at("2026-11-16T08:40:00Z", 600, id="x")
    second = at(
        "2026-11-16T08:40:00Z", id="x", status="corrected", valueQuantity=None, valueString="see"
    )
    found = assessed(first, second)
    assert found["outcome"] == "not-assessable"
    assert {"value-not-read", "correction-not-usable"} <= note_codes(found)


@pytest.mark.parametrize(
    ("zone", "day"), [("UTC", "2026-11-19"), ("Pacific/Auckland", "2026-11-20")]
)
def test_the_day_of_an_operation_is_that_of_the_services_zone(zone: str, day: str) -> None:
    body = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "effective", "valueDateTime": "2026-11-19T23:30:00Z"},
            {"name": "data", "resource": a_bundle(a_patient(), at("2026-11-16"))},
        ],
    }
    client = app_with(time_zone=ZoneInfo(zone)).test_client()
    headers = {"Accept": "application/json"}
    answer = client.post("/fhir/$b12-assess", json=body, headers=headers)
    assert (answer.json or {})["asOf"] == day
