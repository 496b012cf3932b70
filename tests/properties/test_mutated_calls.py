"""Any member of any call may be missing, null, of another type or doubled: never a fault."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import KEY, SHARED, example, post
from cobalamin.service.cds_hooks.services import SERVICES
from cobalamin.service.settings import Service
from exchanges import tolerated
from hook_requests import requests_for
from mutations import Steps, paths
from orders import a_test, daily, folic_acid, medicine, order_call

HOOKS = {
    "order-select": "b12-order-select",
    "medication-prescribe": "b12-order-select",
    "order-sign": "b12-order-sign",
    "order-review": "b12-order-sign",
    **{service.hook: service.id.value for service in SERVICES},
}
FURTHER = ("encounter-discharge", "problem-list-item-create", "medication-refill")
JUNK: list[Any] = [
    None, True, 0, -1.5, 1e300, "", "x", "9" * 50, [], [[]], [None], [7], {}, {"x": 1},
    {"reference": 7}, {"coding": [{}]}, {"resourceType": "Bundle"},
]  # fmt: skip


def bodies() -> list[Any]:
    """The project's own calls, and those of others where they are at hand."""
    own = [
        pytest.param(example("patient-view.json"), id="patient-view"),
        pytest.param(
            order_call(
                folic_acid(), medicine("b", "11248", **daily(1, "mg")), a_test("t", "2132-9")
            ),
            id="order-sign",
        ),
        pytest.param(
            order_call(folic_acid(), medicine("m", "6809"), hook="order-select"), id="order-select"
        ),
    ]
    own += [
        pytest.param(call, id=f"{hook}: {about}")
        for hook in FURTHER
        for about, call in requests_for(hook).items()
    ]
    return own + [pytest.param(body, id=file.stem) for file in files() if (body := read(file))]


def files() -> list[Path]:
    return sorted((SHARED / "cds-hooks").glob("*.json"))


def read(file: Path) -> dict[str, Any] | None:
    """A body of others with the two keys that are required here, so that it is read further."""
    try:
        body = json.loads(file.read_bytes())
    except ValueError:
        return None
    if not isinstance(body, dict):
        return None
    prefetch = body.get("prefetch")
    others = prefetch if isinstance(prefetch, dict) else {}
    return body | {"prefetch": {"patient": None, "labs": None, **others}}


def mutate(body: Any, path: Steps, how: str, junk: object) -> None:  # noqa: ANN401
    """One member dropped, made null, retyped or doubled, if an earlier change left it there."""
    node = body
    try:
        for key in path[:-1]:
            node = node[key]
        value = node[path[-1]]
    except (KeyError, IndexError, TypeError):
        return
    if isinstance(node, str):
        return
    if how == "drop":
        del node[path[-1]]
    elif how == "double":
        node[path[-1]] = [value, copy.deepcopy(value)]
    else:
        node[path[-1]] = None if how == "null" else copy.deepcopy(junk)


@pytest.mark.parametrize("body", bodies())
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_mutation_of_a_call_is_a_fault(body: dict[str, Any], data: st.DataObject) -> None:
    places = paths(body)
    mutated = copy.deepcopy(body)
    for _ in range(data.draw(st.integers(1, 3))):
        mutate(
            mutated,
            data.draw(st.sampled_from(places)),
            data.draw(st.sampled_from(("drop", "null", "retype", "double"))),
            data.draw(st.sampled_from(JUNK)),
        )
    service = HOOKS.get(str(body.get("hook")), "b12-patient-view")
    with tolerated("cds-r-2"):
        answer = post(f"/cds-services/{service}", mutated, services=tuple(Service))
    assert answer.status_code in (200, 400, 412), answer.text
    whole = answer.get_json(force=True)
    if answer.status_code == 200:
        assert whole["extension"][KEY]["outcome"]
        assert whole["extension"][KEY]["reasons"] or whole["cards"]
    else:
        assert whole["resourceType"] == "OperationOutcome"
