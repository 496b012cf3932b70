"""The knowledge as FHIR: valid R4, its invariants kept, and the same from run to run."""

import json
import subprocess
import sys
from typing import Any

import pytest
from click.testing import CliRunner
from fhir.resources.R4B import get_fhir_model_class

from assessments import PROFILES
from cobalamin.service.cli.main import main
from cobalamin.service.knowledge.review.groups import load_groups
from cobalamin.service.rules.plan.pathway import STEPS_BY_ID
from r4_invariants import broken_by_resource

Json = dict[str, Any]
TYPES = {"PlanDefinition", "ActivityDefinition", "Library", "ValueSet", "ConceptMap", "CodeSystem"}
EXPORTED: dict[str, Json] = {
    profile: json.loads(
        CliRunner().invoke(main, ["knowledge", "export", "--profile", profile]).stdout
    )
    for profile in PROFILES
}


def resources(profile: str) -> list[Json]:
    return [entry["resource"] for entry in EXPORTED[profile]["entry"]]


@pytest.mark.parametrize("profile", PROFILES)
def test_every_artifact_is_valid_and_keeps_the_invariants(profile: str) -> None:
    for resource in resources(profile):
        get_fhir_model_class(resource["resourceType"]).model_validate(resource)
        broken = list(broken_by_resource(resource))
        assert not broken, f"{resource['url']}: {broken}"
    assert {resource["resourceType"] for resource in resources(profile)} == TYPES


@pytest.mark.parametrize("profile", PROFILES)
def test_every_step_group_and_address_is_there_once(profile: str) -> None:
    exported = resources(profile)
    (plan,) = (one for one in exported if one["resourceType"] == "PlanDefinition")
    assert {action["id"] for action in plan["action"]} == set(STEPS_BY_ID)
    assert all(action["documentation"] for action in plan["action"])
    addresses = [one["url"] for one in exported]
    assert len(addresses) == len(set(addresses))
    assert set(plan["library"]) <= set(addresses)
    groups = [one for one in exported if "/group-" in one["url"] or "-group-" in one["url"]]
    assert len(groups) == len(load_groups())


def test_another_process_exports_the_same() -> None:
    code = "from cobalamin.service.cli.main import main; main(['knowledge', 'export'])"
    done = subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.PIPE)  # noqa: S603
    assert json.loads(done.stdout) == EXPORTED[PROFILES[0]]
