"""Anything at all may stand in any place of a Bundle: it is read, noted or refused in words."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fhir_builders import (
    FEATURE,
    INTERPRETATION,
    SNOMED,
    a_bundle,
    a_code,
    a_finding,
    a_patient,
    a_quantity,
    a_resource,
    an_observation,
    prefetched,
    read_or_error,
)
from mutations import paths

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
MEDICATION = {"resourceType": "Medication", "id": "m", "code": a_code("861007", RXNORM)}
WHOLE = a_bundle(
    a_patient(),
    an_observation(
        identifier=[{"system": "urn:lab", "value": "7"}],
        meta={"lastUpdated": "2026-11-02T08:00:00Z"},
        interpretation=[a_code("L", INTERPRETATION)],
        referenceRange=[{"low": a_quantity(180, "pg/mL"), "high": a_quantity(914, "pg/mL")}],
        effectiveDateTime=None,
        effectivePeriod={"start": "2026-11-01", "end": "2026-11-02"},
        contained=[an_observation(code=a_code("718-7"), valueQuantity=a_quantity(10, "g/dL"))],
    ),
    an_observation(198, status="corrected", identifier=[{"system": "urn:lab", "value": "7"}]),
    an_observation(id="x", status="entered-in-error", identifier=[{"value": "8"}]),
    an_observation(
        code=a_code("58410-2"),
        valueQuantity=None,
        component=[{"code": a_code("787-2"), "valueQuantity": a_quantity(108, "fL")}],
    ),
    an_observation(
        code=a_code("31444-3"), valueQuantity=None, valueCodeableConcept=a_code("10828004", SNOMED)
    ),
    a_finding(
        "numbness",
        FEATURE,
        bodySite=a_code("56459004", SNOMED),
        extension=[{"url": "urn:x", "valueBoolean": True}],
    ),
    a_resource(
        "Condition",
        code=a_code("D51.0", "http://hl7.org/fhir/sid/icd-10"),
        clinicalStatus=a_code("active", "x"),
        verificationStatus=a_code("confirmed", "x"),
        onsetPeriod={"start": "2019"},
    ),
    a_resource(
        "MedicationRequest",
        status="active",
        intent="order",
        medicationReference={"reference": "Medication/m"},
        contained=[MEDICATION],
        dosageInstruction=[
            {
                "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
                "route": a_code("26643006", SNOMED),
                "doseAndRate": [{"doseQuantity": a_quantity(500, "mg")}],
            }
        ],
    ),
    MEDICATION,
    a_resource(
        "MedicationAdministration",
        status="completed",
        medication={"concept": a_code("5514", RXNORM)},
        dosage={"dose": a_quantity(1, "mg")},
    ),
    a_resource("Procedure", status="completed", code=a_code("26452005", SNOMED)),
    a_resource("AllergyIntolerance", reaction=[{"substance": a_code("30010009", SNOMED)}]),
    a_resource(
        "FamilyMemberHistory",
        status="completed",
        condition=[{"code": a_code("84027009", SNOMED)}],
    ),
    a_bundle(an_observation(id="y", effectiveDateTime="2025")),
    link=[{"relation": "next", "url": "https://x"}],
)
JUNK: list[Any] = [
    "NaN", "sNaN", "Infinity",
    None, True, 0, -1, 1e300, "", "x", "<", "\u00b5", "#", "9" * 50, [], [[]], [None], [7], {},
    {"x": 1}, {"coding": [{}]}, {"coding": None}, {"reference": 7}, {"value": {}},
]  # fmt: skip


def changed(path: tuple[str | int, ...], junk: object) -> dict[str, Any]:
    """The Bundle with one element replaced; of the entries only the one that it is in."""
    body: Any = {**WHOLE, "entry": list(WHOLE["entry"])}
    if len(path) > 1 and path[0] == "entry":
        at = int(path[1])
        path = ("entry", 0, *path[2:])
        body["entry"] = body["entry"][at : at + 1]
    body = copy.deepcopy(body)
    node = body
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = copy.deepcopy(junk)
    return dict(body)


PATHS = paths(WHOLE)


def test_the_unchanged_bundle_is_read_in_full() -> None:
    facts = prefetched(patient=a_patient(), labs=WHOLE).facts
    assert {r.analyte.value for r in facts.results} == {
        "b12_total",
        "haemoglobin",
        "mcv",
        "intrinsic_factor_antibody",
    }
    assert {f.code.value for f in facts.features} == {"numbness"}
    assert {h.code.value for h in facts.history} == {
        "pernicious_anaemia",
        "metformin",
        "b12_replacement_parenteral",
        "gastrectomy_total",
        "cyanocobalamin_allergy",
        "family_history_b12",
    }


@pytest.mark.parametrize("junk", JUNK, ids=repr)
def test_one_odd_element_never_stops_the_reading(junk: object) -> None:
    for path in PATHS:
        body = changed(path, junk)
        read_or_error(body)
        found = prefetched(patient=a_patient(), labs=body)
        assert "labs" in found.states


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PATHS), st.sampled_from(JUNK)), max_size=4))
def test_several_odd_elements_never_stop_the_reading(
    changes: list[tuple[tuple[str | int, ...], object]],
) -> None:
    body: Any = copy.deepcopy(WHOLE)
    for path, junk in changes:
        node: Any = body
        try:
            for key in path[:-1]:
                node = node[key]
            node[path[-1]] = copy.deepcopy(junk)
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change has taken the place away
    facts = prefetched(patient=a_patient(), labs=body).facts
    assert all(note.where.startswith("prefetch.") for note in facts.notes)
    assert json.dumps([note.text for note in facts.notes])
