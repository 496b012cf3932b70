"""A reference means the same in each way in which senders write it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cobalamin.fhir.decode.reader_state import ElementPath
from cobalamin.fhir.decode.references import (
    names_of_resource,
    normalise_reference,
    relative_reference,
)

IDS = st.from_regex(r"[A-Za-z0-9.-]{1,64}", fullmatch=True)
TYPES = st.sampled_from(["Patient", "Observation", "MedicationRequest"])
SERVERS = st.sampled_from(["", "/", "https://ehr.example.org/fhir/", "https://ehr.example.org/"])
ENDINGS = st.sampled_from(["", "/", "/_history/2"])


@given(server=SERVERS, kind=TYPES, identity=IDS, ending=ENDINGS)
def test_server_version_and_slashes_are_left_out(
    server: str, kind: str, identity: str, ending: str
) -> None:
    reference = f"{server}{kind}/{identity}{ending}"
    assert relative_reference(reference) == f"{kind}/{identity}"
    assert normalise_reference(reference) == f"{kind}/{identity}"


@given(identity=IDS, ending=ENDINGS)
def test_a_bare_id_is_that_of_a_patient_where_a_type_is_needed(identity: str, ending: str) -> None:
    assert relative_reference(identity + ending) == identity
    assert normalise_reference(identity + ending) == f"Patient/{identity}"


@pytest.mark.parametrize("reference", ["urn:uuid:1", "#1"])
def test_a_name_within_the_bundle_stays_as_it_is(reference: str) -> None:
    assert normalise_reference(reference) == reference


def test_a_resource_goes_by_its_id_and_by_its_full_url() -> None:
    path = ElementPath("Bundle", 0, "https://ehr.example.org/fhir/Observation/2")
    assert names_of_resource("Observation", "1", path) == {"Observation/1", "Observation/2"}
    assert names_of_resource("Observation", None, path) == {"Observation/2"}
    assert names_of_resource("Observation", None, ElementPath("Bundle", 0)) == frozenset()
