"""A member that a JSON object names twice is refused by its path, at every address."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import app_with, example, post
from cobalamin.fhir.decode.repeated_keys import find_repeated_key
from fhir_builders import a_bundle, a_patient, an_observation

Json = dict[str, Any]


def sent_twice(body: object, where: str = '"valueQuantity":') -> bytes:
    text = json.dumps(body, separators=(",", ":"))
    assert where in text
    return text.replace(where, where + '{"value":900,"unit":"pg/mL"},' + where, 1).encode()


BUNDLE = a_bundle(a_patient(), an_observation())
FORM = example("assessment.json")


def test_in_a_bundle_the_path_is_named() -> None:
    answer = post("/v1/assessments", sent_twice(BUNDLE))
    assert answer.status_code == 400
    assert (answer.json or {})["where"] == "Bundle.entry[1].resource.valueQuantity"


@pytest.mark.parametrize("path", ["/v1/assessments", "/fhir/$b12-assess"])
def test_every_address_of_the_laboratory_refuses_it(path: str) -> None:
    assert post(path, sent_twice(BUNDLE)).status_code == 400


def test_in_the_plain_form_the_path_is_named() -> None:
    body = json.dumps(FORM).replace('"results":', '"results":[],"results":', 1).encode()
    answer = post("/v1/assessments", body)
    assert (answer.status_code, (answer.json or {})["where"]) == (400, "results")


def test_in_a_hook_call_the_path_is_named() -> None:
    text = json.dumps(example("patient-view.json"))
    twice = text.replace('"effectiveDateTime":', '"effectiveDateTime":"2020","effectiveDateTime":')
    answer = post("/cds-services/b12-patient-view", twice.encode())
    assert answer.status_code == 400
    assert "effectiveDateTime" in answer.text


def test_in_a_batch_the_other_lines_are_answered() -> None:
    lines = b"\n".join((sent_twice(BUNDLE), json.dumps(BUNDLE).encode()))
    client = app_with().test_client()
    answer = client.post("/v1/assessments/batch", data=lines, content_type="application/x-ndjson")
    first, second = (json.loads(line) for line in answer.text.splitlines())
    assert first["status"] == 400
    assert second["findings"]


# --- any object

KEYS = st.sampled_from(("a", "b", "value", 'with "quotes":', "note : x", "\u00e9", ""))
VALUES: st.SearchStrategy[object] = st.recursive(
    st.none() | st.integers(-5, 5) | st.sampled_from(("x", 'x":', '"a":1', " :", "\\")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)
LAYOUTS = st.sampled_from(((",", ":"), (", ", ": "), (" ,\n", " :\t"), (",", "\n:")))


@given(st.dictionaries(KEYS, VALUES), LAYOUTS, st.booleans())
def test_a_body_without_one_is_never_refused(
    body: Json,
    layout: tuple[str, str],
    ascii_only: bool,  # noqa: FBT001 - drawn
) -> None:
    text = json.dumps(body, separators=layout, ensure_ascii=ascii_only)
    assert find_repeated_key(text.encode()) is None


@given(VALUES, VALUES, VALUES, st.sampled_from(("a", "\\u0061")), LAYOUTS)
def test_one_is_found_however_it_is_written(
    before: object, one: object, other: object, again: str, layout: tuple[str, str]
) -> None:
    comma, colon = layout
    items = ((str(name), json.dumps(value)) for name, value in (("a", one), (again, other)))
    inner = comma.join(f'"{name}"{colon}{value}' for name, value in items)
    body = f'{{"first"{colon}{json.dumps(before)}{comma}"in"{colon}[{{{inner}}}]}}'
    assert find_repeated_key(body.encode()) == "in[0].a"


@given(st.binary(max_size=40))
def test_what_is_no_json_has_none(body: bytes) -> None:
    assert find_repeated_key(body) is None or b":" in body
