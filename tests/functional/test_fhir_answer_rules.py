"""Rules of R4 that the structure of a resource does not show, over the answers of every story."""

from collections.abc import Iterator
from typing import Any

import pytest
from stories import STORIES

from app import example, post, view
from entry_points import FHIR, as_bundle, ask
from orders import order_call

Json = dict[str, Any]


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


@pytest.mark.parametrize("hook", ["order-select", "order-sign"])
def test_no_card_speaks_against_a_draft_that_was_accepted(hook: str) -> None:
    (card,) = view(example("patient-view.json")).get_json()["cards"]
    drafts = [action["resource"] for one in card["suggestions"] for action in one["actions"]]
    assert len(drafts) > 3
    for draft in drafts:
        sent = {**draft, "id": "accepted"}
        chosen: Json = {}
        if hook == "order-select":
            chosen = {"selections": [f"{draft['resourceType']}/accepted"]}
        answer = post(f"/cds-services/b12-{hook}", order_call(sent, hook=hook, **chosen))
        assert answer.status_code == 200
        assert answer.get_json()["cards"] == []
