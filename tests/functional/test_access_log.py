"""Each request is one line of the log, by the rule of its address and never by what was sent."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app import EXAMPLES, app_with, example
from clients import key_entry, with_key, write_registry
from cobalamin.service.logs.formatters import ConsoleFormatter

CANARY = "Zq7canary"
VIEW = "/cds-services/b12-patient-view"


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    caplog.handler.setFormatter(ConsoleFormatter())
    with caplog.at_level(logging.DEBUG, "cobalamin"):
        yield caplog


def lines(log: pytest.LogCaptureFixture) -> list[str]:
    """The lines of requests, without time."""
    return [
        line.partition(" ")[2] for line in log.text.splitlines() if "cobalamin.access_log" in line
    ]


def get(app: Flask, path: str, **headers: str) -> int:
    with app.test_client().get(path, headers=headers) as answer:
        return answer.status_code


def test_a_call_is_told_with_route_status_client_and_time(
    tmp_path: Path, log: pytest.LogCaptureFixture
) -> None:
    registry = write_registry(tmp_path, key_entry("ehr", "cds"))
    client, headers = app_with(clients=registry).test_client(), dict(with_key("ehr").headers)
    headers["X-Correlation-Id"] = "call-1"
    with client.post(VIEW, json=example("patient-view.json"), headers=headers) as answer:
        assert answer.status_code == 200
    (line,) = lines(log)
    assert line.startswith(
        "INFO cobalamin.access_log request correlation=call-1 client=ehr method=POST "
        "route=/cds-services/<service_id> status=200 milliseconds="
    )
    assert line.endswith(f" bytes={answer.content_length} peer=127.0.0.1")


def test_nothing_of_an_address_that_is_not_known_is_told(log: pytest.LogCaptureFixture) -> None:
    app = app_with()
    paths = (f"/{CANARY}", f"/why/{CANARY}", f"{VIEW}?{CANARY}", f"/cds-services/{CANARY}/feedback")
    for path in paths:
        assert get(app, path, **{"User-Agent": CANARY, "Referer": CANARY}) in {404, 405}
    with app.test_client().open(f"/{CANARY}", method=CANARY) as answer:
        assert answer.status_code == 404
    assert len(lines(log)) == len(paths) + 1
    assert "method=other route=other" in lines(log)[-1]
    assert CANARY not in log.text


def test_probes_are_told_only_where_everything_is(log: pytest.LogCaptureFixture) -> None:
    assert get(app_with(), "/livez") == 200
    assert lines(log)[0].startswith("DEBUG ")


def test_too_many_batches_are_a_warning_with_the_reason(log: pytest.LogCaptureFixture) -> None:
    app = app_with(batch_concurrency=1)
    slots = app.extensions["cobalamin"].value.context.batch_slots
    release = slots.acquire()
    assert release is not None
    body = (EXAMPLES / "batch.ndjson").read_bytes()
    for status in (503, 200):
        with app.test_client().post(
            "/v1/assessments/batch", data=body, content_type="application/x-ndjson"
        ) as answer:
            assert answer.status_code == status
        release()
    refused, answered = lines(log)
    assert refused.startswith("WARNING ")
    assert refused.endswith(" refusal=too-many-batches")
    assert "refusal" not in answered


def test_it_can_be_switched_off(log: pytest.LogCaptureFixture) -> None:
    assert get(app_with(access_log=False), "/livez") == 200
    assert lines(log) == []
