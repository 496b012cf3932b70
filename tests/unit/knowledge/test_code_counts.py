"""Codes are counted in one way for FHIR, NDJSON, hook calls and HL7 v2."""

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cobalamin.fhir.code_extraction import concepts_of
from cobalamin.service.knowledge.code_counts import CodeCounts, CodeUse, SentCode
from cobalamin.service.knowledge.codes import load_codes
from cobalamin.service.knowledge.site_block import site_block
from cobalamin.service.lab.hl7v2.coded_elements import concepts_of_message

CODES = load_codes()
LOINC = "http://loinc.org"
LOCAL = "https://lab.example.org/codes"
B12 = {"system": LOINC, "code": "2132-9", "display": "B12"}
OWN = {"system": LOCAL, "code": "VB12", "display": 'Vitamin "B12"'}


def observation(*codings: dict[str, str], **more: object) -> dict[str, Any]:
    return {"resourceType": "Observation", "code": {"coding": list(codings)}, **more}


def counted(*bodies: object) -> CodeCounts:
    counts = CodeCounts(CODES)
    for body in bodies:
        for concept in concepts_of(body):
            counts.add(concept.kind, concept.codings)
    return counts


def uses(counts: CodeCounts) -> dict[tuple[str, str], tuple[CodeUse, int, int]]:
    return {(one.kind, one.code): (one.use, one.times, one.alone) for one in counts}


def test_each_code_has_its_use_and_number() -> None:
    rxnorm = "http://www.nlm.nih.gov/research/umls/rxnorm"
    counts = counted(
        observation(B12, OWN),
        observation(OWN),
        observation({"system": LOINC, "code": "16695-9"}),
        observation({"system": LOINC, "code": "786-4"}),
        observation({"system": LOINC, "code": "664-3"}),
        {
            "resourceType": "MedicationRequest",
            "medicationCodeableConcept": {"coding": [{"system": rxnorm, "code": "199318"}]},
        },
        {"resourceType": "Condition", "code": {"text": "tired"}},
    )
    assert uses(counts) == {
        ("result", "2132-9"): (CodeUse.read, 1, 0),
        ("result", "VB12"): (CodeUse.system_not_read, 2, 1),
        ("result", "16695-9"): (CodeUse.refused, 1, 0),
        ("result", "786-4"): (CodeUse.no_fact, 1, 0),
        ("result", "664-3"): (CodeUse.code_not_known, 1, 1),
        ("medicine", "199318"): (CodeUse.read, 1, 0),
    }
    assert counts.text_only == {"condition": 1}
    assert counts.concepts == {"result": 5, "medicine": 1, "condition": 1}


@pytest.mark.parametrize(
    "body",
    [
        {"resourceType": "Bundle", "entry": [{"resource": observation(OWN)}]},
        {"resourceType": "Parameters", "parameter": [{"resource": observation(OWN)}]},
        {"hook": "patient-view", "prefetch": {"labs": {"entry": [{"resource": observation(OWN)}]}}},
        {"resourceType": "DiagnosticReport", "contained": [observation(OWN)]},
        [observation(OWN)],
        {"resourceType": "Observation", "component": [{"code": {"coding": [OWN]}}]},
    ],
)
def test_codes_are_found_wherever_a_resource_stands(body: object) -> None:
    assert ("result", "VB12") in uses(counted(body))


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "MedicationRequest", "medicationCodeableConcept": {"coding": [OWN]}},
        {"resourceType": "MedicationOrder", "medicationCodeableConcept": {"coding": [OWN]}},
        {"resourceType": "MedicationUsage", "medication": {"concept": {"coding": [OWN]}}},
        {"resourceType": "Medication", "code": {"coding": [OWN]}},
        {
            "resourceType": "Medication",
            "ingredient": [{"itemCodeableConcept": {"coding": [OWN]}}],
        },
    ],
)
def test_medicines_are_found_in_every_version(resource: object) -> None:
    assert uses(counted(resource)) == {("medicine", "VB12"): (CodeUse.system_not_read, 1, 1)}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["resourceType", "code", "coding", "system", "component", "entry"]),
            inner | st.just("Observation"),
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(JSON)
def test_any_json_can_be_counted(body: object) -> None:
    counts = counted(body)
    assert sum(counts.totals().values()) == sum(one.times for one in counts)
    assert all(0 <= one.alone <= one.times for one in counts)


MESSAGE = (
    "MSH|^~\\&|LIS|LAB|||2026||ORU^R01|1|P|2.5.1\r"
    "PID|1||P1\rOBX|1|NM|2132-9^B12^LN||109|pmol/L\r"
    "OBX|2|NM|VB12^Vitamin B12^L^2132-9^B12^LN||109|pmol/L\r"
    "DG1|1||D51.0^Pernicious^I10\rRXE||199318^Folic acid^RXNORM\rOBX|3|NM|||1\r"
)


def test_the_segments_of_messages_are_read_with_their_own_marks() -> None:
    odd = MESSAGE.replace("|", "!").replace("^", "*").replace("MSH!*~", "MSH!*~")
    for text in (MESSAGE, odd, MESSAGE.replace("\r", "\r\n"), f"\x0b{MESSAGE}\x1c\r"):
        counts = CodeCounts(CODES)
        for concept in concepts_of_message(text.encode()):
            counts.add(concept.kind, concept.codings)
        assert uses(counts) == {
            ("result", "2132-9"): (CodeUse.read, 2, 0),
            ("result", "VB12"): (CodeUse.system_not_read, 1, 0),
            ("condition", "D51.0"): (CodeUse.read, 1, 0),
            ("medicine", "199318"): (CodeUse.read, 1, 0),
        }


@given(st.lists(st.tuples(st.text(max_size=6), st.text(min_size=1, max_size=6), st.text())))
def test_the_block_for_the_site_file_is_toml_whatever_was_sent(
    sent: list[tuple[str, str, str]],
) -> None:
    counts = CodeCounts(CODES)
    for one in sent:
        counts.add("result", [SentCode(*one)])
    block = site_block(counts, {})
    unknown = {one.system for one in counts if one.use in {"code not known", "system not read"}}
    assert set(tomllib.loads(block).get("codes", {})) == unknown
    filled = "\n".join(
        line.removeprefix("# ").replace('= ""', '= "b12_total"') for line in block.splitlines()
    )
    tomllib.loads(filled)
