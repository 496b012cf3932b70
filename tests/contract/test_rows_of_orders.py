"""Requirements of CDS Hooks for the order hooks, by their row number, and drafts as they come."""

import json
from typing import Any

import pytest

from app import KEY, example, post
from cobalamin.fhir.readers.draft_orders import OVER
from cobalamin.service.settings import Mode
from contract_checks import check_answer
from orders import answer, ask, daily, folic_acid, medicine, order_call, reasons, subject

METFORMIN = ("6809", "rxnorm")
FOLATE_FIRST = ["order-folic-acid-first"]
CONCEPT = {"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "4511"}]}


def cards_of(body: dict[str, Any], **settings: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    whole = answer(body, **settings)
    check_answer(whole)
    found: list[dict[str, Any]] = whole["cards"]
    return found


# --- the call


@pytest.mark.parametrize("hook", ["order-select", "order-sign"])
def test_row_037_the_drafts_are_required(hook: str) -> None:
    body = order_call(folic_acid(), hook=hook)
    broken: object
    for broken in (None, [], "x"):
        body["context"]["draftOrders"] = broken
        found = ask(body)
        assert found.status_code == 400
        assert found.get_json()["issue"][0]["expression"] == ["context.draftOrders"]
    del body["context"]["draftOrders"]
    assert ask(body).status_code == 400


@pytest.mark.parametrize("selections", [None, "MedicationRequest/folate", [1], {}])
def test_row_037_selections_are_a_list_of_references(selections: object) -> None:
    found = ask(order_call(folic_acid(), hook="order-select", selections=selections))
    assert found.status_code == 400
    assert found.get_json()["issue"][0]["expression"] == ["context.selections"]


def test_row_045_another_hook_is_refused() -> None:
    body = order_call(folic_acid())
    body["hook"] = "patient-view"
    assert ask(body | {"hook": "order-sign"}).status_code == 200
    assert post("/cds-services/b12-order-sign", body).status_code == 400


@pytest.mark.parametrize(
    ("service", "hook", "member"),
    [
        ("b12-order-select", "medication-prescribe", "medications"),
        ("b12-order-sign", "order-review", "orders"),
    ],
)
def test_row_046_former_names_of_the_hooks_are_answered(
    service: str, hook: str, member: str
) -> None:
    body = order_call(folic_acid())
    body["context"][member] = body["context"].pop("draftOrders")
    found = post(f"/cds-services/{service}", body | {"hook": hook})
    assert found.status_code == 200
    assert reasons(found.get_json()) == FOLATE_FIRST


def test_row_038_another_patients_order_is_not_checked() -> None:
    whole = answer(order_call(folic_acid() | {"subject": {"reference": "Patient/other"}}))
    assert (whole["cards"], reasons(whole)) == ([], ["order-not-read"])
    assert "other-patient" in [note["code"] for note in whole["extension"][KEY]["notes"]]


def test_row_040_the_same_call_gives_the_same_cards_but_for_uuids() -> None:
    def bare(value: object) -> str:
        if isinstance(value, dict):
            return str({key: bare(inner) for key, inner in value.items() if key != "uuid"})
        return str([bare(v) for v in value]) if isinstance(value, list) else str(value)

    body = order_call(folic_acid(), medicine("b12", "11248", **daily(1, "mg")))
    assert bare(answer(body)) == bare(answer(body))


# --- the cards


def test_row_086_a_card_names_its_order() -> None:
    (card,) = cards_of(order_call(folic_acid()))
    assert card["summary"].startswith("Folic acid 5 mg: ")
    assert len(card["summary"]) <= 139


def test_row_097_row_098_a_delete_names_a_draft_of_the_call() -> None:
    (card,) = cards_of(order_call(folic_acid("f1")))
    deletes = [a for s in card["suggestions"] for a in s["actions"] if a["type"] == "delete"]
    assert [a["resourceId"] for a in deletes] == ["MedicationRequest/f1"]


def test_row_098_a_draft_without_an_id_is_not_taken_back() -> None:
    draft = folic_acid()
    del draft["id"]
    (card,) = cards_of(order_call(draft))
    assert {a["type"] for s in card["suggestions"] for a in s["actions"]} == {"create"}


@pytest.mark.parametrize("identity", ["a b", "<b>x</b>", "x" * 65, "[a](b)"])
def test_an_id_that_fhir_does_not_know_is_never_repeated(identity: str) -> None:
    whole = answer(order_call(folic_acid(identity)))
    assert reasons(whole) == FOLATE_FIRST
    assert identity not in json.dumps(whole)


def test_row_099_an_alternative_replaces_the_order_in_one_suggestion() -> None:
    (card,) = cards_of(order_call(medicine("tablets", "11248", **daily(1, "mg"))))
    (suggestion,) = card["suggestions"]
    assert [action["type"] for action in suggestion["actions"]] == ["create", "delete"]
    assert suggestion["isRecommended"] is True
    made = suggestion["actions"][0]["resource"]
    assert (made["resourceType"], made["status"]) == ("MedicationRequest", "draft")


def test_contract_3_three_cards_at_most() -> None:
    drafts = [folic_acid(f"f{number}") for number in range(5)]
    assert len(cards_of(order_call(*drafts))) == 3


def test_only_the_selections_are_asked_about() -> None:
    drafts = (folic_acid("f1"), folic_acid("f2"))
    body = order_call(*drafts, hook="order-select", selections=["MedicationRequest/f2"])
    (card,) = cards_of(body)
    deletes = [a for s in card["suggestions"] for a in s["actions"] if a["type"] == "delete"]
    assert [a["resourceId"] for a in deletes] == ["MedicationRequest/f2"]
    body["context"]["selections"] = []
    assert cards_of(body) == []


def test_a_selection_without_its_draft_is_said() -> None:
    body = order_call(folic_acid(), hook="order-select", selections=["MedicationRequest/x"])
    whole = answer(body)
    assert (whole["cards"], reasons(whole)) == ([], ["order-not-read"])
    assert whole["extension"][KEY]["outcome"] == "not-assessable"
    (card,) = cards_of(body, show_unavailable=True)
    assert "could not be read" in card["summary"]


def test_no_cards_for_a_patient_or_in_silent_mode() -> None:
    body = order_call(folic_acid())
    assert cards_of(body, mode=Mode.silent) == []
    body["context"]["userId"] = subject()
    assert cards_of(body) == []


def test_a_child_is_not_assessed_and_that_is_said() -> None:
    child = {**example("patient-view.json")["prefetch"]["patient"], "birthDate": "2018-01-01"}
    whole = answer(order_call(folic_acid(), patient=child))
    assert whole["cards"] == []
    assert reasons(whole) == ["paediatric-not-supported"]
    assert whole["extension"][KEY]["outcome"] == "not-assessable"


# --- drafts as they come


@pytest.mark.parametrize(
    "draft",
    [
        pytest.param({"category": {"text": "community"}}, id="category is no list"),
        pytest.param({"status": None, "intent": None}, id="neither status nor intent"),
        pytest.param({"status": "active"}, id="signed again"),
        pytest.param({"resourceType": "MedicationOrder"}, id="DSTU2"),
        pytest.param(
            {
                "medicationCodeableConcept": None,
                "medicationReference": {"reference": "#m"},
                "contained": [{"resourceType": "Medication", "id": "m", "code": CONCEPT}],
            },
            id="contained Medication",
        ),
        pytest.param(
            {"medicationCodeableConcept": None, "medication": {"concept": CONCEPT}}, id="R5"
        ),
    ],
)
@pytest.mark.parametrize("hook", ["order-select", "order-sign"])
def test_row_080_odd_drafts_are_read(draft: dict[str, object], hook: str) -> None:
    sent = {key: value for key, value in (folic_acid() | draft).items() if value is not None}
    assert reasons(answer(order_call(sent, hook=hook))) == FOLATE_FIRST


@pytest.mark.parametrize(
    "draft",
    [
        {"medicationCodeableConcept": None},
        {"medicationCodeableConcept": {"text": "as usual"}},
        {"medicationCodeableConcept": "folic acid"},
        {"dosageInstruction": 5, "status": ["draft"]},
    ],
)
def test_a_draft_that_names_nothing_is_said(draft: dict[str, object]) -> None:
    sent = {key: value for key, value in (folic_acid() | draft).items() if value is not None}
    whole = answer(order_call(sent))
    assert (whole["cards"], reasons(whole)) == ([], ["order-not-read"])


def test_a_bad_draft_costs_only_itself() -> None:
    bad: object
    for bad in (None, 5, {}, {"resourceType": "MedicationRequest", "id": 5}, {"a": []}):
        whole = answer(order_call(bad, folic_acid()))
        assert "order-folic-acid-first" in reasons(whole)


def notes_about_drafts(whole: dict[str, Any], element: str) -> list[dict[str, Any]]:
    notes = whole["extension"][KEY]["notes"]
    place = f"context.draftOrders.entry[0].resource.{element}"
    return [one for one in notes if one["where"] == place]


@pytest.mark.parametrize("status", sorted(OVER))
def test_an_order_that_is_over_is_not_asked_about(status: str) -> None:
    whole = answer(order_call(folic_acid() | {"status": status}))
    assert reasons(whole) == ["order-no-concern"]
    (said,) = notes_about_drafts(whole, "status")
    assert said["code"] in {"order-over", "status-withdrawn", "entered-in-error"}


def test_a_selected_order_that_is_over_is_not_missing() -> None:
    body = order_call(folic_acid() | {"status": "cancelled"}, hook="order-select")
    assert reasons(answer(body)) == ["order-no-concern"]


def test_an_order_not_to_do_something_is_none() -> None:
    whole = answer(order_call(folic_acid() | {"doNotPerform": True}))
    assert reasons(whole) == ["order-no-concern"]
    assert [one["code"] for one in notes_about_drafts(whole, "doNotPerform")] == ["order-not-to-do"]
    withheld = medicine("b12", "B03BA03", "atc", doNotPerform=True)
    held = answer(order_call(folic_acid(), withheld))
    assert reasons(held) == reasons(answer(order_call(folic_acid())))
    selected = answer(order_call(folic_acid() | {"doNotPerform": True}, hook="order-select"))
    assert reasons(selected) == ["order-no-concern"]


def test_a_medicine_beside_the_orders_is_found() -> None:
    draft = folic_acid() | {"medicationReference": {"reference": "Medication/m"}}
    del draft["medicationCodeableConcept"]
    product = {"resourceType": "Medication", "id": "m", "code": CONCEPT}
    assert reasons(answer(order_call(product, draft))) == FOLATE_FIRST


def test_metformin_without_a_level_asks_for_one() -> None:
    empty = {"resourceType": "Bundle", "type": "searchset", "total": 0}
    taken = medicine("r", *METFORMIN, status="active", authoredOn="2023-01-01")
    body = order_call(medicine("m", *METFORMIN), labs=empty, symptoms=empty, conditions=empty)
    body["prefetch"]["medications"] = empty
    assert cards_of(body) == []
    body["prefetch"]["medications"] = {**empty, "entry": [{"resource": taken}]}
    (card,) = cards_of(body)
    assert card["indicator"] == "info"
    assert card["summary"].startswith("Metformin: ")
    (suggestion,) = card["suggestions"]
    assert suggestion["actions"][0]["resource"]["code"]["coding"][0]["code"] == "2132-9"


@pytest.mark.parametrize("show_unavailable", [True, False])
def test_an_order_that_names_what_matters_and_is_not_read_gets_a_card(
    show_unavailable: bool,  # noqa: FBT001 - the setting
) -> None:
    local = {"system": "http://local", "code": "F1", "display": "Folic acid 5 mg tablets"}
    draft = folic_acid() | {"medicationCodeableConcept": {"coding": [local]}}
    whole = answer(order_call(draft), show_unavailable=show_unavailable)
    assert (reasons(whole), len(whole["cards"])) == (["order-not-read"], 1)
    assert "not checked" in whole["cards"][0]["summary"]
    assert "Folic acid 5 mg" not in str(whole)
