"""Report comments: what is said for every case of the spec tables, and when nothing is said."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from app import post
from assessments import PROFILES, a_cause, a_result, an_assessment, because_of_b12, get_profile
from cobalamin.service.answers.comment import SAID_ALONE, Comment, to_comment, work_list_reason
from cobalamin.service.answers.comment_additions import OWN_CODES
from cobalamin.service.answers.withheld_comment import CODES
from cobalamin.service.knowledge.comments import ADDITIONS, MEANINGS
from cobalamin.service.knowledge.profile import Profile, load_profile
from cobalamin.service.knowledge.site import load_site
from cobalamin.service.rules.assess import assess
from cobalamin.service.rules.model.assessment import (
    Assessment,
    Band,
    Cells,
    Outcome,
    Route,
    Severity,
    Status,
    Tier,
    Urgency,
)
from cobalamin.service.rules.model.codes import CAUTION_CODES
from cobalamin.service.rules.model.dates import read_when
from cobalamin.service.rules.model.facts import Facts, Patient, Refusal
from cobalamin.service.rules.model.vocabulary import Analyte, History
from spec_tables import ON, Row, spec_rows

SITE = Path(__file__).resolve().parents[3] / "docs" / "examples" / "site.toml"
ROWS = tuple(spec_rows())
FRAME = get_profile().wording.comments.frame
# What a report says although nothing is advised.
SAID_SILENTLY = {"high-b12", *SAID_ALONE.values(), *OWN_CODES}
SENTENCE_END = re.compile(r"[.!?](?=\s|$)")


def comments_of(
    row: Row, within: Profile | None = None, facts: Facts | None = None
) -> Iterator[tuple[Assessment, Comment]]:
    """The comments that a row gets in each of its profiles, perhaps with other facts."""
    for profile in row.profiles:
        chosen = within or get_profile(profile)
        assessment = assess(facts or row.facts, chosen.knowledge, ON)
        comment = to_comment(assessment, chosen)
        if comment is not None:
            yield assessment, comment


@pytest.fixture(scope="module")
def every() -> list[tuple[Assessment, Comment]]:
    return [found for row in ROWS for found in comments_of(row)]


def corrected(row: Row) -> Facts:
    """The facts of the row with every result corrected."""
    results = tuple(replace(result, corrected=True) for result in row.facts.results)
    return replace(row.facts, results=results)


def keeps_limits(text: str) -> bool:
    words = [word.strip(".,:;()").lower() for word in text.split()]
    first = [part.split()[0].lower() for part in SENTENCE_END.split(text) if part.strip()]
    said = f" {' '.join(words)} "
    return (
        len(words) <= 60
        and len(SENTENCE_END.findall(text)) <= 3
        and text.endswith(".")
        and not set(text) & set("<>|`*[]\\_~#\n{}")
        and not any(f" {word} " in said for word in FRAME.forbidden)
        and not set(first) & FRAME.commands
    )


def test_every_comment_of_every_row_keeps_the_limits(
    every: list[tuple[Assessment, Comment]],
) -> None:
    assert len(every) > 500
    assert [c.text for _, c in every if not keeps_limits(c.text)] == []
    assert {c.authorisation for _, c in every} == {"required"}


def test_every_comment_of_a_corrected_report_with_a_contact_keeps_the_limits() -> None:
    with_contact = load_profile("uk-nice", load_site(SITE))
    said = [c.text for row in ROWS for _, c in comments_of(row, with_contact, corrected(row))]
    assert len(said) > 300
    assert [text for text in said if not keeps_limits(text)] == []
    assert all(text.endswith("; contact: Duty biochemist, extension 4711.") for text in said)


def test_every_meaning_is_reached(every: list[tuple[Assessment, Comment]]) -> None:
    elsewhere = {"corrected-result", "haemoglobin-unclear"}
    assert {c.code for _, c in every} == (MEANINGS | OWN_CODES | CODES) - elsewhere


@pytest.mark.parametrize("code", sorted(set(ADDITIONS) & CAUTION_CODES))
def test_a_caution_that_concerns_a_report_is_added_last(code: str) -> None:
    comment = to_comment(an_assessment(cautions=(code,)), get_profile())
    assert comment is not None
    assert comment.text.endswith(f" {get_profile().wording.comments.additions[code].text}")


def test_of_several_cautions_the_first_of_the_list_is_added() -> None:
    both = ("homocysteine-unspecific", "pseudo-tma")
    comment = to_comment(an_assessment(cautions=both), get_profile())
    assert comment is not None
    assert "Low platelets" in comment.text
    assert "homocysteine" not in comment.text


def test_nothing_is_said_twice(every: list[tuple[Assessment, Comment]]) -> None:
    for _, comment in every:
        parts = SENTENCE_END.split(comment.text)
        assert len(parts) == len(set(parts))


def test_a_sufficient_level_without_findings_gets_none(
    every: list[tuple[Assessment, Comment]],
) -> None:
    for assessment, comment in every:
        if assessment.status.value is Status.unlikely and comment.code not in SAID_SILENTLY:
            assert assessment.outcome is Outcome.advice
    plain = an_assessment(
        outcome=Outcome.no_advice,
        rung="R17",
        route=Route.none,
        status=Status.unlikely,
        band=Band.unlikely,
        tier=Tier.n0,
        suggestions=(),
    )
    assert to_comment(plain, get_profile()) is None
    assert work_list_reason(plain) is None


def test_an_urgent_step_is_said_to_be_today(every: list[tuple[Assessment, Comment]]) -> None:
    for assessment, comment in every:
        if assessment.plan.urgency is Urgency.urgent:
            assert re.search("today|same-day", comment.text), comment.text
        if assessment.plan.urgency is Urgency.soon:
            assert re.search("this week|same day", comment.text), comment.text


def test_only_tests_of_the_plan_are_named(every: list[tuple[Assessment, Comment]]) -> None:
    names = get_profile().wording.comments.tests
    for assessment, comment in every:
        planned = {names[s.code] for s in assessment.plan.suggestions if s.code in names}
        _, with_tests, listed = comment.text.partition("next, at the next appointment: ")
        if with_tests:
            assert set(SENTENCE_END.split(listed)[0].split(" and ")) <= planned


# --- withheld


@pytest.mark.parametrize(
    ("reason", "held"),
    [
        ("age-unknown", "age-unknown"),
        ("result-refused", "result-refused"),
        ("b12-not-usable", "b12-not-usable"),
    ],
)
def test_no_comment_is_better_than_a_wrong_one(reason: str, held: str) -> None:
    assessment = an_assessment(reasons=(reason,))
    assert to_comment(assessment, get_profile()) is None
    assert work_list_reason(assessment) == held


@pytest.mark.parametrize("analyte", [Analyte.b12_total, Analyte.b12_active, Analyte.mma])
def test_a_refused_marker_withholds_the_comment_even_beside_an_accepted_one(
    analyte: Analyte,
) -> None:
    refused = Refusal(analyte=analyte, code="unit-not-read", where="results[1].unit")
    assessment = an_assessment(facts=Facts(patient=Patient(), refusals=(refused,)))
    assert to_comment(assessment, get_profile()) is None
    assert work_list_reason(assessment) == "result-refused"


def test_a_refused_result_that_means_nothing_here_withholds_nothing() -> None:
    refused = Refusal(analyte=Analyte.hba1c, code="unit-not-read", where="results[1].unit")
    assessment = an_assessment(facts=Facts(patient=Patient(), refusals=(refused,)))
    assert to_comment(assessment, get_profile()) is not None
    assert work_list_reason(assessment) is None


def test_a_child_gets_a_comment_where_the_level_is_low_or_it_cannot_wait(
    every: list[tuple[Assessment, Comment]],
) -> None:
    children = [(a, c) for a, c in every if "paediatric-not-supported" in a.reasons]
    assert {comment.code for _, comment in children} == CODES
    for assessment, comment in children:
        low = assessment.status.band is Band.deficient
        assert low or assessment.plan.urgency > Urgency.routine
        assert "paediatrics" in comment.text
        assert not re.search(r"\bmg\b|microgram|cobalamin|tablet|limit 1", comment.text)
        assert work_list_reason(assessment) == "paediatric-not-supported"


def test_a_muscle_emergency_is_said_beside_a_result_that_could_not_be_used() -> None:
    form = {
        "patient": {"age": 50},
        "results": [
            {"analyte": "b12_total", "value": 98, "unit": "pg/dL", "date": "2026-11-18"},
            {"analyte": "creatine_kinase", "value": 20000, "unit": "U/L", "date": "2026-11-18"},
        ],
        "features": [{"code": "dark_urine", "present": True}],
    }
    answer = post("/v1/assessments?asOf=2026-11-20", form).get_json()
    assert answer["comment"]["code"] == "muscle-emergency"
    assert answer["comment"]["text"].startswith("CK 100 times the limit with dark urine: same-day")
    assert answer["comment"]["text"].count(".") == 1
    assert answer["workList"]["code"] == "result-refused"


# --- corrections


def test_a_corrected_result_says_what_it_supersedes() -> None:
    result = replace(a_result(), corrected=True)
    comment = to_comment(an_assessment(because=(because_of_b12(result),)), get_profile())
    assert comment is not None
    assert comment.code == "deficient"
    assert comment.text.startswith(
        "Superseding the earlier total vitamin B12 of 2026-11-02: this vitamin B12 level"
    )


def test_a_corrected_result_that_is_normal_takes_earlier_comments_back() -> None:
    result = replace(a_result("600"), corrected=True)
    assessment = an_assessment(
        outcome=Outcome.no_advice,
        rung="R17",
        status=Status.unlikely,
        band=Band.unlikely,
        tier=Tier.n0,
        because=(because_of_b12(result),),
        suggestions=(),
    )
    comment = to_comment(assessment, get_profile())
    assert comment == Comment(
        code="corrected-result",
        text="Superseding the earlier total vitamin B12 of 2026-11-02: "
        "comments on that result no longer apply.",
        authorisation="required",
    )


def test_a_correction_leaves_no_room_for_a_cause() -> None:
    result = replace(a_result(), corrected=True)
    causes = (a_cause(History.metformin),)
    first = to_comment(an_assessment(causes=causes), get_profile())
    again = to_comment(
        an_assessment(causes=causes, because=(because_of_b12(result),)), get_profile()
    )
    assert first is not None
    assert again is not None
    assert "metformin" in first.text
    assert "metformin" not in again.text


def test_a_partial_date_is_said_as_exactly_as_it_is_known() -> None:
    result = replace(a_result(), corrected=True, on=read_when("2026-11"))
    comment = to_comment(an_assessment(because=(because_of_b12(result),)), get_profile())
    assert comment is not None
    assert "of 2026-11: " in comment.text


# --- choices that no row makes


def test_a_severely_changed_count_is_not_called_normal() -> None:
    blood = an_assessment().anaemia
    looks_normal = replace(blood, value=Severity.none, cells=Cells.normocytic)
    reasons = ("b12-deficient", "normal-blood-does-not-exclude")
    for rung, said in (("R13", True), ("R8", False)):
        assessment = an_assessment(rung=rung, anaemia=looks_normal, reasons=reasons)
        comment = to_comment(assessment, get_profile())
        assert comment is not None
        assert ("Normal-sized red cells" in comment.text) is said


@pytest.mark.parametrize("profile", PROFILES)
def test_the_same_assessment_gets_the_same_comment(profile: str) -> None:
    assessment = an_assessment()
    assert to_comment(assessment, get_profile(profile)) == to_comment(
        assessment, get_profile(profile)
    )
