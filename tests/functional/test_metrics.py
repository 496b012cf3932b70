"""What is counted, and that labels come from closed sets."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import EXAMPLES, ROOT, app_with, example
from clients import key_entry, with_key, write_registry
from cobalamin.fhir.prefetch import KEYS
from cobalamin.service.metrics.definitions import ALL, REQUESTS, MetricKind
from cobalamin.service.metrics.prometheus import MOST_SERIES, PrometheusRecorder
from cobalamin.service.metrics.recording import METRICS
from cobalamin.service.settings import Mode, SettingsError, read_settings
from measured import counted, counting

VIEW = "/cds-services/b12-patient-view"
SERVICE = "b12-patient-view"
PAGE = ROOT / "docs" / "metrics.md"


@pytest.fixture
def recorder() -> Iterator[PrometheusRecorder]:
    with counting() as recorder:
        yield recorder


def test_a_call_counts_request_evaluation_card_and_lists(recorder: PrometheusRecorder) -> None:
    client = app_with().test_client()
    with client.post(VIEW, json=example("patient-view.json")) as answer:
        (card,) = answer.get_json()["cards"]
    route = "/cds-services/<service_id>"
    assert counted(recorder, "cobalamin_requests_total", route=route, status="200") == 1
    assert counted(recorder, "cobalamin_request_seconds_count", route=route) == 1
    assert counted(recorder, "cobalamin_evaluations_total", service=SERVICE, outcome="advice") == 1
    topic = card["source"]["topic"]["code"]
    assert (
        counted(
            recorder,
            "cobalamin_cards_total",
            topic=topic,
            indicator=card["indicator"],
            shown="true",
        )
        == 1
    )
    assert counted(recorder, "cobalamin_prefetch_total") == len(KEYS)
    assert counted(recorder, "cobalamin_prefetch_total", list="labs", state="read") == 1


def test_cards_of_silent_mode_are_counted_as_not_shown(recorder: PrometheusRecorder) -> None:
    app_with(mode=Mode.silent).test_client().post(VIEW, json=example("patient-view.json"))
    assert counted(recorder, "cobalamin_cards_total", shown="false") == 1
    assert counted(recorder, "cobalamin_cards_total", shown="true") == 0


def test_what_could_not_be_assessed_is_counted_by_reason(recorder: PrometheusRecorder) -> None:
    body = example("patient-view.json")
    body["prefetch"]["patient"]["birthDate"] = "2024-01-01"
    answer = app_with().test_client().post(VIEW, json=body)
    extension = answer.get_json()["extension"]["org.cobalamin.assessment"]
    assert extension["outcome"] == "not-assessable"
    for reason in extension["reasons"]:
        assert (
            counted(
                recorder, "cobalamin_not_assessable_total", service=SERVICE, reason=reason["code"]
            )
            == 1
        )
    app_with(mode=Mode.off).test_client().post(VIEW, json=example("patient-view.json"))
    assert counted(recorder, "cobalamin_not_assessable_total", reason="switched-off") == 1


@pytest.mark.parametrize("query", ["", "?answer=short"])
def test_lines_of_a_batch_are_evaluations_or_errors(
    recorder: PrometheusRecorder, query: str
) -> None:
    body = b"{}x\n" + (EXAMPLES / "batch.ndjson").read_bytes()
    answer = (
        app_with()
        .test_client()
        .post(f"/v1/assessments/batch{query}", data=body, content_type="application/x-ndjson")
    )
    lines = [json.loads(line) for line in answer.data.splitlines()]
    service = "/v1/assessments/batch"
    assert counted(recorder, "cobalamin_evaluations_total", service=service) == len(lines) - 1
    assert counted(recorder, "cobalamin_batch_line_errors_total", status="400") == 1


def test_codes_that_are_not_known_are_counted_by_client(
    recorder: PrometheusRecorder, tmp_path: Path
) -> None:
    registry = write_registry(tmp_path, key_entry("ehr", "cds"), key_entry("lab", "lab"))
    client, body = app_with(clients=registry).test_client(), example("patient-view.json")
    coding = body["prefetch"]["labs"]["entry"][0]["resource"]["code"]["coding"]
    coding[:] = [{"system": "http://loinc.org", "code": "99999-9"}]
    client.post(VIEW, json=body, headers=with_key("ehr").headers)
    name = "cobalamin_unmapped_codes_total"
    assert counted(recorder, name, client="ehr", reason="code-not-known") == 1
    for headers in ({}, {"Authorization": "Bearer x"}, with_key("lab").headers):
        client.post(VIEW, json=body, headers=headers)
    failures = "cobalamin_authentication_failures_total"
    assert counted(recorder, failures, reason="credential") == 2
    assert counted(recorder, failures, reason="scope") == 1


def test_feedback_is_counted_by_outcome_and_known_reason(
    recorder: PrometheusRecorder, database: str
) -> None:
    client = app_with(database_url=database).test_client()
    item = {
        "card": "8c6f0f7e-64a1-4c3e-9a44-2f6b1de6f0a1",
        "outcome": "overridden",
        "outcomeTimestamp": "2026-11-20T10:00:00Z",
        "overrideReason": {"reason": {"code": "Zq7canary", "system": "http://example.org"}},
    }
    for _ in range(2):
        client.post(f"{VIEW}/feedback", json={"feedback": [item, {**item, "outcome": "x"}]})
    name = "cobalamin_feedback_total"
    assert counted(recorder, name, service=SERVICE, outcome="overridden", reason="other") == 1
    assert counted(recorder, name, outcome="repeated") == 1
    assert counted(recorder, name, outcome="refused") == 2


def test_a_refusal_for_room_is_counted(recorder: PrometheusRecorder) -> None:
    app = app_with(batch_concurrency=1, access_log=False)
    release = app.extensions["cobalamin"].value.context.batch_slots.acquire()
    body = (EXAMPLES / "batch.ndjson").read_bytes()
    with app.test_client().post(
        "/v1/assessments/batch", data=body, content_type="application/x-ndjson"
    ) as answer:
        assert answer.status_code == 503
    release()
    assert counted(recorder, "cobalamin_refusals_total", reason="too-many-batches") == 1


def test_a_set_of_labels_cannot_grow_without_end(recorder: PrometheusRecorder) -> None:
    for number in range(MOST_SERIES + 50):
        METRICS.count(REQUESTS, f"/{number}", "200")
    assert counted(recorder, "cobalamin_requests_total") == MOST_SERIES + 50
    assert counted(recorder, "cobalamin_requests_total", route="other") == 50


def test_nothing_is_counted_where_metrics_are_off() -> None:
    assert METRICS.recorder is None
    METRICS.count(REQUESTS, "/", "200")


def test_names_are_those_of_the_service_and_unique() -> None:
    names = [metric.name for metric in ALL]
    assert len(names) == len(set(names)) > 15
    assert all(name.startswith("cobalamin_") for name in names)


def test_the_page_has_a_row_for_every_metric_with_its_labels() -> None:
    rows = {
        name: set(re.findall("`([a-z]+)`", labels))
        for name, labels in re.findall(
            r"^\| `(cobalamin_[a-z_]+)` \|([^|]*)\|", PAGE.read_text("utf-8"), re.MULTILINE
        )
    }
    written = {
        f"{metric.name}_total" if metric.kind is MetricKind.counter else metric.name: metric
        for metric in ALL
    }
    assert rows == {name: set(metric.labels) for name, metric in written.items()}


def test_the_port_of_metrics_must_be_another_one() -> None:
    ports = {"PORT": "9464", "COBALAMIN_METRICS_PORT": "9464"}
    with pytest.raises(
        SettingsError, match="COBALAMIN_METRICS_PORT: must be another one than PORT"
    ):
        read_settings({"COBALAMIN_ENVIRONMENT": "development", **ports})
