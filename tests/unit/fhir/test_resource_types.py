"""A Bundle is decoded in one scan whatever types of resource it holds."""

import json
import re
from pathlib import Path

import fhir.resources
import pytest

from cobalamin.fhir.decode.bundles import decode_bundle
from cobalamin.fhir.decode.resource_types import RESOURCE_TYPES

DECLARED = re.compile(
    r"^class (\w+)\((?:domainresource\.Domain|resource\.)Resource\)", re.MULTILINE
)
ABSTRACT = {"CanonicalResource", "DomainResource", "MetadataResource"}


def bundle_of(*kinds: str) -> bytes:
    entries = [{"resource": {"resourceType": kind, "id": "1"}} for kind in kinds]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}).encode()


@pytest.mark.parametrize("kind", sorted(RESOURCE_TYPES))
def test_every_type_is_decoded_in_one_scan(kind: str) -> None:
    assert decode_bundle(bundle_of("Patient", kind, "Observation")) is not None


@pytest.mark.parametrize("release", [".", "R4B", "STU3"])
def test_no_type_of_a_release_is_forgotten(release: str) -> None:
    folder = Path(next(iter(fhir.resources.__path__))) / release
    found = {
        name for file in folder.glob("*.py") for name in DECLARED.findall(file.read_text("utf-8"))
    }
    assert len(found) > 100
    assert found - ABSTRACT <= RESOURCE_TYPES


def test_another_type_is_left_to_the_reader_of_single_entries() -> None:
    assert decode_bundle(bundle_of("Patient", "LocalThing")) is None
