"""A string that is sent in any field at any address is nowhere afterwards: in no log, metric,
trace, error, file or database.

What may hold it, and why, is named in EXCEPTIONS; everything else is searched.
"""

import copy
import json
import logging
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from flask import Flask
from sqlalchemy import MetaData, select
from werkzeug.test import TestResponse

from app import EXAMPLES, app_with, example
from clients import key_entry, key_of, write_registry
from cobalamin.service.cds_hooks import views
from cobalamin.service.cds_hooks.services import SERVICES
from cobalamin.service.logs.formatters import JsonFormatter
from cobalamin.service.metrics.prometheus import PrometheusRecorder
from cobalamin.service.metrics.recording import METRICS
from cobalamin.service.records.migrate import upgrade
from cobalamin.service.records.store import Store
from cobalamin.service.settings import AuditPolicy, Service
from collector import collecting, tracing
from hook_requests import requests_for
from measured import counting

CANARY = "Zq7canary"
KEY = "a secret of a site, of more than 32 characters"
VIEW = "/cds-services/b12-patient-view"
JSON, FHIR, HL7V2 = "application/json", "application/fhir+json", "application/hl7-v2"
NDJSON = "application/x-ndjson"
PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
EXCEPTIONS = {
    "X-Correlation-Id": "in logs and errors, as it is the caller's own name of the call; the "
    "database has it only if it is a UUID",
    "names of unknown members of the plain form": "in `where`, as it is refused with its path; "
    "their values are not",
    "MSH-10": "in MSA-2 of every acknowledgement, as HL7 v2 demands",
    "card and acceptedSuggestions.id of feedback": "in the table of feedback, as they are "
    "identifiers that the service itself gave",
}
FRACTION = 7
"""One of so many goes to the second kind of database too: only its driver is another."""
FEEDBACK_COLUMNS = ("card", "suggestions")
Json = dict[str, Any]


class Sent(NamedTuple):
    """A request with the string in one of its places."""

    path: str
    body: bytes
    media_type: str


class Search:
    """Sends requests to an application and keeps the errors that come back."""

    def __init__(self, app: Flask) -> None:
        self._client = app.test_client()
        self.errors: list[tuple[int, str]] = []

    def send(self, sent: Sent, **headers: str) -> TestResponse:
        """The answer; the body of an error is kept with its status."""
        traced = {"Traceparent": PARENT, "Tracestate": f"x={CANARY}", "Baggage": f"x={CANARY}"}
        answer = self._client.post(
            sent.path, data=sent.body, content_type=sent.media_type, headers=traced | headers
        )
        text = answer.get_data(as_text=True)
        answer.close()  # the server does; the line of the request is written then
        if answer.status_code >= 400:
            self.errors.append((answer.status_code, text))
        elif sent.media_type == NDJSON:
            lines = [line for line in text.splitlines() if line.startswith('{"type":')]
            self.errors += [(answer.status_code, line) for line in lines]
        elif sent.media_type == HL7V2 and "MSA|AA" not in text:
            self.errors.append((answer.status_code, text.partition("\rMSA|")[2]))
        return answer


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture(autouse=True)
def _as_written(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Lines of the log as the service writes them, metrics, and traces, which are searched here."""
    if "database" in request.fixturenames:
        request.getfixturevalue("database")  # Before a trace is expected: it may skip the test.
    caplog.handler.setFormatter(JsonFormatter())
    with counting(), collecting() as collector:
        with tracing(collector.endpoint, context=True):
            yield
        assert collector.bodies
        assert [body for body in collector.bodies if CANARY.lower().encode() in body.lower()] == []


# --- the string in every place


def places(value: object, member: str = CANARY) -> Iterator[object]:
    """Copies of a JSON value: each with the string for one leaf, behind one text, or beside.

    `member` is the name of the member beside.
    """
    yield CANARY
    if isinstance(value, str):
        yield f"{value}{CANARY}"
    elif isinstance(value, dict):
        yield {**value, member: CANARY}
        for name, inner in value.items():
            yield from ({**value, name: changed} for changed in places(inner, member))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from (
                [*value[:at], changed, *value[at + 1 :]] for changed in places(inner, member)
            )


def small(body: Json) -> Json:
    """A request with two entries of each list, which have every kind of field."""
    body = copy.deepcopy(body)
    for held in body.get("prefetch", {}).values():
        if isinstance(held, dict) and len(held.get("entry", ())) > 2:
            held["entry"] = held["entry"][:2]
    return body


def of_json(path: str, media_type: str, body: Json, member: str = CANARY) -> Iterator[Sent]:
    for changed in places(body, member):
        yield Sent(path, json.dumps(changed).encode(), media_type)


def of_message(text: str) -> Iterator[Sent]:
    """The string in place of each field, and behind it."""
    segments = text.strip().split("\n")
    for at, segment in enumerate(segments):
        fields = segment.split("|")
        for field in range(2 if fields[0] == "MSH" else 1, len(fields)):
            if (fields[0], field) == ("MSH", 9):
                continue  # MSH-10
            for new in (CANARY, f"{fields[field]}{CANARY}"):
                changed = "|".join((*fields[:field], new, *fields[field + 1 :]))
                lines = [*segments[:at], changed, *segments[at + 1 :]]
                yield Sent("/hl7v2", "\r".join(lines).encode(), HL7V2)


def of_every_address() -> Iterator[Sent]:
    for service in SERVICES:
        body = small(next(iter(requests_for(service.hook).values())))
        yield from of_json(f"/cds-services/{service.id}", JSON, body)
    yield from of_json(f"{VIEW}/feedback", JSON, example("feedback.json"))
    plain = example("assessment.json")
    yield from of_json("/v1/assessments", JSON, plain, "unknown")
    yield from of_json("/v1/assessments?answer=short", JSON, plain, "unknown")
    bundle = small({"prefetch": {"all": example("bundle.json")}})["prefetch"]["all"]
    yield from of_json("/v1/assessments", FHIR, bundle)
    yield from of_json("/fhir/$b12-assess", FHIR, bundle)
    parameters = {"resourceType": "Parameters", "parameter": [{"name": "subject"}]}
    parameters["parameter"] = [
        {"name": "subject", "valueReference": {"reference": "Patient/x"}},
        {"name": "effective", "valueDate": "2026-11-20"},
        {"name": "data", "resource": {"resourceType": "Bundle", "type": "collection"}},
    ]
    yield from of_json("/fhir/$b12-assess", FHIR, parameters)
    yield from of_message((EXAMPLES / "message.hl7").read_text("utf-8"))
    lines = [json.dumps(changed) for changed in places(plain, "unknown")]
    yield Sent("/v1/assessments/batch?summary=true", "\n".join(lines).encode(), NDJSON)


def of_every_error() -> Iterator[Sent]:
    """Requests that are refused before a field of theirs is read, each with the string."""
    body = json.dumps({CANARY: CANARY}).encode()
    for query in ("profile", "asOf", "answer", CANARY):
        yield Sent(f"/v1/assessments?{query}={CANARY}", body, JSON)
        yield Sent(f"/fhir/$b12-assess?{query}={CANARY}", body, FHIR)
        yield Sent(f"/hl7v2?{query}={CANARY}", CANARY.encode(), HL7V2)
        yield Sent(f"/v1/assessments/batch?{query}={CANARY}", body, NDJSON)
    for path in (VIEW, f"{VIEW}/feedback", "/v1/assessments", "/fhir/$b12-assess", "/hl7v2"):
        for content in (CANARY.encode(), f'{{"{CANARY}'.encode(), b"[]", b"\xff" + CANARY.encode()):
            yield Sent(path, content, HL7V2 if path == "/hl7v2" else JSON)
        yield Sent(path, body, f"text/{CANARY}")
    yield Sent(f"/cds-services/{CANARY}", body, JSON)
    yield Sent(f"/{CANARY}", body, JSON)
    yield Sent(f"/why/{CANARY}", body, JSON)
    yield Sent(VIEW, b'{"x": "' + CANARY.encode() * 1_000_000 + b'"}', JSON)


# --- where it is looked for


def rows_with_it(database: str) -> list[str]:
    """The columns of all tables that hold the string, but for the exceptions."""
    known, found = MetaData(), []
    with closing(Store(database)) as store, store.connection() as connection:
        known.reflect(connection)
        for table in known.sorted_tables:
            for row in connection.execute(select(table)).mappings():
                held = [name for name, value in row.items() if CANARY in str(value)]
                found += [f"{table.name}.{name}" for name in held]
    return [name for name in found if name not in {f"feedback.{one}" for one in FEEDBACK_COLUMNS}]


def files_with_it(folder: Path) -> list[Path]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [file for file in files if CANARY.encode() in file.read_bytes()]


def assert_nowhere(
    search: Search, caplog: pytest.LogCaptureFixture, database: str, temporary: Path
) -> None:
    assert [text for _, text in search.errors if CANARY in text] == []
    logged = "\n".join(record.getMessage() + str(record.exc_info) for record in caplog.records)
    lines = caplog.text.splitlines()  # as they are written, with their fields
    assert any('"logger": "cobalamin.access_log"' in line for line in lines)
    assert [line for line in (*logged.splitlines(), *lines) if CANARY in line] == []
    counts = _recorder().to_text(()).decode().splitlines()
    assert any(line.startswith("cobalamin_requests_total{") for line in counts)
    assert [line for line in counts if CANARY.lower() in line.lower()] == []
    assert rows_with_it(database) == []
    assert files_with_it(temporary) == []


def _recorder() -> PrometheusRecorder:
    recorder = METRICS.recorder
    assert isinstance(recorder, PrometheusRecorder)
    return recorder


def audited(database: str, **settings: Any) -> Flask:  # noqa: ANN401
    every = tuple(Service)
    policy = {"audit": AuditPolicy.required, "audit_key": (KEY,)}
    return app_with(database_url=database, services=every, **policy, **settings)


@pytest.mark.slow
def test_no_field_of_any_address_leaves_its_value_anywhere(
    database: str, temporary: Path, caplog: pytest.LogCaptureFixture
) -> None:
    search, every = Search(audited(database)), list(of_every_address())
    assert len(every) > 1000
    with caplog.at_level(logging.DEBUG):
        for sent in every if database.startswith("sqlite") else every[::FRACTION]:
            search.send(sent)
    assert {200, 400, 412, 422} <= {status for status, _ in search.errors} | {200}
    assert_nowhere(search, caplog, database, temporary)


def test_no_error_repeats_what_was_sent(
    database: str,
    temporary: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    registry = write_registry(
        tmp_path, key_entry("ehr", "cds"), key_entry("lab", "lab") + "rate_limit = 1\n"
    )
    search = Search(audited(database))
    closed = Search(audited(database, clients=registry))
    with caplog.at_level(logging.DEBUG):
        for sent in of_every_error():
            search.send(sent)
        search.send(Sent("/livez", CANARY.encode(), JSON))
        plain = Sent("/v1/assessments", CANARY.encode(), JSON)
        search.send(plain, Accept=f"text/{CANARY}")
        closed.send(plain, Authorization=f"Bearer {CANARY}")
        closed.send(plain, Authorization=f"Bearer {key_of('ehr')[0]}")
        for _ in range(2):
            closed.send(plain, Authorization=f"Bearer {key_of('lab')[0]}")
        broken = Sent(VIEW, json.dumps(example("patient-view.json")).encode(), JSON)

        def fail(*_: object) -> None:
            raise ValueError(CANARY)

        monkeypatch.setattr(views, "parse_request", fail)
        search.send(broken)
    statuses = {status for status, _ in (*search.errors, *closed.errors)}
    assert statuses >= {400, 401, 403, 404, 405, 406, 413, 415, 422, 429, 500}
    for one in (search, closed):
        assert_nowhere(one, caplog, database, temporary)


def test_a_database_that_fails_tells_nothing_of_what_was_to_be_stored(
    tmp_path: Path, temporary: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "x.sqlite3"
    with closing(Store(f"sqlite:///{file}")) as store:
        upgrade(store)
    search, body = Search(audited(f"sqlite:///{file}")), example("patient-view.json")
    body["hookInstance"] = body["context"]["patientId"] = CANARY
    body["prefetch"]["patient"]["id"] = CANARY
    file.rename(tmp_path / "moved")
    with caplog.at_level(logging.DEBUG):
        search.send(Sent(VIEW, json.dumps(body).encode(), JSON))
    assert [status for status, _ in search.errors] == [503]
    file.with_name("moved").rename(file)
    assert_nowhere(search, caplog, f"sqlite:///{file}", temporary)


def test_the_search_finds_what_is_there(tmp_path: Path, temporary: Path) -> None:
    """A search that could not find the string would prove nothing."""
    url = f"sqlite:///{tmp_path}/x.sqlite3"
    with closing(Store(url)) as store:
        upgrade(store)
    app = audited(url, audit_plain_ids=True)
    body = example("patient-view.json")
    body["context"]["patientId"] = body["prefetch"]["patient"]["id"] = CANARY
    assert app.test_client().post(VIEW, json=body).status_code == 200
    assert rows_with_it(url) == ["audit_entries.patient"]
    (temporary / "left").write_text(f"x{CANARY}", "utf-8")
    assert files_with_it(temporary) == [temporary / "left"]
