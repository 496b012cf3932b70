"""What stands beside the cards, and the text for a terminal."""

import pytest
from msgspec.structs import replace

from assessments import a_cause, an_assessment, get_profile
from cobalamin.fhir.writer import Json
from cobalamin.service.answers.extension import KEY, summary_of, to_extension
from cobalamin.service.answers.text import to_text
from cobalamin.service.rules.model.assessment import Assessment, Outcome, Route, Tier, Unknown
from cobalamin.service.rules.model.facts import Note, Refusal
from cobalamin.service.rules.model.vocabulary import Analyte, History
from contract_checks import empties

NOTE = Note(code="unit-not-read", where="Bundle.entry[3]", text="the unit is not read")


def _extension(assessment: Assessment, mode: str = "live") -> Json:
    summary = summary_of(assessment, get_profile().wording)
    return to_extension(summary, get_profile(), mode=mode)


@pytest.mark.parametrize("outcome", Outcome)
def test_the_outcome_is_always_beside_the_cards(outcome: Outcome) -> None:
    extension = _extension(an_assessment(outcome=outcome))
    inner = extension[KEY]
    assert isinstance(inner, dict)
    assert list(empties(extension)) == []
    assert inner["outcome"] == outcome.value
    assert inner["profile"] == "uk-nice"
    assert set(inner["knowledge"]) == {"version", "hash"}
    assert "mode" not in inner
    assert "notes" not in inner


def test_notes_and_mode_are_there_where_they_say_something() -> None:
    extension = _extension(an_assessment(notes=(NOTE,), reasons=()), mode="silent")
    inner = extension[KEY]
    assert isinstance(inner, dict)
    assert inner["mode"] == "silent"
    assert inner["notes"][0]["code"] == "unit-not-read"
    assert "reasons" not in inner


def test_the_text_reads_from_finding_to_version() -> None:
    one = an_assessment(
        cautions=("potassium-watch",),
        causes=(a_cause(History.metformin),),
        unknowns=(Unknown(fact="mma", would_decide="b12Status"),),
        notes=(NOTE,),
    )
    text = to_text(one, get_profile())
    titles = ["Why", "Suggested", "Cautions", "Expect", "Values used", "Not on record", "Notes"]
    positions = [text.index(f"\n{title}\n") for title in titles]
    assert positions == sorted(positions)
    assert text.startswith("Total B12 98 pg/mL, deficient")
    assert "Step: injections, this week." in text
    assert "  - Total vitamin B12 98 pg/mL, below the limit of 180 pg/mL" in text
    assert "Nerves recover over 6 weeks to 12 months" in text
    assert text.endswith("who decide.\n")


def test_the_text_of_an_oral_plan_says_what_its_review_decides() -> None:
    one = an_assessment(
        rung="R13",
        route=Route.oral,
        tier=Tier.n0,
        suggestions=("oral-replacement-high-dose", "test-folate"),
    )
    text = to_text(one, get_profile())
    assert "At review of oral treatment" in text
    assert "Nerves recover" not in text
    assert "  - Test: serum folate" in text


def test_without_advice_the_text_expects_nothing() -> None:
    one = an_assessment(outcome=Outcome.no_advice, rung="R17", route=Route.none, suggestions=())
    text = to_text(one, get_profile())
    assert "Expect" not in text
    assert "Step:" not in text


def test_the_text_says_what_could_not_be_assessed_and_why() -> None:
    facts = replace(
        an_assessment().facts,
        refusals=(Refusal(analyte=Analyte.b12_total, code="unit-missing", where="results[0]"),),
        unread=("conditions",),
    )
    one = an_assessment(
        outcome=Outcome.not_assessable, reasons=("b12-not-usable",), facts=facts, because=()
    )
    text = to_text(one, get_profile())
    assert text.startswith("Vitamin B12 could not be assessed. A vitamin B12 result was sent")
    assert "Total vitamin B12: a result was sent and not used, as it has no unit." in text
    assert "Not sent: conditions." in text


def test_the_text_stays_on_its_lines_whatever_was_sent() -> None:
    note = Note(code="odd", where="a\nb", text="c\x1b[31md")
    text = to_text(an_assessment(notes=(note,)), get_profile())
    assert "  - a b: c [31md (odd)" in text
