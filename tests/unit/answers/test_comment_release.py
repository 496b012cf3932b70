"""Which comments a site may release without a person or switch off, and which never."""

import os
from pathlib import Path

import pytest
from msgspec.structs import replace

from assessments import get_profile
from cobalamin.service.answers.comment import comment_code, released_code, to_comment
from cobalamin.service.answers.short import to_released
from cobalamin.service.knowledge.comments import MEANINGS
from cobalamin.service.knowledge.errors import KnowledgeError
from cobalamin.service.knowledge.profile import Profile, load_profile
from cobalamin.service.knowledge.site import load_site
from cobalamin.service.lab.hl7v2.report import build_report, comment_lines
from cobalamin.service.rules.assess import assess
from cobalamin.service.rules.model.assessment import Assessment, Urgency
from mixtures import mixtures
from spec_tables import ON, PROFILES, spec_rows

HOW_MANY = int(os.environ.get("MIXTURES", "200"))
BY = 'author = "AB"\nwhy = "agreed with the surgeries"\nreviewed = 2026-11-01\n'


def site_profile(tmp_path: Path, text: str, profile: str = "uk-nice") -> Profile:
    file = tmp_path / "site.toml"
    file.write_text(f'name = "Here"\n{text}', "utf-8")
    return load_profile(profile, load_site(file))


def every_code(value: str) -> str:
    return "".join(f'[comments.release.{code}]\nvalue = "{value}"\n{BY}' for code in MEANINGS)


def is_pressing(assessment: Assessment) -> bool:
    """Whether a person must read it first, by what the answer itself says."""
    plan = assessment.plan
    return (
        plan.urgency is not Urgency.routine
        or assessment.muscle is not None
        or assessment.facts.patient.pregnant is True
        or any(one.code.startswith("refer-") for one in plan.suggestions)
    )


@pytest.mark.parametrize("value", ["automatic", "off"])
@pytest.mark.parametrize("profile", PROFILES)
def test_no_switch_touches_what_is_urgent_or_soon(tmp_path: Path, profile: str, value: str) -> None:
    switched, usual = site_profile(tmp_path, every_code(value), profile), get_profile(profile)
    rows = [row.facts for row in spec_rows() if row.on == ON]
    facts = [*mixtures(HOW_MANY, seed=7), *rows[::3]]
    touched = 0
    for one in facts:
        assessment = assess(one, switched.knowledge, ON, find_unknowns=False)
        before, after = to_comment(assessment, usual), to_comment(assessment, switched)
        assert released_code(assessment, switched) == (after and after.code)
        assert to_released(assessment, switched).comment == (after and after.code)
        if is_pressing(assessment):
            assert after == before, one
        elif after != before:
            touched += 1
            assert before is not None
            assert after is None or (after.text, after.authorisation) == (before.text, "automatic")
    assert touched > HOW_MANY / 100


def test_a_corrected_result_is_released_by_a_person(tmp_path: Path) -> None:
    switched = site_profile(tmp_path, every_code("automatic"))
    corrected = 0
    for row in spec_rows():
        results = tuple(replace(result, corrected=True) for result in row.facts.results)
        facts = replace(row.facts, results=results)
        comment = to_comment(assess(facts, switched.knowledge, row.on), switched)
        if results and comment is not None:
            corrected += 1
            assert comment.authorisation == "required"
    assert corrected > 100


def test_a_code_that_is_off_still_stands_in_the_rules(tmp_path: Path) -> None:
    switched = site_profile(tmp_path, every_code("off"))
    facts = next(f for f in mixtures(200, seed=3) if _is_off(f, switched))
    assessment = assess(facts, switched.knowledge, ON)
    assert comment_code(assessment) is not None
    assert comment_lines(build_report(assessment, switched)) == []


def _is_off(facts: object, profile: Profile) -> bool:
    assessment = assess(facts, profile.knowledge, ON, find_unknowns=False)  # type: ignore[arg-type]
    return comment_code(assessment) is not None and released_code(assessment, profile) is None


@pytest.mark.parametrize("width", [60, 72, 80])
def test_lines_keep_the_width_of_the_site_and_every_word(tmp_path: Path, width: int) -> None:
    narrow = site_profile(tmp_path, f"[comments]\nline_width = {width}\n")
    said, usual = 0, get_profile()
    for row in spec_rows():
        assessment = assess(row.facts, narrow.knowledge, row.on)
        report = build_report(assessment, narrow)
        lines = comment_lines(report)
        assert all(0 < len(line) <= width for line in lines)
        assert lines == comment_lines(build_report(assessment, usual, line_width=width))
        text = "" if report.comment is None else report.comment.text
        assert " ".join(lines).split() == text.split()
        said += len(lines) > 2
    assert said > 50


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (f'[comments.release.another]\nvalue = "off"\n{BY}', "is none of antibody-positive"),
        (f'[comments.release.deficient]\nvalue = "never"\n{BY}', "never"),
        (f'[comments.release.child-today]\nvalue = "off"\n{BY}', "is none of"),
        ('[comments.release.deficient]\nvalue = "off"\n', "author"),
        (f'[comments.release.deficient]\nvalue = "off"\n{BY}'.replace("AB", "<b>"), "markup"),
        ("[comments]\nline_width = 59\n", ">= 60"),
        (f"[comments.earlier]\nkeep_days = 30\nrepeat_after_days = 31\n{BY}", "at most keep_days"),
        (f"[comments.earlier]\nkeep_days = 0\n{BY}", ">= 1"),
        ("[comments.earlier]\nkeep_days = 30\n", "author"),
        (f"[comments.earlier]\nkeep_days = 30\n{BY}".replace("AB", "<b>"), "plain text"),
        ("[comments]\nline_width = 81\n", "<= 80"),
        (f'[reflex.test-mri-spine]\naction = "add"\n{BY}', "is none of test-b12"),
        (f'[reflex.test-mma]\naction = "order"\n{BY}', "order"),
        (f'[reflex.test-mma]\naction = "add"\nnever_for = ["men"]\n{BY}', "men"),
        (f'[reflex.test-mma]\naction = "add"\n{BY}'.replace("AB", " "), "plain text"),
    ],
)
def test_a_wrong_choice_is_refused(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(KnowledgeError, match=fault):
        site_profile(tmp_path, text)
