"""All adults of NHANES 2001-2002 in one request, a bad line among them."""

import json
from collections import Counter
from collections.abc import Callable

import pytest

from app import app_with
from population import (
    ADULTS,
    DAY,
    IN_MASS,
    IN_MOLES,
    Columns,
    Row,
    all_adults,
    bundle_of,
    plain_of,
)

pytestmark = pytest.mark.skipif(not ADULTS.is_file(), reason=f"no survey data at {ADULTS.name}")
PATH = f"/v1/assessments/batch?asOf={DAY}"
IN_PG = {"deficient": 80, "indeterminate": 1115, "unlikely": 3526}
IN_PMOL = {"deficient": 87, "indeterminate": 1102, "unlikely": 3532}


@pytest.mark.parametrize(
    ("form", "columns", "expected"),
    [
        pytest.param(bundle_of, IN_MASS, IN_PG, id="Bundles, pg/mL"),
        pytest.param(plain_of, IN_MOLES, IN_PMOL, id="plain forms, pmol/L"),
    ],
)
def test_the_survey_comes_back_in_order_with_its_bands(
    form: Callable[[Row, Columns], bytes], columns: Columns, expected: dict[str, int]
) -> None:
    adults = list(all_adults())
    lines = [form(adult, columns) for adult in adults]
    middle = len(lines) // 2
    lines.insert(middle, b'{"resourceType": "Bundle", ')
    answer = (
        app_with()
        .test_client()
        .post(PATH, data=b"\n".join(lines), content_type="application/x-ndjson", buffered=True)
    )
    assert answer.status_code == 200
    answers = [json.loads(line) for line in answer.data.splitlines()]
    assert len(answers) == 5412
    bad = answers.pop(middle)
    assert (bad["status"], bad["line"]) == (400, middle + 1)
    assert [a["subject"] for a in answers] == [f"Patient/{adult['SEQN']}" for adult in adults]
    bands = Counter(a["findings"]["b12Status"]["band"] for a in answers)
    assert bands.pop("none") == 5411 - 4721
    assert bands == expected
    commented = [a for a in answers if a["comment"]]
    assert all(len(a["comment"]["text"].split()) <= 60 for a in commented)
    silent = {a["comment"]["code"] for a in commented if a["plan"]["rung"] in ("R17", "R20")}
    assert silent == {"large-cells-level-sufficient", "folate-level-sufficient"}
