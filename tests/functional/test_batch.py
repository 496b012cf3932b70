"""POST /v1/assessments/batch: one line in, one line out, in order, whatever a line holds."""

import json
import tracemalloc
from collections.abc import Iterator
from decimal import Decimal
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import IO, Any, cast

import pytest
from werkzeug.test import TestResponse

from app import app_with, example
from cobalamin.schemas.answer import AssessmentSchema
from cobalamin.schemas.error_shapes import ProblemSchema
from cobalamin.service.lab.batch import answers as batch_answers
from cobalamin.service.lab.batch import body as under_test
from cobalamin.service.logs.formatters import ConsoleFormatter
from cobalamin.service.rules.assess import assess

PATH = "/v1/assessments/batch"
NDJSON = "application/x-ndjson"
MIB = 1024 * 1024
CANARY = "canary-4711"


def form(value: object = 150, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    result = {"analyte": "b12_total", "value": value, "unit": "ng/L", "date": "2026-11-18"}
    return {"patient": {"id": "p1", "age": 50, "sex": "female"}, "results": [result], **more}


def bundle() -> dict[str, Any]:
    labs: dict[str, Any] = example("patient-view.json")["prefetch"]["labs"]
    return labs


def body_of(*lines: object) -> bytes:
    encoded = (line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
    return b"".join(line + b"\n" for line in encoded)


def send(body: bytes, query: str = "", **settings: Any) -> TestResponse:  # noqa: ANN401
    client = app_with(**settings).test_client()
    return client.post(PATH + query, data=body, content_type=NDJSON, buffered=True)


def send_stream(stream: object, declared: int) -> TestResponse:
    """The answer, not yet read, to a stream as gunicorn hands it on."""
    overrides = {
        "wsgi.input": stream,
        "wsgi.input_terminated": True,
        "CONTENT_LENGTH": str(declared),
    }
    client = app_with().test_client()
    return client.post(PATH, content_type=NDJSON, environ_overrides=overrides)


def answers_to(body: bytes, query: str = "") -> list[dict[str, Any]]:
    answer = send(body, query)
    assert (answer.status_code, answer.content_type) == (200, NDJSON)
    assert answer.data.endswith(b"\n")
    return [json.loads(line, parse_float=Decimal) for line in answer.data.splitlines()]


def alone(body: object, query: str = "") -> dict[str, Any]:
    answer = app_with().test_client().post("/v1/assessments" + query, json=body)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = json.loads(answer.data, parse_float=Decimal)
    return made


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two answers are the same but for the identifiers of their cards."""
    return {**one, "cards": None} == {**other, "cards": None}


def test_every_line_is_answered_as_it_is_alone_and_in_order() -> None:
    asked = [form(150), bundle(), form(600), example("assessment.json")]
    answers = answers_to(body_of(*asked))
    assert len(answers) == len(asked)
    for one, answer in zip(asked, answers, strict=True):
        assert same(answer, alone(one))
        assert AssessmentSchema().validate(answer) == {}


@pytest.mark.parametrize("query", ["?profile=us-aafp", "?asOf=2031-01-01"])
def test_the_query_counts_for_every_line(query: str) -> None:
    asked = [form(190), form(600)]
    for one, answer in zip(asked, answers_to(body_of(*asked), query), strict=True):
        assert same(answer, alone(one, query))


@pytest.mark.parametrize(
    ("bad", "status", "where"),
    [
        (b"{", 400, None),
        (b"nonsense", 400, None),
        (b"[1]", 400, None),
        (b"\xff\xfe", 400, None),
        (b"[" * 100_000, 400, None),
        ({"colour": CANARY}, 422, "colour"),
        ({"results": [{"analyte": CANARY}]}, 422, "results[0].analyte"),
        ({"resourceType": 7, "id": CANARY}, 422, "resourceType"),
    ],
)
def test_a_bad_line_is_answered_by_its_own_error(
    bad: object, status: int, where: str | None
) -> None:
    before, found, after = answers_to(body_of(form(150), bad, form(600)))
    assert before["findings"]["b12Status"]["value"] == "deficient"
    assert after["findings"]["b12Status"]["value"] == "unlikely"
    assert (found["status"], found["line"]) == (status, 2)
    assert found["correlationId"]
    assert where in (None, found.get("where"))
    assert ProblemSchema().validate(found) == {}
    assert CANARY not in json.dumps(found)


def test_blank_lines_are_skipped_and_still_counted() -> None:
    body = b"\n\r\n" + body_of(form(150)) + b"   \n" + body_of(b"{") + b"\n\n"
    good, bad = answers_to(body)
    assert good["outcome"] == "advice"
    assert bad["line"] == 5


def test_the_last_line_needs_no_end_and_lines_may_end_as_on_windows() -> None:
    lines = body_of(form(150), form(600)).replace(b"\n", b"\r\n").removesuffix(b"\r\n")
    assert [a["outcome"] for a in answers_to(b"\xef\xbb\xbf" + lines)] == ["advice", "no-advice"]


def test_a_fault_of_the_service_costs_one_line(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    honest = assess

    def fail(facts: Any, knowledge: Any, on: Any, **options: Any) -> Any:  # noqa: ANN401
        if facts.patient.id == "broken":
            raise RuntimeError(CANARY)
        return honest(facts, knowledge, on, **options)

    caplog.handler.setFormatter(ConsoleFormatter())
    monkeypatch.setattr(batch_answers, "assess", fail)
    before, found, after = answers_to(body_of(form(), form(patient={"id": "broken"}), form()))
    assert before["outcome"] == after["outcome"]
    assert (found["status"], found["line"]) == (500, 2)
    assert CANARY not in json.dumps(found) + caplog.text
    assert found["correlationId"] in caplog.text


# --- sizes


def padded(size: int) -> bytes:
    """A line of this size that would be answered but for its size."""
    filled = json.dumps(form()).encode()
    return filled[:1] + b" " * (size - len(filled)) + filled[1:]


def test_a_line_of_8_mib_is_read_and_a_longer_one_is_its_own_error() -> None:
    most = 8 * MIB
    lines = answers_to(body_of(padded(most), padded(most + 1), padded(3 * most), form(600)))
    assert [line.get("status") for line in lines] == [None, 413, 413, None]
    assert [line.get("line") for line in lines] == [None, 2, 3, None]
    assert [line.get("outcome") for line in lines] == ["advice", None, None, "no-advice"]


def test_a_line_of_8_mib_may_end_as_on_windows() -> None:
    (line,) = answers_to(padded(8 * MIB) + b"\r\n")
    assert line["outcome"] == "advice"


@pytest.mark.parametrize(("extra", "status"), [(0, 200), (1, 413)])
@pytest.mark.parametrize("chunked", [False, True])
def test_the_whole_body_has_a_largest_size(extra: int, status: int, *, chunked: bool) -> None:
    body = body_of(form())
    body += b" " * (MIB + extra - len(body))
    client = app_with(batch_max_mib=1).test_client()
    if chunked:
        answer = client.post(
            PATH,
            input_stream=BytesIO(body),
            content_type=NDJSON,
            buffered=True,
            environ_overrides={"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"},
        )
    else:
        answer = client.post(PATH, data=body, content_type=NDJSON, buffered=True)
    assert answer.status_code == status
    if status == 413:
        assert "1 MiB" in answer.get_json(force=True)["detail"]


def test_other_addresses_keep_their_largest_size() -> None:
    answer = app_with().test_client().post("/v1/assessments", json={"a": "x" * (8 * MIB)})
    assert answer.status_code == 413


def test_a_body_that_ends_early_is_not_answered_as_if_whole() -> None:
    body = body_of(form(150), form(600))
    answer = send_stream(BytesIO(body), len(body) + 1)
    assert answer.status_code == 400
    assert "ended before" in answer.get_json(force=True)["detail"]


def test_without_room_for_the_body_nothing_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(BytesIO):
        def write(self, _: object, /) -> int:
            raise OSError(28, CANARY)

    monkeypatch.setattr(under_test, "SpooledTemporaryFile", lambda **_: Full())
    answer = send(body_of(form()))
    assert answer.status_code == 503
    assert CANARY not in answer.text


# --- the protocol


@pytest.mark.parametrize("body", [b"", b"\n", b"  \r\n\n"])
def test_a_body_without_a_line_is_400(body: bytes) -> None:
    answer = send(body)
    assert (answer.status_code, answer.content_type) == (400, "application/problem+json")


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/fhir+json"])
def test_another_media_type_is_415(kind: str) -> None:
    answer = app_with().test_client().post(PATH, data=body_of(form()), content_type=kind)
    assert answer.status_code == 415
    assert NDJSON in answer.get_json(force=True)["detail"]


def test_an_answer_that_is_not_acceptable_is_406() -> None:
    client = app_with().test_client()
    answer = client.post(
        PATH, data=body_of(form()), content_type=NDJSON, headers={"Accept": "application/json"}
    )
    assert answer.status_code == 406


@pytest.mark.parametrize("query", ["?profile=mars", "?asOf=tomorrow"])
def test_a_query_that_cannot_be_used_is_422_for_the_whole(query: str) -> None:
    assert send(body_of(form()), query).status_code == 422


def test_the_temporary_file_is_closed_when_the_answer_is(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[IO[bytes]] = []
    honest = SpooledTemporaryFile

    def kept(**options: Any) -> IO[bytes]:  # noqa: ANN401
        made.append(cast("IO[bytes]", honest(**options)))
        return made[-1]

    monkeypatch.setattr(under_test, "SpooledTemporaryFile", kept)
    client = app_with().test_client()
    answer = client.post(PATH, data=body_of(form(), form()), content_type=NDJSON, buffered=False)
    (file,) = made
    open_before = not file.closed
    answer.close()
    assert open_before
    assert file.closed
    send(b"\n")
    assert made[-1].closed


# --- memory


class Lines:
    """A body of many lines that is never whole in memory."""

    def __init__(self, line: bytes, count: int) -> None:
        self._line, self._left, self._rest = line, count, b""

    def read(self, size: int) -> bytes:
        while len(self._rest) < size and self._left:
            self._rest += self._line
            self._left -= 1
        piece, self._rest = self._rest[:size], self._rest[size:]
        return piece

    def readinto(self, buffer: bytearray) -> int:
        piece = self.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)


# Less than the lines themselves, and far less than their answers; garbage comes and goes.
SLACK = 256 * 1024


def peak_of(count: int) -> int:
    """The most memory that is in use while that many lines are asked and answered."""
    line = body_of(form(600, features=[], history=[]))
    tracemalloc.start()
    try:
        answer = send_stream(Lines(line, count), len(line) * count)
        got = sum(piece.count(b"\n") for piece in cast("Iterator[bytes]", answer.response))
        answer.close()
        assert (answer.status_code, got) == (200, count)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_number_of_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(under_test, "MEMORY_LIMIT", 16 * 1024)
    peak_of(50)
    few, many = peak_of(300), peak_of(3000)
    assert many - few < SLACK
