"""The short answer: the codes of the full one, for one assessment and for each line of a batch."""

import json
from collections import defaultdict
from typing import Any

import pytest

from app import EXAMPLES, app_with, example, post
from assessments import PROFILES, get_profile
from cobalamin.schemas.short_answer import ShortAnswerSchema
from cobalamin.service.answers.plain import encode, to_plain
from cobalamin.service.answers.short import assess_shortly
from cobalamin.service.rules.assess import assess
from short_answers import shortened
from spec_tables import Row, all_rows

Json = dict[str, Any]
MEMBERS = [
    *("outcome", "reasons", "subject", "asOf", "profile", "knowledge", "status", "band"),
    *("anaemia", "megaloblastic", "tier", "rung", "route", "urgency", "suggestions"),
    *("recommended", "cautions", "causes", "notes", "comment"),
]
ASSESSMENTS, BATCH = "/v1/assessments", "/v1/assessments/batch"
ROWS: dict[str, list[Row]] = defaultdict(list)
for one in all_rows():
    if not one.is_request:
        ROWS[one.place.partition(":")[0]].append(one)
FORM = example("assessment.json")
BROKEN: Json = {**FORM, "results": [{"analyte": "b12_total", "value": 200, "unit": "furlong"}] * 2}


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("table", ROWS)
def test_it_holds_the_codes_of_the_full_answer(table: str, profile: str) -> None:
    known = get_profile(profile)
    for row in ROWS[table]:
        full = to_plain(assess(row.facts, known.knowledge, row.on), known, [])
        made = json.loads(encode(assess_shortly(row.facts, known, row.on)))
        assert made == shortened(json.loads(encode(full))), row.place


@pytest.mark.parametrize("form", [FORM, BROKEN, {}, {"patient": {"age": 9}}])
@pytest.mark.parametrize("query", ["", "&profile=us-aafp", "&asOf=2031-01-01"])
def test_an_assessment_is_answered_shortly_where_asked(form: Json, query: str) -> None:
    answer = post(f"{ASSESSMENTS}?answer=short{query}", form)
    assert (answer.status_code, answer.content_type) == (200, "application/json")
    made = answer.get_json()
    assert list(made) == MEMBERS
    assert ShortAnswerSchema().validate(made) == {}
    full = post(f"{ASSESSMENTS}?answer=full{query}", form).get_json()
    assert made == shortened(full)


def test_notes_are_counted_by_code() -> None:
    made = post(f"{ASSESSMENTS}?answer=short", BROKEN).get_json()
    assert made["notes"]["unit-not-read"] == 2
    assert made["comment"] is None


def test_each_line_of_a_batch_is_answered_shortly() -> None:
    client = app_with().test_client()
    lines = (EXAMPLES / "batch.ndjson").read_bytes() + b"{\n"

    def ask(query: str) -> list[Json]:
        sent = {"data": lines, "content_type": "application/x-ndjson", "buffered": True}
        return [json.loads(line) for line in client.post(BATCH + query, **sent).data.splitlines()]

    *short_ones, bad = ask("?answer=short")
    assert short_ones == [shortened(full) for full in ask("")[:-1]]
    assert bad["status"] == 400


@pytest.mark.parametrize("form", [FORM, BROKEN])
def test_nothing_else_is_worked_out(form: Json, monkeypatch: pytest.MonkeyPatch) -> None:
    def unwanted(*_: object, **__: object) -> None:
        raise AssertionError("not part of the short answer")

    monkeypatch.setattr("cobalamin.service.rules.assess.unknowns", unwanted)
    monkeypatch.setattr("cobalamin.service.answers.comment._sentences", unwanted)
    monkeypatch.setattr("cobalamin.service.answers.plain.DraftWriter", unwanted)
    monkeypatch.setattr("cobalamin.service.lab.json_response.to_cards", unwanted)
    assert post(f"{ASSESSMENTS}?answer=short", form).status_code == 200
    assert post(ASSESSMENTS, form).status_code == 500


@pytest.mark.parametrize("path", [ASSESSMENTS, BATCH])
@pytest.mark.parametrize(
    ("query", "where"),
    [("?answer=brief", "?answer"), ("?answer=", "?answer"), ("?canary=1", "?"), ("?profil=x", "?")],
)
def test_a_parameter_that_is_not_read_is_refused(path: str, query: str, where: str) -> None:
    kind = "application/json" if path == ASSESSMENTS else "application/x-ndjson"
    answer = app_with().test_client().post(path + query, data=b"{}", content_type=kind)
    assert answer.status_code == 422
    assert answer.get_json()["where"] == where
    assert "canary" not in answer.text


def test_the_short_answer_is_json_alone() -> None:
    client = app_with().test_client()
    answer = client.post(
        f"{ASSESSMENTS}?answer=short", json=FORM, headers={"Accept": "application/fhir+json"}
    )
    assert answer.status_code == 406
