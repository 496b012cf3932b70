"""The reader against an independent one, on generated bundles and on real files."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cobalamin.fhir.decode.errors import ReadError
from cobalamin.fhir.prefetch import KeyState
from cobalamin.service.rules.model.facts import Facts
from fhir_builders import LOINC, UCUM, prefetched, read, read_or_error
from plain_reader import Accepted, read_plainly

SHARED = Path(__file__).parents[4] / "shared" / "data"
FILES = sorted((SHARED / "fhir").glob("*.json"))
REQUESTS = sorted((SHARED / "cds-hooks").glob("*.json"))
absent = pytest.mark.skipif(not FILES, reason="the shared test data is not beside the project")


def accepted(facts: Facts) -> list[Accepted]:
    """What was accepted, in the words of the oracle."""
    return sorted(
        {
            (
                r.analyte.value,
                f"{r.quantity.comparator or ''}{r.quantity.value:f}",
                r.quantity.unit,
                r.on.text,
            )
            for r in facts.results
            if r.quantity is not None
        }
    )


codes = st.sampled_from(
    ["2132-9", "14685-2", "35201-3", "718-7", "787-2", "2160-0", "13964-2", "2170-9", "9999-0"]
)
units = st.sampled_from(
    ["pg/mL", "pg/ml", "pmol/L", "ng/L", "nmol/L", "g/dL", "g/L", "g/mL", "fL", "umol/L", "x", ""]
)
systems = st.sampled_from([LOINC, LOINC, LOINC, "LOINC", "urn:local", None])
numbers = st.one_of(
    st.integers(0, 3000),
    st.decimals(0, 3000, places=2).map(float),
    st.sampled_from([-1, 240599, 10**13, 0.001]),
)
quantities = st.fixed_dictionaries(
    {"value": numbers},
    optional={
        "unit": units,
        "code": units,
        "system": st.sampled_from([UCUM, UCUM, "urn:units"]),
        "comparator": st.sampled_from(["<", "<=", ">", ">=", "~", None]),
    },
)
observations = st.fixed_dictionaries(
    {
        "resourceType": st.just("Observation"),
        "code": st.fixed_dictionaries(
            {
                "coding": st.lists(
                    st.fixed_dictionaries({"system": systems, "code": codes}), max_size=2
                )
            }
        ),
    },
    optional={
        "status": st.sampled_from(
            ["final", "final", "amended", "Final", "preliminary", "cancelled", "banana", None]
        ),
        "effectiveDateTime": st.sampled_from(
            ["2026-11-02", "2026-11", "2026", "2026-11-02T08:00:00Z", "soon", None]
        ),
        "effectivePeriod": st.sampled_from([{"end": "2026-10-01"}, {"start": "2026"}, {}, None]),
        "issued": st.sampled_from(["2026-11-03T08:00:00Z", None]),
        "valueQuantity": st.one_of(st.none(), quantities),
        "dataAbsentReason": st.sampled_from([None, {"text": "lost"}]),
        "hasMember": st.sampled_from([None, [{"reference": "Observation/1"}]]),
        "interpretation": st.sampled_from([None, [], [{"text": "low"}]]),
    },
)
others = st.sampled_from([{"resourceType": "Practitioner"}, {"resourceType": "Foo"}, None])


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(observations, observations, others), max_size=6))
def test_generated_bundles_are_read_as_by_the_oracle(resources: list[dict[str, object]]) -> None:
    numbered = [
        {**resource, "id": f"n{i}"} if resource and "code" in resource else resource
        for i, resource in enumerate(resources)
    ]
    for resource in numbered:
        # Corrections have their own tests; here each result stands by itself.
        if resource and resource.get("status") == "amended":
            resource["status"] = "final"
    body = {"resourceType": "Bundle", "entry": [{"resource": r} for r in numbered]}
    text = json.dumps(body)
    expected, refused = read_plainly(text)
    facts = read(text)
    assert accepted(facts) == expected
    assert len(facts.refusals) == refused


@absent
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_real_file_is_read_as_by_the_oracle_or_refused_in_words(path: Path) -> None:
    body = path.read_bytes()
    facts = read_or_error(body)
    if isinstance(facts, ReadError):
        assert facts.where
        assert facts.problem
        return
    expected, _ = read_plainly(body.decode("utf-8-sig"))
    assert accepted(facts) == expected
    for note in facts.notes:
        assert note.where.split(".")[0].split("[")[0].isalpha()


@absent
@pytest.mark.parametrize("path", REQUESTS, ids=lambda path: path.name)
def test_every_real_prefetch_value_is_read(path: Path) -> None:
    request = json.loads(path.read_text("utf-8-sig"))
    for value in (request.get("prefetch") or {}).values():
        found = prefetched(patient=value, labs=value)
        assert found.states["labs"] is not KeyState.absent
        assert all(note.where.startswith("prefetch.") for note in found.facts.notes)
