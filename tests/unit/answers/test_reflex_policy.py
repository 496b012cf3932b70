"""Reflex tests by the policy of the site file: added, suggested or withheld, and by which rule."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from assessments import get_profile
from cobalamin.service.answers.reflex import offered_tests, reflex_tests
from cobalamin.service.knowledge.profile import Profile, load_profile
from cobalamin.service.knowledge.site import load_site
from cobalamin.service.knowledge.site_reflex import REFLEX_TESTS as TESTS
from cobalamin.service.rules.assess import assess
from cobalamin.service.rules.model.assessment import Assessment
from cobalamin.service.rules.model.dates import When
from cobalamin.service.rules.model.facts import Facts, FeatureFact, Patient, Result, age_on
from cobalamin.service.rules.model.quantities import Quantity
from cobalamin.service.rules.model.vocabulary import Analyte, Feature, Sex
from messages import PID, answered, field, message, obx
from spec_tables import ON, spec_rows

RULE = """
[reflex.test-mma]
action = "{action}"
{more}
author = "AB"
why = "agreed with the surgeries"
reviewed = 2026-11-01
"""
NEVER = 'never_for = ["children", "pregnancy", "pregnancy-not-known", "privacy"]'


def site_file(tmp_path: Path, action: str = "add", more: str = "") -> Path:
    file = tmp_path / "site.toml"
    file.write_text(f'name = "Here"\n{RULE.format(action=action, more=more)}', "utf-8")
    return file


def site_profile(tmp_path: Path, action: str = "add", more: str = "") -> Profile:
    return load_profile("uk-nice", load_site(site_file(tmp_path, action, more)))


def result(analyte: Analyte, value: str, unit: str, ago: int) -> Result:
    on = ON - timedelta(days=ago)
    return Result(
        analyte=analyte,
        on=When(first=on, last=on, text=on.isoformat()),
        quantity=Quantity(value=Decimal(value), unit=unit),
    )


def assessed(profile: Profile, *more: Result, **patient: object) -> Assessment:
    """A borderline level with a symptom, for which the plan names MMA."""
    facts = Facts(
        patient=Patient(**{"id": "p", "age": 60, "sex": Sex.female, **patient}),  # type: ignore[arg-type]
        results=(result(Analyte.b12_total, "250", "ng/L", 2), *more),
        features=(FeatureFact(code=Feature.paraesthesia),),
    )
    return assess(facts, profile.knowledge, ON)


def rules(profile: Profile, assessment: Assessment, *, protected: bool = False) -> dict[str, str]:
    made = reflex_tests(assessment, profile, is_protected=protected)
    return {test.code: f"{test.action} by {test.rule}" for test in made}


def test_without_a_policy_the_plan_suggests() -> None:
    profile = get_profile()
    assert rules(profile, assessed(profile))["test-mma"] == "suggest by plan"


@pytest.mark.parametrize("action", ["add", "suggest", "withhold"])
def test_the_site_says_what_is_done_and_is_named(tmp_path: Path, action: str) -> None:
    profile = site_profile(tmp_path, action)
    assessment = assessed(profile)
    assert rules(profile, assessment)["test-mma"] == f"{action} by site.reflex.test-mma"
    offered = {test.code for test in offered_tests(reflex_tests(assessment, profile))}
    assert ("test-mma" in offered) == (action != "withhold")


@pytest.mark.parametrize(
    ("patient", "protected", "by"),
    [
        ({"age": 60}, False, "add by site.reflex.test-mma"),
        ({"age": 30, "sex": Sex.male}, False, "add by site.reflex.test-mma"),
        ({"age": 30, "pregnant": False}, False, "add by site.reflex.test-mma"),
        ({"age": 30}, False, "withhold by site.reflex.test-mma.never_for.pregnancy-not-known"),
        ({"age": 60}, True, "withhold by site.reflex.test-mma.never_for.privacy"),
    ],
)
def test_nobody_of_a_group_gets_it_added(
    tmp_path: Path, patient: dict[str, object], *, protected: bool, by: str
) -> None:
    profile = site_profile(tmp_path, more=NEVER)
    found = rules(profile, assessed(profile, **patient), protected=protected)
    assert found["test-mma"] == by


def test_of_no_case_is_a_test_added_for_a_group_that_is_left_out(tmp_path: Path) -> None:
    """Over the spec tables, all tests added: nobody of a group, and each test has its rule."""
    each = RULE.format(action="add", more=NEVER)
    text = "".join(each.replace("test-mma", code) for code in TESTS)
    file = tmp_path / "every.toml"
    file.write_text(f'name = "Here"\n{text}', "utf-8")
    profile = load_profile("uk-nice", load_site(file))
    seen: Counter[str] = Counter()
    for row in tuple(spec_rows())[::3]:
        assessment = assess(row.facts, profile.knowledge, row.on, find_unknowns=False)
        age, patient = age_on(row.facts.patient, row.on), row.facts.patient
        for code, made in rules(profile, assessment).items():
            action, _, rule = made.partition(" by ")
            group = rule.removeprefix(f"site.reflex.{code}").removeprefix(".never_for.")
            seen[group or action] += 1
            assert rule.startswith(f"site.reflex.{code}")
            assert (action == "add") == (group == "")
            assert age is None or age >= 16
            assert patient.pregnant is not True or group == "pregnancy"
    assert all(seen[name] for name in ("add", "pregnancy", "pregnancy-not-known"))


@pytest.mark.parametrize(("ago", "is_added"), [(400, False), (401, True)])
def test_it_is_not_repeated_within_the_interval(
    tmp_path: Path, ago: int, *, is_added: bool
) -> None:
    profile = site_profile(tmp_path, more="minimum_days = 400")
    old = result(Analyte.mma, "200", "nmol/L", ago)
    expected = "add by site.reflex.test-mma"
    assert rules(profile, assessed(profile, old))["test-mma"] == (
        expected if is_added else "withhold by site.reflex.test-mma.minimum_days"
    )


def test_a_message_is_answered_with_the_rule_and_the_hash_of_the_site_file(tmp_path: Path) -> None:
    site = site_file(tmp_path, more=NEVER)
    sign = obx("91019004", "", "", kind="", system="SCT")
    older = PID.replace("19690412", "19600412")
    body = message(obx(value="250"), sign, pid=[older])
    found = answered(body, site=site)
    assert field(found, "ZCB", 5) == "test-mma"
    assert field(found, "ZCB", 17) == load_site(site).hash
    assert [field(found, "ZCB", 18, at) for at in (1, 2, 3)] == [
        "test-mma",
        "add",
        "site.reflex.test-mma",
    ]
    protected = message(obx(value="250"), sign, pid=[older, "PD1||||||||||||Y"])
    found = answered(protected, site=site)
    assert (field(found, "ZCB", 5), field(found, "ZCB", 18, 2)) == ("", "withhold")
