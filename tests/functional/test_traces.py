"""Spans reach a collector with closed attributes, and a bad collector holds nobody up."""

import json
import os
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from app import EXAMPLES, app_with, example
from clients import key_entry, with_key, write_registry
from cobalamin.service.cli.main import main
from cobalamin.service.mllp.options import MllpOptions
from cobalamin.service.settings import Mode, SettingsError, read_settings
from cobalamin.service.tracing import installation, otlp
from cobalamin.service.tracing.attributes import Attribute
from cobalamin.service.tracing.recording import TRACING
from collector import attributes, collecting, hang, tracing
from databases import free_port, migrated
from fhir_server import Handler, fhir_server, status
from mllp import listening, oru

VIEW = "/cds-services/b12-patient-view"
ROUTE = "/cds-services/<service_id>"
PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
TRACE, SPAN = (bytes.fromhex(part) for part in PARENT.split("-")[1:3])
SERVER, CLIENT, ERROR = 2, 3, 2
AMPLE_MS = 20_000


def post_view(client_id: str | None = None, **settings: object) -> str:
    """A call of patient-view; the id of its trace, as the log has it, is of no concern here."""
    headers = {"Traceparent": PARENT, "Tracestate": "x=Zq7canary", "Baggage": "x=Zq7canary"}
    if client_id is not None:
        headers |= with_key(client_id).headers
    client = app_with(**settings).test_client()
    with client.post(VIEW, json=example("patient-view.json"), headers=headers) as answer:
        assert answer.status_code == 200
        return answer.get_data(as_text=True)


def test_a_request_is_a_span_with_route_status_outcome_and_profile() -> None:
    with collecting() as collector:
        with tracing(collector.endpoint):
            post_view()
            app_with(mode=Mode.off).test_client().post(VIEW, json={})
            app_with().test_client().get("/livez").close()
            app_with().test_client().get("/Zq7canary?Zq7canary").close()
        view, switched_off, unknown = collector.spans()
    assert (view.name, view.kind) == (f"POST {ROUTE}", SERVER)
    assert attributes(view) == {
        Attribute.method: "POST",
        Attribute.route: ROUTE,
        Attribute.status: 200,
        Attribute.outcome: "advice",
        Attribute.profile: "uk-nice",
    }
    assert attributes(switched_off)[Attribute.outcome] == "not-assessable"
    assert (unknown.name, attributes(unknown)[Attribute.status]) == ("GET other", 404)
    # Without the setting nobody's trace is continued.
    assert view.trace_id != TRACE
    assert view.parent_span_id == b""
    (resource, *_) = collector.requests()[0].resource_spans
    own = {one.key: one.value.string_value for one in resource.resource.attributes}
    assert own["service.name"] == "cobalamin"
    assert own["service.version"]


def test_a_batch_is_one_span_and_every_other_way_in_says_its_outcome() -> None:
    sent = {
        "/v1/assessments": ("assessment.json", "application/json"),
        "/fhir/$b12-assess": ("bundle.json", "application/fhir+json"),
        "/hl7v2": ("message.hl7", "application/hl7-v2"),
        "/v1/assessments/batch": ("batch.ndjson", "application/x-ndjson"),
    }
    with collecting() as collector:
        with tracing(collector.endpoint):
            for path, (file, media_type) in sent.items():
                body, client = (EXAMPLES / file).read_bytes(), app_with().test_client()
                with client.post(path, data=body, content_type=media_type) as answer:
                    assert answer.status_code == 200
        found = map(attributes, collector.spans())
        told = {str(one[Attribute.route]): one for one in found}
    assert told.keys() == sent.keys()
    assert {path for path, one in told.items() if Attribute.outcome not in one} == {
        "/v1/assessments/batch"
    }


@pytest.mark.parametrize("context", [False, True])
def test_reading_back_is_below_its_request_and_sends_its_context_only_where_set(
    tmp_path: Path, *, context: bool
) -> None:
    body = example("patient-view.json")
    patient = body.pop("prefetch")["patient"]
    with collecting() as collector, fhir_server() as server:
        server.behave["allergies"] = status(503)
        headers: list[str | None] = []

        def keep_header(handler: Handler) -> None:
            headers.append(handler.headers["traceparent"])
            handler.answer(server.lists["conditions"])

        server.behave["conditions"] = keep_header
        entry = key_entry("ehr", "cds") + f'fhir_servers = ["{server.address}"]\n'
        app = app_with(clients=write_registry(tmp_path, entry), budget_ms=AMPLE_MS)
        body["fhirServer"] = server.address
        body["fhirAuthorization"] = {
            "access_token": "Zq7canary",
            "token_type": "Bearer",
            "expires_in": 300,
            "scope": "patient/*.rs",
            "subject": "cds",
            "patient": patient["id"],
        }
        with tracing(collector.endpoint, context=context):
            sent = with_key("ehr").headers | {"Traceparent": PARENT}
            with app.test_client().post(VIEW, json=body, headers=sent) as answer:
                assert answer.status_code == 200
        (request,) = (span for span in collector.spans() if span.kind == SERVER)
        asked = [span for span in collector.spans() if span.kind == CLIENT]
        assert len(asked) == len(server.asked)
    assert {(span.trace_id, span.parent_span_id) for span in asked} == {
        (request.trace_id, request.span_id)
    }
    (failed,) = (span for span in asked if span.status.code == ERROR)
    assert attributes(failed) == {
        Attribute.method: "GET",
        Attribute.server: "127.0.0.1",
        Attribute.status: 503,
        Attribute.error: "failed",
    }
    assert (request.trace_id == TRACE, request.parent_span_id == SPAN) == (context, context)
    (header,) = headers
    if context:
        assert header is not None
        assert header.startswith(f"00-{TRACE.hex()}-")
    else:
        assert header is None
    assert b"Zq7canary" not in b"".join(collector.bodies)


def test_a_message_by_mllp_is_a_span() -> None:
    with collecting() as collector:
        with (
            tracing(collector.endpoint),
            listening(migrated(), MllpOptions()) as running,
            running.connect() as caller,
        ):
            caller.ask(oru("T1"))
            caller.ask(b"Zq7canary")
        good, bad = collector.spans()
    assert good.name == "mllp"
    assert attributes(good) == {
        Attribute.route: "mllp",
        Attribute.verdict: "AA",
        Attribute.outcome: attributes(good)[Attribute.outcome],
        Attribute.profile: "uk-nice",
    }
    assert attributes(bad) == {Attribute.route: "mllp", Attribute.verdict: "AR"}


def test_a_server_error_is_told_by_its_status_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    from cobalamin.service.cds_hooks import views  # noqa: PLC0415

    def fail(*_: object) -> None:
        raise ValueError("Zq7canary")

    monkeypatch.setattr(views, "parse_request", fail)
    with collecting() as collector:
        with tracing(collector.endpoint):
            body = json.dumps(example("patient-view.json"))
            with (
                app_with()
                .test_client()
                .post(VIEW, data=body, content_type="application/json") as answer
            ):
                assert answer.status_code == 500
        (span,) = collector.spans()
    assert (span.status.code, span.status.message) == (ERROR, "")
    assert attributes(span)[Attribute.error] == "500"
    assert list(span.events) == []


@pytest.mark.parametrize("bad", ["dead", "hanging"])
def test_a_bad_collector_delays_nobody(bad: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a request nor the end of the process."""
    monkeypatch.setattr(otlp, "END_SECONDS", 0.2)
    with collecting(hang) as collector:
        port = free_port() if bad == "dead" else collector.port
        with tracing(f"http://127.0.0.1:{port}"):
            started = time.monotonic()
            for _ in range(3):
                post_view()
            took = time.monotonic() - started
            started = time.monotonic()
            TRACING.shut_down()
            ended = time.monotonic() - started
        assert took < 30  # a collector that hangs does so for 60 s
        assert ended < 30
        assert collector.spans() == [] or bad == "hanging"


def test_without_its_packages_the_setting_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation, "PACKAGE", "opentelemetry.not_there.at_all")
    environ = {
        "COBALAMIN_ENVIRONMENT": "development",
        "COBALAMIN_TRACES_ENDPOINT": "http://127.0.0.1:4318",
    }
    done = CliRunner().invoke(main, ["config", "check"], env={**os.environ, **environ})
    assert done.exit_code == 78
    assert "install cobalamin[tracing]" in done.output
    with pytest.raises(SettingsError, match="COBALAMIN_TRACES_ENDPOINT"):
        app_with(traces_endpoint="http://127.0.0.1:4318")


def test_without_the_setting_nothing_is_recorded() -> None:
    assert TRACING.recorder is None
    assert TRACING.start_answering(PARENT) is None


def test_a_context_without_a_collector_is_refused() -> None:
    environ = {"COBALAMIN_ENVIRONMENT": "development", "COBALAMIN_TRACES_CONTEXT": "true"}
    with pytest.raises(SettingsError, match="COBALAMIN_TRACES_CONTEXT: has no effect"):
        read_settings(environ)


def test_the_collector_of_these_tests_would_see_what_leaks() -> None:
    with collecting() as collector:
        with tracing(collector.endpoint):
            span = TRACING.start_answering()
            assert span is not None
            span.set(Attribute.outcome, "Zq7canary")
            span.end("x")
            TRACING.stop_answering()
        assert b"Zq7canary" in b"".join(collector.bodies)
