"""Rules of R4 that the structure of a resource does not show, over the answers of every story."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from stories import STORIES

from app import post
from entry_points import FHIR, as_bundle, as_call, ask

Json = dict[str, Any]
VIEW = "/cds-services/b12-patient-view"


def answer_to(story: str) -> list[Json]:
    body = ask("/fhir/$b12-assess", as_bundle(STORIES[story]), FHIR).get_json(force=True)
    return [entry["resource"] for entry in body["entry"]]


def texts(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        for value in node.values():
            yield from texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from texts(value)
    elif isinstance(node, str):
        yield node


@pytest.mark.parametrize("story", STORIES)
def test_a_string_of_fhir_holds_no_markdown(story: str) -> None:
    for resource in answer_to(story):
        for text in texts(resource):
            assert "**" not in text
            assert "\\" not in text
            assert "](" not in text


PROFILES = ("uk-nice", "us-aafp")
HOOKS = ("order-select", "order-sign")


def drafts_of(story: str, profile: str) -> Iterator[tuple[str, list[Json]]]:
    """The draft orders of each suggestion of the card of a story, with its label."""
    whole = post(VIEW, as_call(STORIES[story]), profile=profile).get_json()
    for card in whole["cards"]:
        for one in card.get("suggestions", []):
            yield one["label"], [action["resource"] for action in one["actions"]]


def with_drafts(story: str, drafts: list[Json], hook: str) -> Json:
    """The chart of the story when the drafts have been applied and are chosen or signed."""
    sent = [{**draft, "id": f"accepted-{place}"} for place, draft in enumerate(drafts)]
    call = as_call(STORIES[story])
    entries = [{"resource": draft} for draft in sent]
    call["context"]["draftOrders"] = {"resourceType": "Bundle", "entry": entries}
    if hook == "order-select":
        named = [f"{draft['resourceType']}/{draft['id']}" for draft in sent]
        call["context"]["selections"] = named
    return {**call, "hook": hook}


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("story", STORIES)
def test_no_card_speaks_against_a_draft_that_was_accepted(story: str, profile: str) -> None:
    for label, drafts in drafts_of(story, profile):
        for some in (*([draft] for draft in drafts), drafts):
            for hook in HOOKS:
                call = with_drafts(story, some, hook)
                answer = post(f"/cds-services/b12-{hook}", call, profile=profile)
                assert answer.status_code == 200
                assert answer.get_json()["cards"] == [], f"{label}, {hook}"


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("story", STORIES)
def test_all_drafts_of_a_card_may_be_signed_together(story: str, profile: str) -> None:
    """Products that are alternatives of each other apart: the first of them is taken."""
    drafts = [draft for _, some in drafts_of(story, profile) for draft in some]
    answer = post(
        "/cds-services/b12-order-sign", with_drafts(story, drafts, "order-sign"), profile=profile
    )
    assert answer.get_json()["cards"] == []


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("story", STORIES)
def test_a_draft_order_has_priority_reason_and_a_code_with_form_and_route(
    story: str, profile: str
) -> None:
    for label, drafts in drafts_of(story, profile):
        for draft in drafts:
            if draft["resourceType"] == "NutritionOrder":
                continue
            assert draft["priority"] in ("routine", "urgent", "asap"), label
            assert draft.get("reasonCode") or draft.get("reasonReference"), label
            if draft["resourceType"] == "MedicationRequest":
                assert draft["medicationCodeableConcept"]["coding"], label
                assert all("route" in one for one in draft["dosageInstruction"]), label


def test_the_stories_try_every_kind_of_draft() -> None:
    kinds = Counter(
        draft["resourceType"]
        for story in STORIES
        for profile in PROFILES
        for _, drafts in drafts_of(story, profile)
        for draft in drafts
    )
    assert kinds["MedicationRequest"] > 8
    assert kinds["ServiceRequest"] > 40


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("story", STORIES)
def test_what_an_order_in_force_holds_is_not_offered_again(story: str, profile: str) -> None:
    for _, drafts in drafts_of(story, profile):
        taken = [
            {**draft, "id": f"o{place}", "status": "active", "intent": "order"}
            for place, draft in enumerate(drafts)
            if draft["resourceType"] == "MedicationRequest"
        ]
        if not taken:
            continue
        call = as_call(STORIES[story])
        entries = [{"resource": one} for one in taken]
        call["prefetch"]["medications"] = {"resourceType": "Bundle", "entry": entries}
        (given,) = {one["medicationCodeableConcept"]["text"] for one in taken}
        for card in post(VIEW, call, profile=profile).get_json()["cards"]:
            for one in card.get("suggestions", []):
                for action in one["actions"]:
                    offered = action["resource"].get("medicationCodeableConcept", {})
                    assert offered.get("text") != given, one["label"]
