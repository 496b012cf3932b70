"""Whatever a body is full of, it costs time in proportion to its length, and its answer is short.

Processor time of this process is compared with itself, at twice the length, the least of several
tries each: other work on the machine only ever adds to it.
"""

import gc
import time
from collections.abc import Iterator

import pytest

from app import app_with
from body_shapes import BodyShape
from cobalamin.service.rules.model.notes import MAX_NOTES
from fhir_shapes import FHIR_SHAPES
from message_shapes import OTHER_SHAPES

MIB = 1024 * 1024
SHAPES = {**FHIR_SHAPES, **OTHER_SHAPES}
TRIES = 60
LEAST_SECONDS = 0.025
"""Less than this is measured too roughly to be compared."""


@pytest.fixture(autouse=True)
def without_collections() -> Iterator[None]:
    """What the garbage collector takes depends on the objects of all tests before."""
    gc.disable()
    yield
    gc.enable()


def ask(shape: BodyShape, body: bytes) -> tuple[float, int, int]:
    """Seconds of processor time, the status, and the length of the answer."""
    client = app_with().test_client()
    started = time.process_time()
    answer = client.post(shape.path, data=body, content_type=shape.content_type)
    length = len(answer.get_data())
    return time.process_time() - started, answer.status_code, length


@pytest.mark.parametrize("name", SHAPES)
def test_twice_the_body_takes_less_than_three_times_as_long(name: str) -> None:
    shape = SHAPES[name]
    once, twice = shape.build(MIB), shape.build(2 * MIB)
    least = {once: float("inf"), twice: float("inf")}
    for _ in range(TRIES):
        for body in (once, twice):
            seconds, status, length = ask(shape, body)
            assert status < 500
            assert length < 10 * len(body) + 65536
            least[body] = min(least[body], seconds)
        if least[twice] < 3 * max(least[once], LEAST_SECONDS):
            return
    pytest.fail(f"{least[once]:.3f} s, and {least[twice]:.3f} s for twice as much")


def test_the_notes_of_an_answer_are_bounded_and_the_rest_is_counted() -> None:
    shape = SHAPES["components of one code"]
    body = shape.build(MIB)
    answer = app_with().test_client().post(shape.path, data=body, content_type=shape.content_type)
    notes = answer.get_json()["notes"]
    assert len(notes) == MAX_NOTES + 1
    last = notes[-1]
    assert (last["code"], last["severity"]) == ("notes-omitted", "warning")
    omitted = int(last["text"].split(" ", 1)[0])
    assert omitted + MAX_NOTES == body.count(b'"2132-9"')
