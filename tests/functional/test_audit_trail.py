"""Every evaluation leaves one entry before it is answered, at whatever address it was asked for."""

import json
import sqlite3
import uuid
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import event, select

from app import EXAMPLES, TODAY, app_with, example
from cobalamin.service.cds_hooks.services import SERVICES
from cobalamin.service.cli.main import main
from cobalamin.service.records.audit.keys import AuditKeys
from cobalamin.service.records.audit.verification import verify_trail
from cobalamin.service.records.errors import StoreError
from cobalamin.service.records.migrate import upgrade
from cobalamin.service.records.store import Store
from cobalamin.service.records.tables import AUDIT_CARDS, AUDIT_ENTRIES
from cobalamin.service.settings import AuditPolicy, Mode, Service
from hook_requests import requests_for

KEY = ("a secret of a site, of more than 32 characters",)
NOW = 1_800_000_000.25
VIEW = "/cds-services/b12-patient-view"
Row = dict[str, Any]


def noon() -> float:
    return NOW


def audited(database: str, **settings: Any) -> Flask:  # noqa: ANN401
    policy = settings.pop("audit", AuditPolicy.required)
    return app_with(database_url=database, audit=policy, audit_key=KEY, now=noon, **settings)


def entries(database: str) -> list[Row]:
    return _rows(database, select(AUDIT_ENTRIES).order_by(*AUDIT_ENTRIES.primary_key.columns))


def cards(database: str) -> list[Row]:
    return _rows(database, select(AUDIT_CARDS).order_by(*AUDIT_CARDS.primary_key.columns))


def _rows(database: str, query: Any) -> list[Row]:  # noqa: ANN401
    with closing(Store(database)) as store, store.connection() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def verified(database: str) -> int:
    with closing(Store(database)) as store:
        found = verify_trail(store, AuditKeys(KEY))
        assert found.faults == []
        return found.entries


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    """The address of a database with tables, where both kinds would tell the same."""
    with closing(Store(f"sqlite:///{tmp_path}/x.sqlite3")) as store:
        upgrade(store)
    return f"sqlite:///{tmp_path}/x.sqlite3"


def test_a_card_leaves_one_entry_that_says_why(database: str) -> None:
    sent = example("patient-view.json")
    answer = audited(database).test_client().post(VIEW, json=sent)
    assert answer.status_code == 200
    (entry,) = entries(database)
    (card,) = cards(database)
    shown = answer.json["cards"][0]  # type: ignore[index]
    assert (card["card"], card["topic"]) == (shown["uuid"], shown["source"]["topic"]["code"])
    assert (card["shown"], card["indicator"]) == (True, shown["indicator"])
    assert (entry["kind"], entry["service"], entry["client"]) == ("evaluation", VIEW[14:], "")
    assert (entry["at"], entry["day"]) == (int(NOW * 1000), TODAY.isoformat())
    assert (entry["outcome"], entry["mode"], entry["profile"]) == ("advice", "live", "uk-nice")
    assert entry["hook_instance"] == sent["hookInstance"]
    assert entry["correlation"] == answer.headers["X-Correlation-Id"]
    assert 0 < entry["latency"] < 600_000_000
    found = json.loads(entry["findings"])
    extension = answer.json["extension"]["org.cobalamin.assessment"]  # type: ignore[index]
    assert found["status"] == extension["findings"]["b12Status"]["value"]
    assert found["suggestions"] == [s["code"] for s in extension["plan"]["suggestions"]]
    assert entry["knowledge"] == extension["knowledge"]["hash"]
    assert verified(database) == 1


def test_patients_resources_and_values_are_nowhere(database: str) -> None:
    sent = example("patient-view.json")
    sent["hookInstance"] = "call of Mrs Example"
    client = audited(database).test_client()
    client.post(VIEW, json=sent, headers={"X-Correlation-Id": "Mrs-Example"})
    stored = json.dumps([*entries(database), *cards(database)])
    patient = sent["context"]["patientId"]
    for text in ("Example", patient, "Observation", "3600", "pg/mL"):
        assert text not in stored
    (entry,) = entries(database)
    assert len(entry["patient"]) == len(entry["hook_instance"]) == len(entry["correlation"]) == 32
    assert all(len(one) == 32 for one in entry["resources"].split())


def test_plain_ids_are_kept_only_where_that_is_set(database: str) -> None:
    sent = example("patient-view.json")
    audited(database, audit_plain_ids=True).test_client().post(VIEW, json=sent)
    (entry,) = entries(database)
    assert entry["patient"] == sent["context"]["patientId"]
    assert "Observation/" in entry["resources"]


def test_the_same_inputs_have_the_same_hash_and_a_new_value_another(database: str) -> None:
    client, sent = audited(database).test_client(), example("patient-view.json")
    client.post(VIEW, json=sent)
    labs = sent["prefetch"]["labs"]["entry"]
    for entry in labs:
        entry["resource"]["id"] = str(uuid.uuid4())
    client.post(VIEW, json=sent)
    labs[0]["resource"]["valueQuantity"]["value"] -= 1
    client.post(VIEW, json=sent)
    first, again, changed = (entry["inputs"] for entry in entries(database))
    assert first == again != changed


@pytest.mark.parametrize("plain_ids", [False, True])
def test_a_resource_is_named_with_its_version(sqlite: str, *, plain_ids: bool) -> None:
    client = audited(sqlite, audit_plain_ids=plain_ids).test_client()
    sent = example("patient-view.json")
    resources = [entry["resource"] for entry in sent["prefetch"]["labs"]["entry"]]
    metas: list[Row] = [
        {},
        {"versionId": "1", "lastUpdated": "2026-11-16T10:00:00Z"},
        {"versionId": "2"},
        {"lastUpdated": "2026-11-16T10:00:00Z"},
    ]
    for meta in metas:
        for resource in resources:
            resource["meta"] = meta
        client.post(VIEW, json=sent)
    found = entries(sqlite)
    assert len({entry["inputs"] for entry in found}) == 1
    without, first, second, by_time = (entry["resources"].split() for entry in found)
    mark = "/_history/" if plain_ids else "/"
    labs = {text.partition(mark)[0] for text in first if mark in text}
    assert labs <= set(without)
    assert len(labs) >= 3
    assert len({frozenset(one) for one in (without, first, second, by_time)}) == 4
    assert {text.partition(mark)[0] for text in second} == set(without)
    if plain_ids:
        assert any(text.endswith("/_history/2026-11-16T10:00:00Z") for text in by_time)


@pytest.mark.parametrize(
    ("path", "file", "media_type"),
    [
        ("/v1/assessments", "assessment.json", "application/json"),
        ("/fhir/$b12-assess", "bundle.json", "application/fhir+json"),
        ("/hl7v2", "message.hl7", "application/hl7-v2"),
    ],
)
def test_every_address_of_the_laboratory_leaves_an_entry(
    database: str, path: str, file: str, media_type: str
) -> None:
    body = (EXAMPLES / file).read_bytes()
    body = body.replace(b"\n", b"\r") if path == "/hl7v2" else body
    client = audited(database).test_client()
    for query in ("", "?profile=us-aafp"):
        answer = client.post(path + query, data=body, content_type=media_type)
        assert answer.status_code == 200, answer.text
    found = entries(database)
    assert [entry["service"] for entry in found] == [path, path]
    assert [entry["profile"] for entry in found] == ["uk-nice", "us-aafp"]
    assert all(entry["text_hash"] for entry in found)
    assert verified(database) == 2


def test_a_batch_leaves_one_entry_with_its_counts(database: str) -> None:
    body = (EXAMPLES / "batch.ndjson").read_bytes() + b"{}x\n"
    client = audited(database).test_client()
    for sent in (body, body, body + b"{}\n"):
        answer = client.post(
            "/v1/assessments/batch?summary=true", data=sent, content_type="application/x-ndjson"
        )
        assert (answer.status_code, b'"summary"' in answer.data) == (200, True)
    summary = json.loads(answer.data.splitlines()[-1])["summary"]
    first, again, last = entries(database)
    assert {first["kind"], last["kind"]} == {"batch"}
    assert json.loads(last["details"]) == summary
    assert first["inputs"] == again["inputs"] != last["inputs"]
    assert (last["patient"], last["findings"], last["profile"]) == (None, None, "uk-nice")
    assert verified(database) == 3


@pytest.mark.parametrize("query", ["", "?answer=short"])
def test_each_patient_of_a_batch_leaves_an_entry_where_that_is_set(sqlite: str, query: str) -> None:
    body = b"{}x\n" + (EXAMPLES / "batch.ndjson").read_bytes()
    client = audited(sqlite, audit_each_patient=True).test_client()
    answer = client.post(
        f"/v1/assessments/batch{query}", data=body, content_type="application/x-ndjson"
    )
    lines = [json.loads(line) for line in answer.data.splitlines()]
    *patients, batch = entries(sqlite)
    assert {entry["kind"] for entry in patients} == {"batch-patient"}
    assert [entry["outcome"] for entry in patients] == [line["outcome"] for line in lines[1:]]
    assert {entry["correlation"] for entry in patients} == {answer.headers["X-Correlation-Id"]}
    assert all(entry["inputs"] and entry["findings"] for entry in patients)
    assert json.loads(batch["details"])["lines"] == len(lines) == len(patients) + 1
    assert verified(sqlite) == len(lines)


def test_a_line_whose_entry_cannot_be_stored_is_not_answered(sqlite: str) -> None:
    app = audited(sqlite, audit_each_patient=True)
    trail = app.extensions["cobalamin"].value.context.audit
    with trail._writer.store.connection() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON audit_entries WHEN new.kind = 'batch-patient' "
            "BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
    answer = app.test_client().post(
        "/v1/assessments/batch",
        data=(EXAMPLES / "batch.ndjson").read_bytes(),
        content_type="application/x-ndjson",
    )
    lines: list[bytes] = []
    with pytest.raises(StoreError):  # that of the whole batch: the answer ends early
        lines.extend(answer.iter_encoded())
    assert [json.loads(line)["status"] for line in lines] == [503, 503]
    assert entries(sqlite) == []


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_batch_that_the_client_leaves_has_an_entry_of_what_was_answered(
    database: str, encoding: str
) -> None:
    client = audited(database).test_client()
    answer = client.post(
        "/v1/assessments/batch",
        data=(EXAMPLES / "batch.ndjson").read_bytes() * 400,
        content_type="application/x-ndjson",
        headers={"Accept-Encoding": encoding},
    )
    assert next(answer.iter_encoded())
    assert entries(database) == []
    answer.close()
    (entry,) = entries(database)
    details = json.loads(entry["details"])
    assert (entry["kind"], details["cutShort"]) == ("batch", True)
    assert 0 < details["lines"] < 400
    assert verified(database) == 1


def test_a_request_that_is_refused_leaves_none(database: str) -> None:
    client = audited(database).test_client()
    assert client.post(VIEW, json={"hook": "patient-view"}).status_code == 400
    assert entries(database) == []


@pytest.mark.parametrize("hook", [service.hook for service in SERVICES])
def test_every_hook_leaves_an_entry(database: str, hook: str) -> None:
    client = audited(database, services=tuple(Service)).test_client()
    service = next(one.id.value for one in SERVICES if one.hook == hook)
    made = 0
    for number, body in enumerate(requests_for(hook).values()):
        answer = client.post(f"/cds-services/{service}", json=body)
        entry = entries(database)[number]
        extension = answer.json["extension"]["org.cobalamin.assessment"]  # type: ignore[index]
        assert (entry["service"], entry["outcome"]) == (service, extension["outcome"])
        reasons = [reason["code"] for reason in extension.get("reasons", [])]
        assert json.loads(entry["findings"]).get("reasons", []) == reasons
        made += len(answer.json["cards"])  # type: ignore[index]
    assert len(cards(database)) == made > 0
    verified(database)


def test_silent_mode_keeps_the_cards_that_would_have_been_shown(database: str) -> None:
    app = audited(database, mode=Mode.silent)
    answer = app.test_client().post(VIEW, json=example("patient-view.json"))
    assert answer.json["cards"] == []  # type: ignore[index]
    assert [(card["topic"] != "", card["shown"]) for card in cards(database)] == [(True, False)]
    assert entries(database)[0]["mode"] == "silent"


# --- commands


def command(database: str, *arguments: str, **more: str) -> Result:
    told = {
        "COBALAMIN_ENVIRONMENT": "development",
        "COBALAMIN_DATABASE_URL": database,
        "COBALAMIN_AUDIT": "required",
        "COBALAMIN_AUDIT_KEY": KEY[0],
        **more,
    }
    return CliRunner().invoke(main, arguments, env=told)


def test_a_card_is_explained_from_what_was_stored(database: str) -> None:
    client = audited(database).test_client()
    answer = client.post(VIEW, json=example("patient-view.json"))
    card = answer.json["cards"][0]["uuid"]  # type: ignore[index]
    item = {"card": card, "outcome": "overridden", "outcomeTimestamp": "2026-11-20T10:00:00Z"}
    assert client.post(f"{VIEW}/feedback", json={"feedback": [item]}).status_code == 200
    done = command(database, "audit", "show", card)
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith(f"card {card}: shown, topic ")
    assert "feedback: overridden at 2026-11-20T10:00:00" in done.stdout
    assert "status: " in done.stdout
    assert "(the knowledge has changed since)" not in done.stdout
    assert done.stdout.endswith("entry 1/1 is as it was written\n")
    with closing(Store(database)) as store, store.connection() as connection:
        connection.execute(AUDIT_ENTRIES.update().values(outcome="no-advice"))
    altered = command(database, "audit", "show", card)
    assert (altered.exit_code, altered.stdout.endswith("entry 1/1 WAS ALTERED\n")) == (1, True)
    assert command(database, "audit", "show", "unknown").exit_code == 1


def test_the_trail_is_verified_and_purged_by_commands(database: str) -> None:
    client = audited(database).test_client()
    for _ in range(3):
        client.post(VIEW, json=example("patient-view.json"))
    done = command(database, "audit", "verify")
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr.startswith("3 entries in 1 chains verified at ")
    with closing(Store(database)) as store, store.connection() as connection:
        second = AUDIT_ENTRIES.c.number == 2
        connection.execute(AUDIT_ENTRIES.update().where(second).values(rung="R1"))
    found = command(database, "audit", "verify")
    assert (found.exit_code, found.stdout) == (1, "entry 1/2 was altered\n")
    assert command(database, "db", "purge").stderr == "expired tokens deleted: 0\n"
    with closing(Store(database)) as store, store.connection() as connection:
        connection.execute(AUDIT_ENTRIES.update().where(second).values(at=1))
        connection.execute(AUDIT_ENTRIES.update().where(AUDIT_ENTRIES.c.number == 1).values(at=1))
    purged = command(database, "db", "purge", "--audit-days", "30")
    assert purged.stderr.endswith("audit entries deleted: 2\n")
    assert command(database, "audit", "verify").exit_code == 0


def test_commands_need_the_key_and_never_show_it(database: str) -> None:
    missing = command(database, "audit", "verify", COBALAMIN_AUDIT_KEY="short")
    assert (missing.exit_code, "COBALAMIN_AUDIT_KEY: must be" in missing.stderr) == (78, True)
    shown = command(database, "config", "show")
    assert "audit_key = ***\n" in shown.stdout
    assert KEY[0] not in shown.output
    assert command(database, "config", "check").exit_code == 0
    unused = command("sqlite:////nowhere/x.sqlite3", "config", "check")
    assert (unused.exit_code, "COBALAMIN_DATABASE_URL" in unused.stderr) == (78, True)


# --- a database that cannot be used


@pytest.fixture
def sqlite_file(tmp_path: Path) -> Path:
    file = tmp_path / "audit.sqlite3"
    with closing(Store(f"sqlite:///{file}")) as store:
        upgrade(store)
    return file


@pytest.mark.parametrize("policy", [AuditPolicy.required, AuditPolicy.best_effort])
def test_a_database_that_goes_away(sqlite_file: Path, policy: AuditPolicy) -> None:
    client = audited(f"sqlite:///{sqlite_file}", audit=policy).test_client()
    body = example("patient-view.json")
    assert client.post(VIEW, json=body).status_code == 200
    assert client.get("/readyz").json["audit"] == "available"  # type: ignore[index]
    sqlite_file.rename(sqlite_file.with_suffix(".moved"))
    ready, answer = client.get("/readyz"), client.post(VIEW, json=body)
    if policy is AuditPolicy.required:
        assert (answer.status_code, ready.status_code) == (503, 503)
        assert answer.json["resourceType"] == "OperationOutcome"  # type: ignore[index]
        assert answer.headers["Retry-After"]
        assert ready.json["audit"] == "not available"  # type: ignore[index]
    else:
        assert (answer.status_code, len(answer.json["cards"])) == (200, 1)  # type: ignore[index]
        state = client.get("/readyz").json
        assert (state["audit"], state["unrecorded"]) == ("not available", "1")  # type: ignore[index]
    assert client.get("/livez").status_code == 200


@pytest.mark.parametrize("policy", [AuditPolicy.required, AuditPolicy.best_effort])
def test_a_full_database(sqlite_file: Path, policy: AuditPolicy) -> None:
    with closing(sqlite3.connect(sqlite_file)) as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
    app = audited(f"sqlite:///{sqlite_file}", audit=policy)
    trail = app.extensions["cobalamin"].value.context.audit
    with trail._writer.store.connection() as connection:
        engine = connection.engine
    engine.dispose()  # the limit is one of each connection
    limit = f"PRAGMA max_page_count = {pages}"
    event.listen(engine, "connect", lambda connection, _: connection.execute(limit))
    client, body = app.test_client(), example("patient-view.json")
    statuses = [client.post(VIEW, json=body).status_code for _ in range(12)]
    if policy is AuditPolicy.required:
        assert statuses[-1] == 503
        assert client.get("/readyz").status_code == 503
    else:
        assert set(statuses) == {200}
        state = client.get("/readyz").json
        assert state["audit"] == "not available"  # type: ignore[index]
        assert 0 < int(state["unrecorded"]) <= 12  # type: ignore[index]
