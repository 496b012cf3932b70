"""The adults of NHANES 2001-2002, one Bundle each, through the reader and the engine."""

import json
from collections import Counter

import pytest

from cobalamin.fhir.reader import read_body
from cobalamin.service.knowledge.profile import load_profile
from cobalamin.service.rules.assess import assess
from population import ADULTS, DAY, adults_with_b12

LIBRARY = load_profile("uk-nice")
LOINC = {"pg/mL": "2132-9", "pmol/L": "14685-2"}

pytestmark = pytest.mark.skipif(not ADULTS.is_file(), reason=f"no survey data at {ADULTS.name}")


def bundle_of(adult: dict[str, str], column: str, unit: str) -> bytes:
    """A Bundle with the person's age and sex and one B12 in the unit."""
    subject = {"reference": f"Patient/{adult['SEQN']}"}
    patient = {
        "resourceType": "Patient",
        "id": adult["SEQN"],
        "gender": "male" if float(adult["gender"]) == 1 else "female",
        "birthDate": f"{DAY.year - int(float(adult['RIDAGEYR']))}-01-01",
    }
    quantity = (
        f'{{"value": {adult[column]}, "code": "{unit}", "system": "http://unitsofmeasure.org"}}'
    )
    observation = {
        "resourceType": "Observation",
        "id": "b12",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": LOINC[unit]}]},
        "subject": subject,
        "effectiveDateTime": DAY.isoformat(),
        "valueQuantity": json.loads(quantity),
    }
    entry = [{"resource": patient}, {"resource": observation}]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entry}).encode()


@pytest.mark.parametrize(
    ("column", "unit", "expected"),
    [
        ("LBXB12", "pg/mL", {"deficient": 80, "indeterminate": 1115, "unlikely": 3526}),
        ("LBDB12SI", "pmol/L", {"deficient": 87, "indeterminate": 1102, "unlikely": 3532}),
    ],
)
def test_the_bands_of_the_survey_are_reproduced(
    column: str, unit: str, expected: dict[str, int]
) -> None:
    found: Counter[str] = Counter()
    for adult in adults_with_b12():
        facts = read_body(bundle_of(adult, column, unit), LIBRARY.codes, LIBRARY.knowledge.units)
        found[assess(facts, LIBRARY.knowledge, DAY).status.band.value] += 1
    assert found == expected
    assert found.total() == 4721
