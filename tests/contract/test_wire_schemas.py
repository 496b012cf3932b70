"""Every answer keeps the schema that describes it, and the schemas refuse what they should."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from marshmallow import ValidationError

from app import EXAMPLES, SHARED, app_with, example, post, view
from cobalamin.schemas.answer import AssessmentSchema
from cobalamin.schemas.cards import CdsAnswerSchema
from cobalamin.schemas.error_shapes import OperationOutcomeSchema, ProblemSchema
from cobalamin.service.settings import Mode

Json = dict[str, Any]
ANSWERS, ASSESSMENTS = CdsAnswerSchema(), AssessmentSchema()
HOOKS = sorted((SHARED / "cds-hooks").glob("*.json"))
NONE = [pytest.param(None, marks=pytest.mark.skip(reason="the shared data are not here"))]
MUSCLE = {
    "patient": {"id": "1", "age": 70, "sex": "male"},
    "results": [
        {"analyte": "b12_total", "value": 150, "unit": "ng/L", "comparator": "<"},
        {"analyte": "b12_total", "value": 450, "unit": "ng/L", "date": "2026-09-18"},
        {"analyte": "intrinsic_factor_antibody", "value": "positive"},
        {"analyte": "egfr", "value": 20, "unit": "mL/min/{1.73_m2}"},
        {"analyte": "haemoglobin", "value": 90, "unit": "g/L"},
        {"analyte": "mcv", "value": 118, "unit": "fL", "referenceRange": {"high": 100}},
        {"analyte": "mma", "value": 1, "unit": "bananas"},
    ],
    "features": [
        {"code": "muscle_cramp", "bodySite": "legs", "intermittent": True},
        {"code": "ataxia", "progressive": True, "objective": True, "onset": "2026-10"},
    ],
    "history": [
        {"code": "metformin", "since": "2019", "dose": {"value": 2, "unit": "g/d"}},
        {"code": "cobalamin_allergy"},
    ],
}
_exact = msgspec.json.Decoder(Json, float_hook=Decimal)
FORMS: dict[str, Json] = {
    "nothing": {},
    "the example": example("assessment.json"),
    "everything": MUSCLE,
    "a child": {"patient": {"age": 9}},
    "nitrous oxide": {**MUSCLE, "results": [], "history": [{"code": "nitrous_oxide_recreational"}]},
}


def exact(data: bytes) -> Json:
    """JSON with the digits that were sent."""
    return _exact.decode(data)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("query", ["", "?profile=us-aafp"])
def test_an_assessment_keeps_its_schema(form: Json, query: str) -> None:
    answer = post(f"/v1/assessments{query}", form)
    assert answer.status_code == 200
    ASSESSMENTS.load(exact(answer.data))


def test_an_assessment_by_a_site_keeps_its_schema() -> None:
    answer = post("/v1/assessments", MUSCLE, site=EXAMPLES / "site.toml")
    ASSESSMENTS.load(exact(answer.data))


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("site", [None, EXAMPLES / "site.toml"])
def test_an_answer_to_an_ehr_keeps_its_schema(mode: Mode, site: Path | None) -> None:
    answer = view(example("patient-view.json"), mode=mode, site=site)
    assert answer.status_code == 200
    loaded = ANSWERS.load(answer.get_json())
    assert ("site" in loaded["extension"]["assessment"]["knowledge"]) is (site is not None)


def test_a_card_about_what_is_missing_keeps_its_schema() -> None:
    body = example("patient-view.json")
    body["prefetch"] = dict.fromkeys(body["prefetch"])
    answer = view(body, show_unavailable=True, public_url="https://b12.example.org")
    assert len(ANSWERS.load(answer.get_json())["cards"]) == 1


@pytest.mark.parametrize("file", [pytest.param(file, id=file.stem) for file in HOOKS] or NONE)
def test_answers_to_requests_of_others_keep_a_schema(file: Path) -> None:
    answer = view(file.read_bytes())
    body = answer.get_json(force=True)
    schema = ANSWERS if answer.status_code == 200 else OperationOutcomeSchema()
    schema.load(body)


def test_errors_keep_their_schemas() -> None:
    ProblemSchema().load(post("/v1/assessments", {"colour": 1}).get_json(force=True))
    ProblemSchema().load(app_with().test_client().get("/none").get_json(force=True))
    OperationOutcomeSchema().load(view({}).get_json(force=True))


# --- the schemas can say no


def _unknown_member(card: Json) -> None:
    card["colour"] = "red"


def _long_summary(card: Json) -> None:
    card["summary"] = "x" * 140


def _no_topic(card: Json) -> None:
    del card["source"]["topic"]


def _topic_with_a_dash(card: Json) -> None:
    card["source"]["topic"]["code"] = "b12-deficiency"


def _choice_without_a_rule(card: Json) -> None:
    del card["selectionBehavior"]


def _rule_without_a_choice(card: Json) -> None:
    del card["suggestions"]


def _several_of_which_one_may_be_taken(card: Json) -> None:
    card["selectionBehavior"] = "at-most-one"
    for suggestion in card["suggestions"]:
        suggestion["isRecommended"] = True


def _no_suggestion(card: Json) -> None:
    card["suggestions"] = []


def _hard_stop(card: Json) -> None:
    card["indicator"] = "hard-stop"


def _reason_without_words(card: Json) -> None:
    del card["overrideReasons"][0]["display"]


def _action_without_words(card: Json) -> None:
    card["suggestions"][0]["actions"][0]["description"] = ""


def _deletion(card: Json) -> None:
    card["suggestions"][0]["actions"][0]["type"] = "delete"


@pytest.mark.parametrize(
    "spoil",
    [
        _unknown_member,
        _long_summary,
        _no_topic,
        _topic_with_a_dash,
        _choice_without_a_rule,
        _rule_without_a_choice,
        _several_of_which_one_may_be_taken,
        _no_suggestion,
        _hard_stop,
        _reason_without_words,
        _action_without_words,
        _deletion,
    ],
)
def test_a_card_that_breaks_the_specification_is_refused(spoil: Callable[[Json], None]) -> None:
    answer = view(example("patient-view.json")).get_json()
    ANSWERS.load(answer)
    spoil(answer["cards"][0])
    with pytest.raises(ValidationError):
        ANSWERS.load(answer)


def test_an_answer_without_its_extension_is_refused() -> None:
    with pytest.raises(ValidationError):
        ANSWERS.load({"cards": []})


@pytest.mark.parametrize("member", sorted(ASSESSMENTS.fields))
def test_no_member_of_an_assessment_may_be_missing(member: str) -> None:
    answer = exact(post("/v1/assessments", MUSCLE).data)
    del answer[member]
    with pytest.raises(ValidationError):
        ASSESSMENTS.load(answer)
