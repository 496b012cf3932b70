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
from r4_invariants import broken_by_resource, invariants

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


def concept_map(**group: object) -> Json:
    return {"resourceType": "ConceptMap", "name": "A", "group": [group]}


def value_set(**compose: object) -> Json:
    return {"resourceType": "ValueSet", "name": "A", "compose": {"include": [compose]}}


def expansion(**contains: object) -> Json:
    return {"resourceType": "ValueSet", "name": "A", "expansion": {"contains": [contains]}}


def named(kind: str) -> Json:
    return {"resourceType": kind, "name": "a name with spaces"}


CONCEPT, FILTER = [{"code": "a"}], [{"property": "b", "op": "=", "value": "c"}]
BREAKING: dict[str, Json] = {
    "adf-0": named("ActivityDefinition"),
    "cmd-0": named("ConceptMap"),
    "cmd-1": concept_map(element=[{"target": [{"equivalence": "narrower"}]}]),
    "cmd-2": concept_map(unmapped={"mode": "fixed"}),
    "cmd-3": concept_map(unmapped={"mode": "other-map"}),
    "csd-0": named("CodeSystem"),
    "csd-1": {"resourceType": "CodeSystem", "name": "A", "concept": [*CONCEPT, *CONCEPT]},
    "lib-0": named("Library"),
    "pdf-0": named("PlanDefinition"),
    "vsd-0": named("ValueSet"),
    "vsd-1": value_set(version="1"),
    "vsd-2": value_set(valueSet=["http://example.org/a"], concept=CONCEPT),
    "vsd-3": value_set(system="http://example.org/a", concept=CONCEPT, filter=FILTER),
    "vsd-6": expansion(abstract=True),
    "vsd-9": expansion(display="a"),
    "vsd-10": expansion(code="a"),
}


def test_every_invariant_of_the_artifacts_is_tried() -> None:
    own = {one.id for one in invariants() if one.path.partition(".")[0] in TYPES}
    assert set(BREAKING) == own


@pytest.mark.parametrize("invariant", BREAKING)
def test_an_artifact_that_breaks_an_invariant_is_found(invariant: str) -> None:
    assert f"{invariant} at" in " ".join(broken_by_resource(BREAKING[invariant]))
