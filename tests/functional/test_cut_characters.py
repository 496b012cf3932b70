"""A text truncated in the middle of a character costs nothing else."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import KEY, app_with, example, post
from cobalamin.fhir.decode.json_repair import normalise, replace_lone_surrogates

WHOLE, CUT = r"\ud83d\ude00", r"\ud83d"
BROKEN = [CUT, r"\ude00", rf"{CUT}{CUT}\ude00", rf"\\{CUT}"]


def with_note(body: dict[str, Any], escaped: str) -> bytes:
    """The body with a text that ends like this."""
    return json.dumps({**body, "note": "@"}).replace("@", f"seen {escaped}").encode()


def deep(body: dict[str, Any], escaped: str) -> bytes:
    """The same within the first result of a prefetch."""
    body["prefetch"]["labs"]["entry"][0]["resource"]["note"] = [{"text": "@"}]
    return json.dumps(body).replace("@", f"seen {escaped}").encode()


@pytest.mark.parametrize("escaped", BROKEN)
@pytest.mark.parametrize("put", [with_note, deep])
def test_a_call_is_answered_as_without_the_cut(
    put: Callable[[dict[str, Any], str], bytes], escaped: str
) -> None:
    expected = post("/cds-services/b12-patient-view", put(example("patient-view.json"), WHOLE))
    answer = post("/cds-services/b12-patient-view", put(example("patient-view.json"), escaped))
    assert answer.status_code == 200
    assert answer.get_json()["cards"][0]["summary"] == expected.get_json()["cards"][0]["summary"]
    assert answer.get_json()["extension"] == expected.get_json()["extension"]


@pytest.mark.parametrize("path", ["/v1/assessments", "/fhir/$b12-assess"])
def test_a_bundle_is_read_as_without_the_cut(path: str) -> None:
    bundle = example("bundle.json")
    answers = [
        app_with()
        .test_client()
        .post(
            path,
            data=with_note(bundle, escaped),
            content_type="application/fhir+json",
            headers={"Accept": "application/json"},
        )
        for escaped in (WHOLE, CUT)
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].get_json()["findings"] == answers[1].get_json()["findings"]


def test_an_order_is_read_as_without_the_cut() -> None:
    body = example("order-sign.json")
    expected = post("/cds-services/b12-order-sign", body).get_json()
    answer = post("/cds-services/b12-order-sign", with_note(body, CUT)).get_json()
    assert answer["extension"][KEY] == expected["extension"][KEY]
    assert len(answer["cards"]) == len(expected["cards"])


@given(st.text(st.sampled_from('\\"du8\ud83d\ude00\U0001f600')))
def test_only_halves_are_replaced(text: str) -> None:
    escaped = json.dumps(text).encode()
    mended = json.loads(replace_lone_surrogates(escaped))
    halves = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert mended == json.loads(json.dumps(halves))
    once = replace_lone_surrogates(escaped)
    assert replace_lone_surrogates(once) == once


def test_a_mark_before_the_body_is_passed_over() -> None:
    assert normalise(b"\xef\xbb\xbf{}") == b"{}"
    assert normalise(b'{"a": "\\\\ud83d"}') == b'{"a": "\\\\ud83d"}'
