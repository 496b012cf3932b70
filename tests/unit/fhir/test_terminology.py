"""The project's own codes are published as valid FHIR, complete and without a stranger."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class

from cobalamin.service.rules.model.vocabulary import Analyte, Feature, History

BUNDLE = Path(__file__).resolve().parents[3] / "docs" / "terminology.json"
RESOURCES = [entry["resource"] for entry in json.loads(BUNDLE.read_text("utf-8"))["entry"]]


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda r: f"{r['resourceType']}-{r['id']}")
def test_resource_is_valid(resource: dict[str, Any]) -> None:
    get_fhir_model_class(resource["resourceType"]).model_validate(resource)


@pytest.mark.parametrize(
    ("name", "vocabulary"), [("analyte", Analyte), ("feature", Feature), ("history", History)]
)
def test_the_code_system_holds_the_whole_vocabulary(name: str, vocabulary: type[StrEnum]) -> None:
    (system,) = [
        resource
        for resource in RESOURCES
        if resource["url"] == f"https://cobalamin.org/fhir/CodeSystem/{name}"
    ]
    assert {concept["code"] for concept in system["concept"]} == set(vocabulary)
    assert system["count"] == len(system["concept"])


def test_value_sets_name_published_systems_and_the_projects_own() -> None:
    for resource in RESOURCES:
        if resource["resourceType"] == "ValueSet":
            own, *published = resource["compose"]["include"]
            assert own["system"].startswith("https://cobalamin.org/")
            assert published
            assert all(include["concept"] for include in published)
