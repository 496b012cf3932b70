"""Long lists are refused before their elements are built."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import post, view
from cobalamin.fhir.decode import raw_lists
from cobalamin.fhir.decode.raw_lists import MAX_ELEMENTS, ListTooLongError, decode_raw_list
from cobalamin.fhir.decode.resources import DECODE_ERRORS

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet='a,"\\[]{}é'),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@given(st.lists(VALUES, max_size=12), st.integers(1, 8))
def test_a_list_is_too_long_by_its_own_elements_only(elements: list[object], most: int) -> None:
    raw = msgspec.Raw(json.dumps(elements).encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(raw_lists, "MAX_ELEMENTS", most)
        is_short = len(raw) <= 2 * most  # not looked at: it cannot hold so many
        assert raw_lists.is_too_long(raw) is (len(elements) > most and not is_short)
    if is_short:
        assert len(elements) <= most


def test_what_is_no_list_is_left_to_the_decoder() -> None:
    for raw in (b"{}", b"1", b'"a"', b"[1", b"[" * 50_000):
        with pytest.raises(DECODE_ERRORS):
            decode_raw_list(msgspec.Raw(raw))
    with pytest.raises(ListTooLongError):
        decode_raw_list(msgspec.Raw(b"[" + b"1," * MAX_ELEMENTS + b"1]"))


@pytest.mark.parametrize("entry", [{}, 1, {"resource": {"resourceType": "Observation", "code": 1}}])
def test_a_bundle_with_too_many_entries_is_refused(entry: object) -> None:
    for count, status in ((MAX_ELEMENTS, 200), (MAX_ELEMENTS + 1, 422)):
        answer = post("/v1/assessments", {"resourceType": "Bundle", "entry": [entry] * count})
        assert answer.status_code == status
    assert answer.get_json()["where"] == "Bundle.entry"


def test_too_many_contained_results_are_refused() -> None:
    report = {"resourceType": "DiagnosticReport", "status": "final", "code": {"text": "x"}}
    answer = post("/v1/assessments", {**report, "contained": [{}] * (MAX_ELEMENTS + 1)})
    assert answer.status_code == 422


def test_a_list_of_a_hook_that_is_too_long_is_not_known() -> None:
    labs = {"resourceType": "Bundle", "entry": [{}] * (MAX_ELEMENTS + 1)}
    patient = {"resourceType": "Patient", "id": "p"}
    call = {
        "hook": "patient-view",
        "hookInstance": "1d5a4f6e-9c1b-4a6e-8a39-5f0f6d0d3c57",
        "context": {"userId": "Practitioner/1", "patientId": "p"},
        "prefetch": {"patient": patient, "labs": labs},
    }
    assert view(call).status_code == 412
