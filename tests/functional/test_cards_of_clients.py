"""What real clients send is answered with cards that do not contradict themselves.

The recorded calls are in the shared data; where these are not there, the calls of the same shapes
that `client_bodies.py` makes are checked alone.
"""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from app import SHARED, post
from assessments import get_profile
from client_bodies import BODIES, NERVES, ordering
from cobalamin.fhir.prefetch import read_prefetch
from cobalamin.service.rules.model.vocabulary import History

Json = dict[str, Any]
RECORDED = sorted(
    file for file in (SHARED / "clients").glob("*.json") if not file.stem.endswith("_feedback")
)
NONE = [pytest.param(None, marks=pytest.mark.skip(reason="the shared data are not here"))]
INTERVAL = re.compile(r"every \d+(?: to \d+)? (?:day|week|month)s?|every (?:week|month)")
REVIEW = re.compile(r"[Rr]eview (?:in|within|at|after) ")
DOSE = re.compile(r"(\d+(?:\.\d+)?) ?(mg|mcg|ug|µg|micrograms?)\b", re.IGNORECASE)
B12 = ("cobalamin", "vitamin b12")
GIVEN = {
    History.b12_replacement_parenteral: "78421000",
    History.b12_replacement_oral: "26643006",
}


def profile_of(name: str) -> str:
    return "us-aafp" if name.startswith("us-") else "uk-nice"


def answer(name: str, body: Json) -> Json:
    path = f"/cds-services/b12-{body['hook']}"
    found = post(path, body, profile=profile_of(name), show_unavailable=True)
    assert found.status_code == 200, found.text
    whole: Json = found.get_json()
    return whole


def part_of(detail: str, title: str) -> str:
    """One part of a detail; empty where it is absent."""
    parts = detail.split("\n\n")
    return next((one for one in parts if one.startswith(f"**{title}**")), "")


def micrograms(text: str) -> set[Decimal]:
    return {
        Decimal(number) * (1000 if unit.lower() == "mg" else 1)
        for number, unit in DOSE.findall(text)
    }


def recorded_doses(body: Json, name: str) -> set[Decimal]:
    """Every dose or strength that was sent, as text or quantity or by the code of a product."""
    codes = get_profile(profile_of(name)).codes
    found = micrograms(json.dumps(body, ensure_ascii=False))
    for node in nodes(body):
        if "code" in node and "value" in node:
            found |= micrograms(f"{node['value']} {node['code']}")
        if isinstance(node.get("code"), str):
            meaning = codes.find(node.get("system"), node["code"])
            for one in () if meaning is None else meaning.ingredients:
                if one.strength is not None:
                    amount = one.strength.amount
                    found |= micrograms(f"{amount.value} {amount.unit}")
    return found


def nodes(value: object) -> Iterator[Json]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from nodes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from nodes(inner)


def given_now(body: Json, name: str) -> set[str]:
    """The routes by which the record says that vitamin B12 is given."""
    profile = get_profile(profile_of(name))
    lists = {key: msgspec.Raw(json.dumps(value)) for key, value in body["prefetch"].items()}
    read = read_prefetch(
        lists, body["context"]["patientId"], profile.codes, profile.knowledge.units
    )
    return {GIVEN[one.code] for one in read.facts.courses if one.code in GIVEN}


def check(name: str, body: Json) -> None:
    whole = answer(name, body)
    recorded, given = recorded_doses(body, name), given_now(body, name)
    for card in whole["cards"]:
        detail = card["detail"]
        assert len(set(INTERVAL.findall(part_of(detail, "Do")))) <= 1, detail
        assert len(REVIEW.findall(detail)) <= 1, detail
        said = f"{card['summary']} {part_of(detail, 'Because')}"
        assert micrograms(said) <= recorded, f"{said}: {recorded}"
        for suggestion in card.get("suggestions", []):
            creates = [one for one in suggestion["actions"] if one["type"] == "create"]
            if suggestion["isRecommended"]:
                check_not_given(creates, given)


def check_not_given(creates: list[Json], given: set[str]) -> None:
    """No order for vitamin B12 by a route by which it is given already."""
    for action in creates:
        draft = action["resource"]
        text = draft.get("medicationCodeableConcept", {}).get("text", "").lower()
        if any(word in text for word in B12):
            routes = {
                coding["code"]
                for dosage in draft["dosageInstruction"]
                for coding in dosage["route"]["coding"]
            }
            assert not routes & given, text


@pytest.mark.parametrize("name", BODIES)
def test_cards_for_the_shapes_of_clients(name: str) -> None:
    check(name, BODIES[name])


@pytest.mark.parametrize("file", [pytest.param(f, id=f.stem) for f in RECORDED] or NONE)
def test_cards_for_recorded_calls(file: Any) -> None:  # noqa: ANN401 - a path, or skipped
    check(file.stem, json.loads(file.read_text("utf-8")))


@pytest.mark.parametrize("hook", ["order-select", "order-sign"])
@pytest.mark.parametrize("profile", ["uk-nice", "us-aafp"])
def test_what_a_client_makes_of_an_accepted_suggestion_gets_no_card(
    profile: str, hook: str
) -> None:
    """It keeps its own dosage, in pills, and takes the medicine of the draft."""
    name = "us-" if profile == "us-aafp" else ""
    taken = [
        action["resource"]["medicationCodeableConcept"]
        for body in ("folic acid chosen", "tablets signed")
        for card in answer(name, BODIES[body])["cards"]
        for suggestion in card["suggestions"]
        for action in suggestion["actions"]
        if action["type"] == "create"
    ]
    assert len(taken) == 2
    for concept in taken:
        assert answer(name, ordering(NERVES, concept, hook))["cards"] == [], concept


@pytest.mark.parametrize(
    ("detail", "wrong"),
    [
        ("**Do** 1 mg every 2 months, then every 3 months.", "interval"),
        ("**Do** Review in 2 weeks. Review in 3 months.", "review"),
    ],
)
def test_the_check_finds_what_contradicts(detail: str, wrong: str) -> None:
    intervals, reviews = set(INTERVAL.findall(detail)), REVIEW.findall(detail)
    assert (len(intervals) > 1) is (wrong == "interval")
    assert (len(reviews) > 1) is (wrong == "review")
