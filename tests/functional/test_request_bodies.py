"""A body whose end the server knows is read at once, with the same limits and errors."""

from io import BytesIO

import pytest
from werkzeug.test import TestResponse

from app import EXAMPLES, app_with

PATH = "/v1/assessments"
EIGHT_MIB = 8 * 1024 * 1024


class Broken(BytesIO):
    """A connection that breaks off."""

    def read(self, size: int | None = -1, /) -> bytes:
        raise OSError(size)


def sent(stream: BytesIO, length: int) -> TestResponse:
    """The answer to a body that ends by itself, as gunicorn hands it over."""
    return (
        app_with()
        .test_client()
        .post(
            PATH,
            input_stream=stream,
            content_type="application/json",
            environ_overrides={"wsgi.input_terminated": True, "CONTENT_LENGTH": str(length)},
        )
    )


def test_a_body_is_read_to_its_end() -> None:
    body = (EXAMPLES / "assessment.json").read_bytes()
    answer = sent(BytesIO(body), len(body))
    assert answer.status_code == 200
    assert answer.get_json()["cards"]


def test_a_body_that_says_it_is_too_large_is_not_read() -> None:
    stream = BytesIO(b"x")
    assert sent(stream, EIGHT_MIB + 1).status_code == 413
    assert stream.tell() == 0


@pytest.mark.parametrize("stream", [Broken(b"{}"), BytesIO(b'{"results": [')])
def test_a_body_that_breaks_off_is_400(stream: BytesIO) -> None:
    answer = sent(stream, 4_000)
    assert answer.status_code == 400
    assert answer.get_json(force=True)["status"] == 400
