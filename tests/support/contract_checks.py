"""What the CDS Hooks specification and this project's contract promise about every answer."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fhir.resources.R4B import get_fhir_model_class

from invariants import broken_by_answer

Json = dict[str, Any]

EXTENSION = "org.cobalamin.assessment"
OUTCOMES = {"advice", "no-advice", "not-assessable"}
REFERENCE = re.compile(r"[A-Za-z]+/[A-Za-z0-9.-]{1,64}")
UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
TOPIC = re.compile(r"[A-Za-z0-9]{1,100}")
TITLES = ("Because", "Do", "Take care", "Would change this")
PART = re.compile(rf"\*\*({'|'.join(TITLES)})\*\* \S")
# No reader of a card knows the project's own words.
INTERNAL = re.compile(
    r"\bN[0-3]\b|\btiers?\b|\brungs?\b|\bR\d+\b|\bhash|sha256|from a summary|not yet checked"
    r"|\bEGFR\b|[{}]"
)
MOST_WORDS, MOST_WORDS_OF_ORDER = 160, 80
OF_ORDER = re.compile(r"b12(Order|Problem|Discharge)")
MOST_SUGGESTIONS, LONGEST_LABEL = 4, 60
OVERRIDE_CODES = {
    "action-completed",
    "patient-contraindication",
    "patient-refuses",
    "does-not-align-latest-evidence",
    "need-more-info",
    "service-not-available",
    "limited-time",
    "patient-ineligible",
}
OVERRIDE_SYSTEM = "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes"


def empties(value: object, path: str = "$") -> Iterator[str]:
    """The path of every null, empty string, empty list and empty object."""
    if value is None or value in ("", [], {}):
        yield path
    elif isinstance(value, Mapping):
        for key, member in value.items():
            yield from empties(member, f"{path}.{key}")
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for index, member in enumerate(value):
            yield from empties(member, f"{path}[{index}]")


def check_answer(answer: Json, *, patient: str | None = None) -> None:
    """A whole CDS Hooks answer: only `cards` itself may be empty, and the outcome is told."""
    assert isinstance(answer["cards"], list)
    assert "systemActions" not in answer
    rest = {name: member for name, member in answer.items() if name != "cards"}
    assert list(empties(rest)) == []
    assert answer["extension"][EXTENSION]["outcome"] in OUTCOMES
    check_cards(answer["cards"], patient=patient)


def check_cards(
    cards: Sequence[Json], *, patient: str | None = None, counts_words: bool = True
) -> None:
    """Every card, and identifiers that occur once only."""
    assert len(cards) <= 3
    broken = list(broken_by_answer({"cards": cards}))
    assert not broken, broken
    assert list(empties(list(cards))) in ([], ["$"])
    identifiers = [card["uuid"] for card in cards]
    for card in cards:
        check_card(card, patient=patient, counts_words=counts_words)
        identifiers += [suggestion["uuid"] for suggestion in card.get("suggestions", [])]
    assert len(identifiers) == len(set(identifiers))


def check_card(card: Json, *, patient: str | None = None, counts_words: bool = True) -> None:
    """Rows 69 to 86 of the specification's list, as this project keeps them.

    `counts_words` is false for a plan that no rule makes, with every suggestion there is.
    """
    assert UUID4.fullmatch(card["uuid"])
    assert 1 <= len(card["summary"]) <= 139
    assert card["summary"].isprintable()
    assert card["indicator"] in {"info", "warning", "critical"}
    of_order = OF_ORDER.match(card["source"]["topic"]["code"])
    check_detail(card["detail"])
    if counts_words:
        check_words(card["detail"], MOST_WORDS_OF_ORDER if of_order else MOST_WORDS)
    _check_source(card["source"])
    for reason in card.get("overrideReasons", []):
        assert set(reason) == {"code", "system", "display"}
        assert reason["code"] in OVERRIDE_CODES
        assert reason["system"] == OVERRIDE_SYSTEM
    assert ("suggestions" in card) is ("selectionBehavior" in card)
    if "suggestions" in card:
        _check_suggestions(card, patient)


def check_detail(detail: str) -> None:
    """GitHub Markdown without HTML, the parts in their order, the profile last."""
    assert "<" not in detail
    assert ">" not in detail
    *parts, last = detail.split("\n\n")
    titles = [PART.match(part) for part in parts]
    assert all(titles), detail
    named = [title[1] for title in titles if title]
    assert named == [title for title in TITLES if title in named]
    assert re.search(r"(^| )[Pp]rofile \S", last)
    assert not INTERNAL.search(detail), INTERNAL.search(detail)
    assert "excluded" not in detail.lower()


def check_words(detail: str, most: int) -> None:
    """A card is read in ten seconds."""
    assert words_in(detail) <= most, f"{words_in(detail)} words: {detail}"


def words_in(detail: str) -> int:
    """The words that a reader sees: titles and text, not the address of a link."""
    return len(without_links(detail).split())


def without_links(detail: str) -> str:
    """The detail as a client without links to guidelines gets it."""
    return re.sub(r"\[([^]]+)\]\([^)]*\)", r"\1", detail)


def check_order(resource: Json, *, patient: str | None = None) -> None:
    """A draft that FHIR R4 accepts, a proposal for the patient of the call."""
    get_fhir_model_class(resource["resourceType"]).model_validate(resource)
    assert resource["status"] == "draft"
    assert resource["intent"] in {"proposal", "plan", "order"}
    if resource["resourceType"] != "NutritionOrder":
        assert resource["priority"] in {"routine", "urgent", "asap"}
    subject = resource.get("subject") or resource["patient"]
    assert subject["reference"].startswith("Patient/")
    if patient is not None:
        assert subject["reference"] == f"Patient/{patient}"


def _check_source(source: Json) -> None:
    assert source["label"]
    assert set(source["topic"]) <= {"code", "system", "display"}
    assert TOPIC.fullmatch(source["topic"]["code"])
    assert source["topic"]["system"]
    assert source.get("url", "https://").startswith(("https://", "http://"))


def _check_suggestions(card: Json, patient: str | None) -> None:
    suggestions = card["suggestions"]
    recommended = [s for s in suggestions if s["isRecommended"]]
    assert card["selectionBehavior"] in {"at-most-one", "any"}
    assert len(suggestions) <= MOST_SUGGESTIONS
    if card["selectionBehavior"] == "at-most-one":
        assert len(recommended) <= 1
        assert len(suggestions) == 1
    for suggestion in suggestions:
        assert 1 <= len(suggestion["label"]) <= LONGEST_LABEL, suggestion["label"]
        assert UUID4.fullmatch(suggestion["uuid"])
        assert isinstance(suggestion["isRecommended"], bool)
        assert suggestion.get("actionSelectionBehavior", "any") == "any"
        assert suggestion["actions"]
        for action in suggestion["actions"]:
            _check_action(action, patient)


def _check_action(action: Json, patient: str | None) -> None:
    """What is made is a whole draft; what is taken back is named by type and id, and no more."""
    assert action["description"].isprintable()
    if action["type"] == "delete":
        assert REFERENCE.fullmatch(action["resourceId"])
        assert "resource" not in action
    else:
        assert action["type"] == "create"
        assert "resourceId" not in action
        check_order(action["resource"], patient=patient)
