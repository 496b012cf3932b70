"""How long cards are, over every row of the spec tables, every example and every golden file."""

import json
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

from app import example, post, view
from assessments import a_card_context, get_profile
from cobalamin.service.answers.cards import to_cards
from cobalamin.service.rules.assess import assess
from contract_checks import (
    INTERNAL,
    LONGEST_LABEL,
    MOST_SUGGESTIONS,
    MOST_WORDS,
    MOST_WORDS_OF_ORDER,
    OF_ORDER,
    words_in,
)
from spec_answers import respond
from spec_tables import all_rows

Card = dict[str, Any]
Placed = tuple[str, Card]
MEDIAN_WORDS, MEDIAN_WORDS_OF_ORDER = 120, 60
GOLDEN = Path(__file__).resolve().parents[1] / "golden"
EXAMPLES = {
    "patient-view.json": "/cds-services/b12-patient-view",
    "order-sign.json": "/cds-services/b12-order-sign",
    "assessment.json": "/v1/assessments",
    "bundle.json": "/v1/assessments",
}


def of_rows() -> Iterator[Placed]:
    """The cards of each row in each of its profiles."""
    for row in all_rows():
        for profile in row.profiles:
            place = f"{row.place} {profile}"
            if row.is_request:
                answer = respond(row, profile).get_json()
                yield from ((place, card) for card in (answer or {}).get("cards", ()))
                continue
            made = assess(row.facts, get_profile(profile).knowledge, row.on)
            cards: list[Any] = to_cards(a_card_context(made, profile), show_unavailable=True)
            yield from ((place, card) for card in cards)


def of_examples() -> Iterator[Placed]:
    for name, path in EXAMPLES.items():
        answer = post(path, example(name)).get_json()
        yield from ((name, card) for card in answer["cards"])


def of_golden_files() -> Iterator[Placed]:
    for path in sorted((*GOLDEN.glob("files/*.json"), *GOLDEN.glob("kinds/*.json"))):
        found = json.loads(path.read_text("utf-8"))
        yield from ((path.name, card) for card in found.get("cards", ()))


@cache
def every_card() -> tuple[Placed, ...]:
    return (*of_rows(), *of_examples(), *of_golden_files())


def is_of_order(card: Card) -> bool:
    return OF_ORDER.match(card["source"]["topic"]["code"]) is not None


def lengths(cards: tuple[Placed, ...], *, of_order: bool) -> list[tuple[int, str, str]]:
    """Words, place and detail, the longest first."""
    return sorted(
        (
            (words_in(card["detail"]), place, card["detail"])
            for place, card in cards
            if is_of_order(card) is of_order
        ),
        reverse=True,
    )


def tell(line: str) -> None:
    """Shown with `-s`, and where the test fails."""
    sys.stdout.write(f"{line}\n")


def report(title: str, found: list[tuple[int, str, str]]) -> None:
    words, place, detail = found[0]
    middle = median(count for count, _, _ in found)
    tell(f"{title}: {len(found)} cards, median {middle}, longest {words} ({place})\n{detail}\n")


def test_a_card_about_a_patient_is_read_in_ten_seconds() -> None:
    found = lengths(every_card(), of_order=False)
    report("about a patient", found)
    assert found[0][0] <= MOST_WORDS
    examples = lengths((*of_examples(), *of_golden_files()), of_order=False)
    report("examples", examples)
    assert median(count for count, _, _ in examples) <= MEDIAN_WORDS


def test_a_card_about_an_order_is_read_at_a_glance() -> None:
    found = lengths(every_card(), of_order=True)
    report("about an order", found)
    assert found[0][0] <= MOST_WORDS_OF_ORDER
    assert median(count for count, _, _ in found) <= MEDIAN_WORDS_OF_ORDER


def test_suggestions_are_few_and_their_labels_short() -> None:
    shown = [(place, card.get("suggestions", [])) for place, card in every_card()]
    most_place, most = max(shown, key=lambda pair: len(pair[1]))
    labels = {one["label"] for _, suggestions in shown for one in suggestions}
    longest = max(labels, key=len)
    tell(f"most suggestions: {len(most)} ({most_place}); longest label: {longest}")
    assert len(most) <= MOST_SUGGESTIONS
    assert len(longest) <= LONGEST_LABEL


def test_no_card_has_a_word_that_only_this_project_knows() -> None:
    for place, card in every_card():
        for text in (card["summary"], card["detail"]):
            assert not INTERNAL.search(text), f"{place}: {text}"


def test_no_source_is_named_twice() -> None:
    for place, card in every_card():
        last = card["detail"].rpartition("\n\n")[2]
        sources = last.partition(" · ")[0].split("; ")
        assert len(sources) == len(set(sources)), f"{place}: {last}"


def test_the_first_lines_of_the_readme_card_tell_finding_action_and_reason() -> None:
    (card,) = view(example("patient-view.json")).get_json()["cards"]
    assert card["summary"].startswith("Total B12 205 pg/mL")
    assert "neurological loading" in card["summary"]
    because, do = card["detail"].split("\n\n")[:2]
    assert because.startswith("**Because** On 16 Nov 2026: MMA 3600 nmol/L (raised, limit 280)")
    assert do.startswith("**Do** This week: ")
