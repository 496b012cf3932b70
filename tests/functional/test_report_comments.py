"""The comment on a laboratory report through POST /v1/assessments, as JSON and as text."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from app import app_with

WEEK = "2026-11-18"
ADULT = {"age": 50, "sex": "female"}


def result(analyte: str, value: object, unit: str | None = None, **more: object) -> dict[str, Any]:
    entry = {"analyte": analyte, "value": value, "date": WEEK, **more}
    return entry if unit is None else {**entry, "unit": unit}


def ask(form: dict[str, Any], accept: str) -> TestResponse:
    body = {"patient": {**ADULT, **form.get("patient", {})}}
    answer = (
        app_with()
        .test_client()
        .post("/v1/assessments", json={**form, **body}, headers={"Accept": accept})
    )
    assert answer.status_code == 200, answer.text
    return answer


B12 = result("b12_total", 150, "ng/L")
MIDDLE = result("b12_total", 250, "ng/L")
ENOUGH = result("b12_total", 600, "ng/L")
STORIES: list[tuple[str, dict[str, Any], str, str]] = [
    (
        "low, a vegan",
        {"results": [B12], "history": [{"code": "vegan_diet"}]},
        "deficient",
        (
            "This vitamin B12 level makes a deficiency likely, perhaps through a vegan diet. "
            "Treatment is suggested at the next appointment, with full blood count and folate."
        ),
    ),
    (
        "indeterminate, nothing else",
        {"results": [MIDDLE]},
        "indeterminate",
        (
            "This vitamin B12 level is borderline and not decisive alone. A further test "
            "helps only where there are symptoms or risk factors."
        ),
    ),
    (
        "indeterminate on metformin, no MMA",
        {"results": [MIDDLE], "history": [{"code": "metformin"}]},
        "indeterminate",
        (
            "This vitamin B12 level is borderline and not decisive alone. Suggested next, "
            "at the next appointment: methylmalonic acid (MMA)."
        ),
    ),
    (
        "indeterminate, MMA normal",
        {"results": [MIDDLE, result("mma", 150, "nmol/L")]},
        "indeterminate-mma-normal",
        (
            "Methylmalonic acid (MMA) is not raised, which makes a vitamin B12 deficiency less "
            "likely. A repeat in 3 to 6 months is suggested if symptoms last."
        ),
    ),
    (
        "indeterminate, MMA raised behind reduced kidneys",
        {
            "results": [
                MIDDLE,
                result("mma", 550, "nmol/L"),
                result("egfr", 25, "mL/min/{1.73_m2}"),
            ]
        },
        "mma-kidney",
        (
            "Methylmalonic acid (MMA) is raised, but reduced kidney function alone can cause that. "
            "Suggested next, at the next appointment: active vitamin B12."
        ),
    ),
    (
        "functional, by nitrous oxide behind a high level, with signs",
        {
            "results": [result("b12_total", 1322, "ng/L")],
            "features": [{"code": "numbness", "progressive": True}, {"code": "vibration_loss"}],
            "history": [{"code": "nitrous_oxide_recreational"}],
        },
        "functional-nitrous-oxide",
        (
            "Nitrous oxide inactivates vitamin B12, so deficiency is likely whatever the level. "
            "For the nerve findings, injections and a neurology opinion are suggested this week. "
            "Treatment works only if nitrous oxide is no longer used."
        ),
    ),
    (
        "on treatment",
        {"results": [ENOUGH], "history": [{"code": "b12_replacement_parenteral"}]},
        "on-treatment",
        (
            "During vitamin B12 treatment the level says little about its effect. Symptoms and the "
            "blood count are the better guide, with review suggested at the next appointment."
        ),
    ),
    (
        "high, with tingling",
        {"results": [result("b12_total", 1500, "ng/L")], "features": [{"code": "paraesthesia"}]},
        "high-b12",
        (
            "A high vitamin B12 level does not reassure about the nervous system. A search for its "
            "source is suggested at the next appointment."
        ),
    ),
    (
        "low in pregnancy",
        {"patient": {"pregnant": True, "gestationWeeks": 20}, "results": [B12]},
        "pregnancy",
        (
            "Total vitamin B12 falls in normal pregnancy and is not decisive alone. Active "
            "vitamin B12 is suggested at the next appointment before deciding, with a review in "
            "1 month."
        ),
    ),
    (
        "total and active disagree",
        {"results": [B12, result("b12_active", 120, "pmol/L")]},
        "discordant",
        (
            "Total and active vitamin B12 disagree, so neither decides alone. Suggested next, at "
            "the next appointment: methylmalonic acid (MMA)."
        ),
    ),
    (
        "severe blood picture, iron deficiency hides the large cells",
        {
            "results": [
                result("b12_total", 30, "ng/L", comparator="<"),
                result("haemoglobin", 5.9, "g/dL"),
                result("mcv", 87, "fL"),
                result("rdw", 30.7, "%"),
                result("ferritin", 8, "ug/L"),
            ]
        },
        "deficient",
        (
            "This vitamin B12 level makes a deficiency likely. Haematology advice and injections "
            "are suggested today for this severely changed blood count. Iron deficiency can hide "
            "the large cells of B12 deficiency."
        ),
    ),
    (
        "folate low before vitamin B12 is known",
        {"results": [result("folate_serum", 4, "nmol/L")]},
        "folate-before-b12",
        (
            "Folate is low or folic acid recorded while vitamin B12 is not settled. Suggested "
            "at the next appointment, before treatment-dose folic acid: vitamin B12. Folic acid "
            "alone corrects the blood, not the nerves."
        ),
    ),
]


@pytest.mark.parametrize(
    ("form", "code", "text"), [story[1:] for story in STORIES], ids=[story[0] for story in STORIES]
)
def test_a_story_gets_its_comment(form: dict[str, Any], code: str, text: str) -> None:
    body = ask(form, "application/json").get_json()
    assert body["comment"] == {"code": code, "text": text, "authorisation": "required"}
    assert body["workList"] is None
    answer = ask(form, "text/plain")
    assert answer.text == text
    assert answer.mimetype == "text/plain"
    assert answer.headers["Cobalamin-Comment"] == code
    assert answer.headers["Cobalamin-Authorisation"] == "required"
    assert answer.headers["Cobalamin-Outcome"] == body["outcome"]
    assert "Cobalamin-Work-List" not in answer.headers


@pytest.mark.parametrize(
    ("form", "outcome", "held"),
    [
        ({"results": [ENOUGH]}, "no-advice", None),
        ({}, "no-advice", None),
        ({"results": [result("b12_total", 98, "pg/dL")]}, "not-assessable", "result-refused"),
        (
            {"patient": {"age": 10}, "results": [ENOUGH]},
            "not-assessable",
            "paediatric-not-supported",
        ),
        ({"results": [B12, result("mma", 5, "mg/L")]}, "advice", "result-refused"),
    ],
)
def test_without_a_comment_the_text_is_empty_and_a_header_says_why(
    form: dict[str, Any], outcome: str, held: str | None
) -> None:
    body = ask(form, "application/json").get_json()
    assert (body["outcome"], body["comment"]) == (outcome, None)
    assert (body["workList"] or {}).get("code") == held
    answer = ask(form, "text/plain")
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["Cobalamin-Comment"] == "none"
    assert answer.headers.get("Cobalamin-Work-List") == held
    assert answer.headers["Cobalamin-Outcome"] == outcome
    assert "Cobalamin-Authorisation" not in answer.headers


def test_a_work_list_reason_is_said_in_words_without_a_value() -> None:
    form = {"results": [result("b12_total", 98, "pg/dL")]}
    held = ask(form, "application/json").get_json()["workList"]
    assert "could not be used" in held["text"]
    assert "98" not in held["text"]


@pytest.mark.parametrize(
    ("accept", "mimetype"),
    [
        ("*/*", "application/json"),
        ("text/plain, application/json;q=0.5", "text/plain"),
        ("text/plain;q=0.5, application/json", "application/json"),
        ("text/*", "text/plain"),
    ],
)
def test_the_caller_chooses_the_form_of_the_answer(accept: str, mimetype: str) -> None:
    assert ask({"results": [B12]}, accept).mimetype == mimetype


def test_a_fault_is_a_problem_also_where_text_was_asked_for() -> None:
    client = app_with().test_client()
    answer = client.post("/v1/assessments", json={"x": 1}, headers={"Accept": "text/plain"})
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")


def test_a_header_of_the_text_has_the_codes_of_the_notes() -> None:
    assert "Cobalamin-Notes" not in ask({"results": [B12]}, "text/plain").headers
    refused = ask({"results": [result("b12_total", 98, "pg/dL")]}, "text/plain")
    assert refused.headers["Cobalamin-Notes"] == "unit-not-read"
