"""What a card leaves out is in /v1, in the extension, and on the page that explains it.

For a case of every step in both profiles: each value that was used with its limit, the limit's
source and how sure it is, each caution, each unknown fact, and each treatment in full.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from app import KEY
from assessments import get_profile
from cobalamin.service.answers.extension import summary_of, to_extension
from cobalamin.service.answers.plain import encode, to_plain
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.pages.topics import TopicPage, get_page
from cobalamin.service.rules.model.assessment import Assessment, Because
from cobalamin.service.rules.model.facts import FeatureFact, HistoryFact, Result
from spec_tables import Row
from step_rows import step_rows

Json = dict[str, Any]
Case = tuple[str, Row, Assessment]
CASES = [
    pytest.param(case, id=f"{case[0]} {case[2].plan.rung} {case[2].plan.route}")
    for case in step_rows()
]


def in_json(value: object) -> Any:  # noqa: ANN401 - as a caller reads it
    return json.loads(encode(value))


def extension_of(assessment: Assessment, profile: Profile) -> Any:  # noqa: ANN401 - JSON
    summary = summary_of(assessment, profile.wording)
    return in_json(to_extension(summary, profile, explained=assessment))[KEY]


def findings_of(assessment: Assessment, answer: Json) -> Iterator[tuple[Because, Json]]:
    """Each reason of each finding with what the answer says of it."""
    found = answer["findings"]
    pairs = [
        (assessment.status.because, found.get("b12Status", {}).get("because", [])),
        (assessment.anaemia.because, found.get("anaemia", {}).get("because", [])),
        (assessment.neuropathy.because, found.get("neuropathy", {}).get("because", [])),
    ]
    for name in ("causes", "confounders"):
        coded = getattr(assessment, name)
        told = found.get(name, [])
        assert [str(one.code) for one in coded] == [one["code"] for one in told]
        pairs += [(a.because, b.get("because", [])) for a, b in zip(coded, told, strict=True)]
    for reasons, told in pairs:
        yield from zip(reasons, told, strict=True)


def check_evidence(because: Because, told: Json) -> None:
    """The value, sign or part of the history that counted, with its date."""
    evidence = because.evidence
    if isinstance(evidence, Result):
        assert told["analyte"] == evidence.analyte
        assert told["date"] == evidence.on.text
        if evidence.quantity is not None:
            assert str(told["value"]) in (
                str(evidence.quantity.value),
                f"{evidence.quantity.value:f}",
            )
            assert told["unit"] == evidence.quantity.unit
        elif evidence.finding is not None:
            assert told["value"] == evidence.finding
    elif isinstance(evidence, FeatureFact):
        assert (told["feature"], told["present"]) == (evidence.code, evidence.present)
    elif isinstance(evidence, HistoryFact):
        assert (told["history"], told["active"]) == (evidence.code, evidence.active)


def check_limit(because: Because, told: Json, answer: Json) -> None:
    """The limit with its number, source and verification."""
    parameter = because.parameter
    if parameter is not None:
        limit = told["parameter"]
        assert limit["id"] == parameter.id
        assert limit["label"] == parameter.label
        assert limit["locator"] == parameter.locator
        assert limit["bound"] == parameter.bound
        assert limit["verification"] in ("source", "secondary", "unverified", "computed")
        if because.limit is not None:
            assert float(limit["value"]) == float(because.limit.value)
            assert limit["unit"] == because.limit.unit
    if because.citation is not None:
        assert told["citation"] == because.citation
        assert answer["sources"][because.citation]["title"]


def the_page(assessment: Assessment, profile: Profile) -> TopicPage:
    page = get_page(profile.wording.rungs[assessment.plan.rung].topic, profile)
    assert page is not None
    return page


@pytest.mark.parametrize("case", CASES)
def test_every_value_and_limit_is_in_the_answer_and_in_the_extension(case: Case) -> None:
    profile, assessment = get_profile(case[0]), case[2]
    whole = in_json(to_plain(assessment, profile, []))
    beside = extension_of(assessment, profile)
    beside = {"findings": {}, "sources": {}, "unknowns": [], **beside}
    for answer in (whole, beside):
        for because, told in findings_of(assessment, answer):
            check_evidence(because, told)
            check_limit(because, told, answer)


@pytest.mark.parametrize("case", CASES)
def test_every_caution_and_unknown_fact_is_in_both(case: Case) -> None:
    profile, assessment = get_profile(case[0]), case[2]
    whole = in_json(to_plain(assessment, profile, []))
    beside = extension_of(assessment, profile)
    for answer in (whole, {"unknowns": [], **beside}):
        cautions = answer["plan"].get("cautions", [])
        assert [one["code"] for one in cautions] == list(assessment.plan.cautions)
        assert all(one["text"] and one["citation"] and one["verification"] for one in cautions)
        told = [(one["fact"], one.get("wouldDecide")) for one in answer["unknowns"]]
        assert told == [(str(one.fact), one.would_decide) for one in assessment.unknowns]


def cited(value: object) -> Iterator[str]:
    """Every source that any part of an answer cites."""
    if isinstance(value, dict):
        if isinstance(value.get("citation"), str):
            yield value["citation"]
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from cited(one)


@pytest.mark.parametrize("case", CASES)
def test_every_source_that_is_cited_is_in_the_sources(case: Case) -> None:
    profile, assessment = get_profile(case[0]), case[2]
    for answer in (in_json(to_plain(assessment, profile, [])), extension_of(assessment, profile)):
        assert set(cited(answer)) <= answer.get("sources", {}).keys()


@pytest.mark.parametrize("case", CASES)
def test_both_name_a_suggestion_alike(case: Case) -> None:
    profile, assessment = get_profile(case[0]), case[2]
    whole, beside = (
        [(one["code"], one["label"]) for one in answer["plan"].get("suggestions", [])]
        for answer in (
            in_json(to_plain(assessment, profile, [])),
            extension_of(assessment, profile),
        )
    )
    assert whole == beside


@pytest.mark.parametrize("case", CASES)
def test_the_page_has_every_limit_caution_and_treatment_with_its_source(case: Case) -> None:
    profile, assessment = get_profile(case[0]), case[2]
    wording, page = profile.wording, the_page(assessment, profile)
    limits = {one.text.partition(":")[0]: one for one in page.limits}
    whole = in_json(to_plain(assessment, profile, []))
    for because, _ in findings_of(assessment, whole):
        parameter = because.parameter
        if parameter is not None:
            shown = limits[parameter.label]
            assert shown.source == wording.citations[parameter.source]
            assert shown.how_sure == wording.terms.verification[parameter.verification]
    cautions = {one.text: one for one in page.cautions}
    for code in assessment.plan.cautions:
        shown = cautions[wording.cautions[code].text]
        assert shown.source == wording.citations[wording.cautions[code].source]
        assert shown.how_sure
    treatments = {one.text: one for one in page.treatments}
    others = {one.text for one in page.others}
    for suggestion in assessment.plan.suggestions:
        regimen = wording.regimens.get(suggestion.code)
        if regimen is None:
            assert wording.labels[suggestion.code] in others
            continue
        shown = treatments[regimen.label]
        assert regimen.follow_up in shown.more
        assert len(shown.more) >= len(regimen.steps) + len(regimen.alternatives)


def test_the_cases_have_values_limits_cautions_and_unknown_facts() -> None:
    """So that the tests above cannot pass for want of anything to look at."""
    made = [case[2] for case in step_rows()]
    assert len(made) > 40
    assert sum(len(one.status.because) for one in made) > 40
    assert sum(len(one.plan.cautions) for one in made) > 20
    assert sum(len(one.unknowns) > 3 for one in made) > 5
