"""The twelve invariants of CDS Hooks fail on what breaks them, and every exchange meets them."""

import ast
import json
import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request

import invariants
from app import ROOT, app_with, example, view
from databases import migrated
from exchanges import check_exchange, checked, tolerated
from invariants import broken_by_answer, broken_by_feedback, broken_by_request

VIEW = "/cds-services/b12-patient-view"
TESTS = ROOT / "tests"
Json = dict[str, Any]


def access(**changes: object) -> Json:
    """A call with access to a FHIR server."""
    granted = {"access_token": "x", "scope": "patient/*.rs", "patient": "p1", **changes}
    return {"fhirServer": "https://ehr.example.org/fhir", "fhirAuthorization": granted}


def card(**changes: object) -> Json:
    """An answer of one card with everything that an invariant is about."""
    create = {"type": "create", "description": "Draft", "resource": {}}
    delete = {"type": "delete", "description": "Remove", "resourceId": "MedicationRequest/1"}
    made: Json = {
        "selectionBehavior": "at-most-one",
        "suggestions": [
            {"isRecommended": True, "actionSelectionBehavior": "all", "actions": [create, delete]},
            {"actions": [create]},
        ],
        "links": [{"type": "absolute"}, {"type": "smart", "appContext": "x"}],
        "overrideReasons": [{"display": "Refused"}],
    }
    return {"cards": [made | changes]}


def suggestion(**changes: object) -> Json:
    """The same with another second suggestion."""
    return card(suggestions=[{"isRecommended": True}, changes])


def item(**changes: object) -> Json:
    """An item of feedback."""
    taken = {"outcome": "accepted", "acceptedSuggestions": [{"id": "1"}]}
    return {**taken, "overrideReason": {"userComment": "x"}, **changes}


ONE, OTHER = "$.cards[0]", "$.cards[0].suggestions[1]"
BROKEN = [
    ("cds-r-1 at $", access() | {"fhirServer": None}),
    ("cds-r-1 at $", access() | {"fhirServer": ""}),
    ("cds-r-2 at $.fhirAuthorization", access(patient=None)),
    ("cds-r-2 at $.fhirAuthorization", access(patient="", scope="openid patient/Patient.read")),
    (f"cds-resp-1 at {ONE}", suggestion(isRecommended=True)),
    (f"cds-resp-2 at {OTHER}.actions[0]", suggestion(actions=[{"type": "delete"}])),
    (
        f"cds-resp-2 at {OTHER}.actions[0]",
        suggestion(actions=[{"type": "delete", "resourceId": "A/1", "resource": "A/1"}]),
    ),
    (f"cds-resp-3 at {ONE}.links[0]", card(links=[{"type": "absolute", "appContext": "x"}])),
    (f"cds-resp-4 at {ONE}.overrideReasons[0]", card(overrideReasons=[{"code": "x"}])),
    (f"cds-resp-5 at {OTHER}.actions[0]", suggestion(actions=[{"type": "create"}])),
    ("cds-resp-5 at $.systemActions[0]", {"cards": [], "systemActions": [{"type": "create"}]}),
    (f"cds-resp-6 at {ONE}", card(selectionBehavior=None)),
    (f"cds-resp-7 at {OTHER}", suggestion(actionSelectionBehavior="some")),
    ("cds-fb-1 at $", item(outcome="ignored")),
    ("cds-fb-2 at $", item(acceptedSuggestions=[])),
    ("cds-fb-3 at $.overrideReason", item(overrideReason={"reason": None})),
]


def broken(name: str, body: Json) -> list[str]:
    if name.startswith("cds-resp"):
        return list(broken_by_answer(body))
    return list((broken_by_request if name.startswith("cds-r") else broken_by_feedback)(body))


@pytest.mark.parametrize(("expected", "body"), BROKEN, ids=[told for told, _ in BROKEN])
def test_an_invariant_fails_on_what_breaks_it(expected: str, body: Json) -> None:
    assert expected in broken(expected.partition(" ")[0], body)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("cds-r-1", access()),
        ("cds-r-1", {"fhirAuthorization": "no object"}),
        ("cds-r-2", access(scope="user/*.rs", patient=None)),
        ("cds-r-2", access(scope=7, patient=None)),
        ("cds-resp-1", card()),
        ("cds-resp-1", card(selectionBehavior="any", suggestions=[{"isRecommended": True}] * 2)),
        ("cds-resp-6", card(suggestions=[], selectionBehavior=None)),
        ("cds-fb-1", item()),
        ("cds-fb-2", {"outcome": "overridden"}),
        ("cds-fb-3", item(overrideReason={"reason": {"code": "x"}})),
    ],
)
def test_what_keeps_the_invariants_breaks_none(name: str, body: Json) -> None:
    assert broken(name, body) == []


def test_there_are_twelve_and_each_is_tried() -> None:
    own = {n.replace("_", "-") for n in vars(invariants) if re.match(r"cds_[a-z]+_\d", n)}
    groups = [found for found in vars(invariants).values() if isinstance(found, dict)]
    walked = {name for group in groups for name in group if str(name).startswith("cds-")}
    assert own == walked == {told.partition(" ")[0] for told, _ in BROKEN}
    assert len(own) == 12


# --- every exchange meets them


def spoilt(member: str, value: object) -> bytes:
    """What the service really answered, with one member of its card changed."""
    answer = deepcopy(view(example("patient-view.json")).get_json())
    answer["cards"][0][member] = value
    return json.dumps(answer).encode()


SENT = json.dumps(example("patient-view.json")).encode()


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("links", [{"type": "absolute", "appContext": "x", "label": "x", "url": "https://x"}]),
        ("selectionBehavior", None),
        ("overrideReasons", [{"code": "patient-refuses"}]),
        ("extension", {"org.example": []}),
        ("suggestions", []),
        ("summary", "x" * 140),
    ],
)
def test_an_answer_that_breaks_a_promise_fails_the_test_that_got_it(
    member: str, value: object
) -> None:
    spoils = checked(Flask("spoils"))
    spoils.post(VIEW)(lambda: spoilt(member, value))
    with pytest.raises(AssertionError):
        spoils.test_client().post(VIEW, data=SENT)


def test_a_draft_for_another_patient_fails_the_test_that_got_it() -> None:
    other = example("patient-view.json")
    other["context"]["patientId"] = "other"
    answered = view(example("patient-view.json")).data
    check_exchange(VIEW, SENT, answered)
    with pytest.raises(AssertionError):
        check_exchange(VIEW, json.dumps(other).encode(), answered)


def test_a_call_that_breaks_an_invariant_says_so_in_its_test() -> None:
    call = {**example("patient-view.json"), **access(patient=None)}
    with pytest.raises(AssertionError, match="cds-r-2"):
        view(call)
    with tolerated("cds-r-2"):
        assert view(call).status_code == 200


def test_feedback_that_is_taken_meets_them_too() -> None:
    told = {"card": "c1", "outcome": "overridden", "outcomeTimestamp": "2026-11-20T10:15:30Z"}
    client = app_with(database_url=migrated()).test_client()
    for taken in (told, {**told, "overrideReason": {"userComment": "x"}}):
        assert client.post(f"{VIEW}/feedback", json={"feedback": [taken]}).status_code == 200
    with pytest.raises(AssertionError, match="cds-fb-3"):
        client.post(f"{VIEW}/feedback", json={"feedback": [{**told, "overrideReason": {}}]})


def test_what_the_service_sends_is_never_excused() -> None:
    with pytest.raises(AssertionError), tolerated("cds-resp-1"):
        view(example("patient-view.json"))


def test_the_wrapped_application_is_asked_as_it_would_be_without() -> None:
    echo = checked(Flask("echo"))
    echo.post("/cds-services/x")(lambda: (request.get_data(), 418, {"X-Kept": "1"}))
    answer = echo.test_client().post("/cds-services/x", data=b"sent")
    assert (answer.status_code, answer.data, answer.headers["X-Kept"]) == (418, b"sent", "1")


# --- no exchange gets round it


def sources() -> list[Path]:
    return [file for file in TESTS.rglob("*.py") if "bench" not in file.parts]


def test_applications_are_made_in_one_place() -> None:
    def imports(file: Path) -> set[str]:
        nodes = ast.walk(ast.parse(file.read_text("utf-8")))
        found = [node for node in nodes if isinstance(node, ast.ImportFrom)]
        return {alias.name for node in found for alias in node.names} & {"create_app", "wsgi"}

    assert [file.name for file in sources() if imports(file)] == ["app.py"]


def test_who_asks_a_server_of_its_own_hands_the_exchange_over() -> None:
    asking = re.compile(r"\burlopen\(|\bHTTPConnection\(")
    hooks = re.compile(r"/cds-services|\bVIEW\b")
    for file in sources():
        text = file.read_text("utf-8")
        if asking.search(text) and hooks.search(text) and file.name != Path(__file__).name:
            assert "check_exchange(" in text, file.name
