"""A date at either end of the calendar, as exports write it, is no fault of the service."""

import json
import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import EXAMPLES, app_with, example, post

DATE = re.compile(r"\d{4}-\d{2}(?:-\d{2})?(?=[\"T])")
EXTREMES = ["0001-01-01", "0001-12-31", "1899-12-31", "2200-01-01", "9999-12-01", "9999-12-31"]
FILES = sorted(
    file.name for file in EXAMPLES.glob("*.json") if "resourceType" in file.read_text("utf-8")
)
HOOKS = ("b12-medication-refill", "b12-encounter-discharge", "b12-patient-view", "b12-order-sign")


@pytest.mark.parametrize("day", EXTREMES)
def test_a_day_of_assessment_is_of_these_centuries(day: str) -> None:
    form = example("assessment.json")
    for query, body in ((f"?asOf={day}", form), ("", {**form, "asOf": day})):
        answer = post(f"/v1/assessments{query}", body)
        assert answer.status_code == 422
        assert "from 1900-01-01 to 2199-12-31" in answer.get_json()["detail"]
    parameters = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "data", "resource": {"resourceType": "Bundle", "entry": []}},
            {"name": "effective", "valueDate": day},
        ],
    }
    assert post("/fhir/$b12-assess", parameters).status_code == 422


@pytest.mark.parametrize("day", ["1900-01-01", "2199-12-31"])
def test_the_first_and_the_last_day_are_assessed(day: str) -> None:
    text = json.dumps(example("assessment.json")).replace("2026-11-16", day)
    born = str(date.fromisoformat(day).year - 57)
    text = text.replace("1969-04-12", f"{born}-01-01").replace("2026-08", day[:7])
    answer = post(f"/v1/assessments?asOf={day}", text.encode())
    assert answer.status_code == 200
    assert answer.get_json()["outcome"] == "advice"


@settings(max_examples=150)
@given(st.data())
def test_any_date_of_an_example_may_be_at_an_end(data: st.DataObject) -> None:
    text = Path(EXAMPLES / data.draw(st.sampled_from(FILES))).read_text("utf-8")
    places = list(DATE.finditer(text))
    for place in (
        data.draw(st.lists(st.sampled_from(places), min_size=1, unique=True)) if places else ()
    ):
        day = data.draw(st.sampled_from(EXTREMES))[: len(place[0])]
        text = text[: place.start()] + day + text[place.end() :]
    body = json.loads(text)
    client = app_with().test_client()
    paths = ["/v1/assessments"]
    if "hook" in body:
        paths = [f"/cds-services/{name}" for name in HOOKS if body["hook"] in name]
    for path in paths:
        answer = client.post(path, json=body)
        assert answer.status_code < 500, answer.get_data()
