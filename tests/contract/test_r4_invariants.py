"""Every resource that the service makes keeps the invariants of FHIR R4, nested parts included."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from stories import STORIES

from app import EXAMPLES, ROOT, app_with, example, post, view
from assessments import PROFILES, get_profile, new_ids
from cobalamin.fhir.writer import samples
from cobalamin.service.answers.fhir_bundle import to_bundle
from cobalamin.service.answers.plain import encode
from entry_points import FHIR, as_bundle, ask
from r4_invariants import broken_by_resource, invariants
from step_rows import step_rows

Json = dict[str, Any]


def drafts_in(answer: Json) -> Iterator[Json]:
    for card in answer["cards"]:
        for suggestion in card.get("suggestions", []):
            for action in suggestion["actions"]:
                if "resource" in action:
                    yield action["resource"]


def check(resource: Json) -> None:
    broken = list(broken_by_resource(resource))
    assert not broken, f"{resource['resourceType']}: {broken}"


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("story", STORIES)
def test_the_answer_of_the_operation(story: str, profile: str) -> None:
    path = f"/fhir/$b12-assess?profile={profile}"
    check(ask(path, as_bundle(STORIES[story]), FHIR).get_json(force=True))


def test_the_answer_of_every_step() -> None:
    for profile_id, row, assessment in step_rows():
        profile = get_profile(profile_id)
        bundle = json.loads(encode(to_bundle(assessment, profile, new_ids())))
        broken = list(broken_by_resource(bundle))
        assert not broken, f"{row.place} {profile_id}: {broken}"


@pytest.mark.parametrize("profile", PROFILES)
def test_every_draft_order(profile: str) -> None:
    for _, draft in samples(get_profile(profile).wording):
        check(json.loads(encode(draft)))


def test_the_drafts_of_cards() -> None:
    drafts = list(drafts_in(view(example("patient-view.json")).get_json()))
    signing = post("/cds-services/b12-order-sign", example("order-sign.json"))
    drafts += drafts_in(signing.get_json())
    assert len(drafts) > 3
    for draft in drafts:
        check(draft)


def test_what_the_service_says_of_itself() -> None:
    client = app_with().test_client()
    for path in ("/fhir/metadata", "/fhir/OperationDefinition/b12-assess"):
        check(client.get(path).get_json(force=True))


def test_the_terminology() -> None:
    bundle = json.loads((ROOT / "docs" / "terminology.json").read_text("utf-8"))
    kinds = {entry["resource"]["resourceType"] for entry in bundle["entry"]}
    assert {"CodeSystem", "ValueSet"} <= kinds
    check(bundle)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/cds-services/b12-patient-view", b"{"),
        ("/cds-services/b12-patient-view", {}),
        ("/cds-services/none", {}),
        ("/fhir/$b12-assess", {"resourceType": "Patient"}),
        ("/fhir/$b12-assess?x=1", {"resourceType": "Bundle", "type": "collection"}),
    ],
)
def test_errors(path: str, body: object) -> None:
    answer = post(path, body).get_json(force=True)
    assert answer["resourceType"] == "OperationOutcome"
    check(answer)


# --- the check itself

GROUP = {"resourceType": "RequestGroup", "status": "draft", "intent": "proposal"}
ORDER = {
    "resourceType": "MedicationRequest",
    "status": "draft",
    "intent": "proposal",
    "medicationCodeableConcept": {"text": "x"},
    "subject": {"reference": "Patient/p1"},
}
TASK: Json = {"resource": {"reference": "urn:uuid:1"}}


def bundle_of(*entries: Json, **members: object) -> Json:
    return {"resourceType": "Bundle", "type": "collection", "entry": list(entries), **members}


def timed(**repeat: object) -> Json:
    return {**ORDER, "dosageInstruction": [{"timing": {"repeat": repeat}}]}


def dosed(**quantity: object) -> Json:
    rate = [{"doseRange": {"low": quantity}}]
    return {**ORDER, "dosageInstruction": [{"doseAndRate": rate}]}


def parameter(**members: object) -> Json:
    return {"resourceType": "Parameters", "parameter": [{"name": "a", "part": [members]}]}


BREAKING: dict[str, tuple[Json, str]] = {
    "an action with nothing": ({**GROUP, "action": [{"title": "a"}]}, "rqg-1"),
    "a nested action with both": (
        {**GROUP, "action": [{"action": [{**TASK, "action": [TASK]}]}]},
        "rqg-1",
    ),
    "a comparator of a simple quantity": (dosed(value=1, comparator="<"), "sqty-1"),
    "a code without a system": (dosed(value=1, code="mg"), "qty-3"),
    "a range that falls": (
        {
            **ORDER,
            "dosageInstruction": [
                {
                    "doseAndRate": [
                        {
                            "doseRange": {
                                "low": {
                                    "value": 2,
                                    "system": "http://unitsofmeasure.org",
                                    "code": "mg",
                                },
                                "high": {
                                    "value": 1,
                                    "system": "http://unitsofmeasure.org",
                                    "code": "mg",
                                },
                            }
                        }
                    ]
                }
            ],
        },
        "rng-2",
    ),
    "a period without a unit": (timed(period=1), "tim-2"),
    "a longest period alone": (timed(periodMax=3, periodUnit="mo"), "tim-6"),
    "a duration of nothing": (
        timed(boundsDuration={"value": 1, "system": "http://example.org", "code": "wk"}),
        "drt-1",
    ),
    "an empty element": ({**ORDER, "dosageInstruction": [{}]}, "ele-1"),
    "an empty list": ({**ORDER, "note": []}, "empty list"),
    "an empty text": ({**ORDER, "note": [{"text": ""}]}, "empty value"),
    "an extension with nothing": ({**ORDER, "extension": [{"url": "urn:x"}]}, "ext-1"),
    "a local reference to nothing": (
        {**ORDER, "reasonReference": [{"reference": "#none"}]},
        "ref-1",
    ),
    "a part of parameters with two values": (
        parameter(name="b", valueCode="x", resource=ORDER),
        "inv-1",
    ),
    "a part of parameters without a value": (parameter(name="b"), "inv-1"),
    "an entry with nothing": (bundle_of({"fullUrl": "urn:uuid:1"}), "bdl-5"),
    "two entries of one address": (
        bundle_of(*({"fullUrl": "urn:uuid:1", "resource": ORDER} for _ in range(2))),
        "bdl-7",
    ),
    "a total in a collection": (bundle_of({"resource": ORDER}, total=1), "bdl-1"),
    "a fault in a resource of an entry": (
        bundle_of({"resource": {**GROUP, "action": [{}]}}),
        "rqg-1",
    ),
    "an order detail without a code": (
        {"resourceType": "ServiceRequest", "orderDetail": [{"text": "x"}]},
        "prr-1",
    ),
    "a filter of nothing": (
        {"resourceType": "GuidanceResponse", "dataRequirement": [{"codeFilter": [{"code": []}]}]},
        "drq-1",
    ),
    "a parameter without a type": (
        {"resourceType": "OperationDefinition", "name": "A", "parameter": [{"name": "b"}]},
        "opd-1",
    ),
    "a statement of nothing": ({"resourceType": "CapabilityStatement", "name": "A"}, "cpb-1"),
    "a probability above 100": (
        {"resourceType": "RiskAssessment", "prediction": [{"probabilityDecimal": 101}]},
        "ras-2",
    ),
    "a value set that includes nothing": (
        {"resourceType": "ValueSet", "name": "A", "compose": {"include": [{"version": "1"}]}},
        "vsd-1",
    ),
    "a code twice": (
        {"resourceType": "CodeSystem", "name": "A", "concept": [{"code": "a"}, {"code": "a"}]},
        "csd-1",
    ),
}


@pytest.mark.parametrize("name", BREAKING)
def test_what_breaks_an_invariant_is_found(name: str) -> None:
    resource, expected = BREAKING[name]
    assert expected in " ".join(broken_by_resource(resource))


def test_a_member_that_r4_does_not_have_is_refused() -> None:
    with pytest.raises(KeyError):
        list(broken_by_resource({**ORDER, "medication": {"concept": {}}}))


def test_every_row_of_the_table_can_be_evaluated() -> None:
    assert len(invariants()) > 70
    for one in invariants():
        assert isinstance(one.holds({"id": "a"}, {"resource": {}, "rootResource": {}}), bool), (
            one.id
        )


def test_examples_of_the_documentation_keep_them_too() -> None:
    check(json.loads((EXAMPLES / "bundle.json").read_text("utf-8")))
