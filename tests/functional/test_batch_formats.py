"""Batches: compressed, as FHIR, of single resources, and with a summary."""

import gzip
import json
import logging
import random
from collections import Counter
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app import app_with
from body_shapes import BATCH
from cobalamin.service.lab.batch.compression import CHUNK
from cohorts import Json, bundle, people, resources

NDJSON, FHIR_NDJSON = "application/x-ndjson", "application/fhir+ndjson"
PEOPLE = people(30, seed=9)
MIB = 1024 * 1024


def body_of(*lines: object) -> bytes:
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def send(body: bytes, query: str = "", kind: str = NDJSON, **headers: str) -> TestResponse:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    client = app_with(batch_max_mib=1).test_client()
    return client.post(BATCH + query, data=body, content_type=kind, headers=named, buffered=True)


def lines_of(answer: TestResponse) -> list[Json]:
    data = answer.data
    if answer.headers.get("Content-Encoding") == "gzip":
        data = gzip.decompress(data)
    return [json.loads(line) for line in data.splitlines()]


# --- gzip

PLAIN = body_of(*PEOPLE)


def packed(body: bytes) -> bytes:
    """The body as gzip without a time, so that the tests' names are the same in every process."""
    return gzip.compress(body, mtime=0)


@pytest.mark.parametrize(
    "body",
    [
        packed(PLAIN),
        packed(PLAIN[:1000]) + packed(b"") + packed(PLAIN[1000:]),
    ],
)
def test_a_compressed_body_is_answered_as_it_is_uncompressed(body: bytes) -> None:
    answer = send(body, "?answer=short", Content_Encoding="gzip")
    assert answer.status_code == 200
    assert "Content-Encoding" not in answer.headers
    assert lines_of(answer) == lines_of(send(PLAIN, "?answer=short"))


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (packed(PLAIN)[:-9], 400),
        (packed(PLAIN) + b"more", 400),
        (PLAIN, 400),
        (b"", 400),
        (packed(b"\n"), 400),
        (packed(b"\n" * MIB), 400),
        (packed(b"\n" * (MIB + 1)), 413),
        (packed(b"\n" * (64 * MIB)), 413),
    ],
)
def test_a_compressed_body_that_cannot_be_used_is_refused(body: bytes, status: int) -> None:
    assert send(body, Content_Encoding="gzip").status_code == status


def test_another_compression_is_415_with_what_is_read() -> None:
    answer = send(PLAIN, Content_Encoding="br")
    assert (answer.status_code, answer.headers["Accept-Encoding"]) == (415, "gzip")
    assert send(PLAIN, "?answer=short", Content_Encoding="Identity").status_code == 200


@pytest.mark.parametrize(
    ("accepted", "is_packed"),
    [("gzip", True), ("br;q=1, gzip;q=0.5", True), ("gzip;q=0", False), ("identity", False)],
)
def test_the_answer_is_compressed_where_the_client_takes_it(
    accepted: str, *, is_packed: bool
) -> None:
    answer = send(PLAIN, "?answer=short", Accept_Encoding=accepted)
    assert ("Content-Encoding" in answer.headers) is is_packed
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert lines_of(answer) == lines_of(send(PLAIN, "?answer=short"))


def test_a_compressed_answer_can_be_read_before_its_end() -> None:
    chance = random.Random(4)  # noqa: S311
    forms = [{**form, "patient": {**form["patient"]}} for form in PEOPLE * 4]
    for form in forms:
        form["patient"]["id"] = f"{chance.getrandbits(200):x}"
    client = app_with().test_client()
    answer = client.post(
        BATCH, data=body_of(*forms), content_type=NDJSON, headers={"Accept-Encoding": "gzip"}
    )
    import zlib  # noqa: PLC0415

    reader, seen, steps = zlib.decompressobj(31), 0, []
    for piece in answer.response:
        assert isinstance(piece, bytes)
        seen += len(reader.decompress(piece))
        steps.append(seen)
    assert reader.eof
    assert steps[-1] > 4 * CHUNK
    assert any(CHUNK <= step <= steps[-1] - CHUNK for step in steps)


# --- FHIR


def test_lines_of_fhir_are_answered_as_asked_for() -> None:
    body = body_of(*map(bundle, PEOPLE))
    plain = lines_of(send(body, kind=FHIR_NDJSON))
    assert [one["outcome"] for one in plain] == [one["outcome"] for one in lines_of(send(body))]
    answer = send(body, kind=FHIR_NDJSON, Accept=FHIR_NDJSON)
    assert answer.content_type == FHIR_NDJSON
    found = lines_of(answer)
    assert len(found) == len(PEOPLE)
    assert {one["resourceType"] for one in found} == {"Bundle"}
    assert found[0]["entry"][0]["resource"]["resourceType"] == "GuidanceResponse"


def test_a_line_that_is_not_fhir_gets_its_own_operation_outcome() -> None:
    body = body_of(bundle(PEOPLE[0]), PEOPLE[1]) + b"{"
    good, plain, broken = lines_of(send(body, kind=FHIR_NDJSON, Accept=FHIR_NDJSON))
    assert good["resourceType"] == "Bundle"
    assert {plain["resourceType"], broken["resourceType"]} == {"OperationOutcome"}
    assert plain["issue"][0]["diagnostics"].startswith("line 2: ")
    assert broken["issue"][0]["diagnostics"].startswith("line 3: ")


def test_short_answers_are_no_fhir() -> None:
    assert send(PLAIN, "?answer=short", Accept=FHIR_NDJSON).status_code == 406


# --- single resources


def test_bulk_data_is_refused_with_what_to_do() -> None:
    body = b"\n" + body_of(*resources(PEOPLE[0]))
    for kind in (NDJSON, FHIR_NDJSON):
        answer = send(body, kind=kind)
        problem = answer.get_json(force=True)
        assert (answer.status_code, problem["where"]) == (422, "line 2")
        assert "Bundle a line" in problem["detail"]
        assert "cobalamin cohort run" in problem["detail"]


def test_a_single_resource_among_whole_records_costs_its_line_alone() -> None:
    body = body_of(PEOPLE[0], resources(PEOPLE[1])[1], bundle(PEOPLE[2]))
    first, second, third = lines_of(send(body))
    assert (second["status"], second["line"]) == (422, 2)
    assert "outcome" in first
    assert "outcome" in third


# --- the summary


def _counted(answers: list[Json]) -> dict[str, Any]:
    good = [one for one in answers if "outcome" in one]
    advised = [one for one in good if one["outcome"] == "advice"]
    return {
        "lines": len(answers),
        "outcomes": Counter(one["outcome"] for one in good),
        "adviceByRung": Counter(one["rung"] for one in advised),
        "adviceByUrgency": Counter(one["urgency"] for one in advised),
        "errors": Counter(str(one["status"]) for one in answers if "outcome" not in one),
    }


def test_a_summary_counts_the_lines_before_it(caplog: pytest.LogCaptureFixture) -> None:
    body = PLAIN + b"{\n" + body_of({"results": 1})
    with caplog.at_level(logging.INFO, "cobalamin.batch"):
        *answers, last = lines_of(send(body, "?answer=short&summary=true"))
    assert list(last) == ["summary"]
    counted = last["summary"]
    assert counted == _counted(answers)
    assert counted["errors"] == {"400": 1, "422": 1}
    (record,) = caplog.records
    assert json.loads(record.message.removeprefix("batch ")) == counted


@pytest.mark.parametrize("query", ["?summary=false", ""])
def test_without_the_summary_every_line_is_an_answer(query: str) -> None:
    assert len(lines_of(send(PLAIN, query))) == len(PEOPLE)


def test_a_full_answer_is_counted_as_the_short_one() -> None:
    full, short = (
        lines_of(send(PLAIN, f"?answer={kind}&summary=true"))[-1] for kind in ("full", "short")
    )
    assert full == short


def test_a_summary_that_is_neither_yes_nor_no_is_422() -> None:
    assert send(PLAIN, "?summary=1").status_code == 422
