"""The rate limit of each client at every entry point, by a clock that the test sets."""

import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app import EXAMPLES, app_with
from clients import (
    SUBJECT,
    Caller,
    entry,
    key_entry,
    key_of,
    with_certificate,
    with_key,
    write_registry,
)
from cobalamin.service.records.migrate import upgrade
from cobalamin.service.records.store import Store
from cobalamin.service.settings import SettingsError
from databases import new_database
from tokens import PUBLIC_URL, a_token, jwt_entry, key_set
from workers import WORKERS, call, served, workers_in

VIEW, LAB = "/cds-services/b12-patient-view", "/v1/assessments"
FEEDBACK, BATCH = f"{VIEW}/feedback", "/v1/assessments/batch"
JSON, FHIR = "application/json", "application/fhir+json"
NOON = 1_800_000_000 - 1_800_000_000 % 60
SENT = {
    VIEW: ("patient-view.json", JSON),
    FEEDBACK: ("feedback.json", JSON),
    LAB: ("assessment.json", JSON),
    BATCH: ("batch.ndjson", "application/x-ndjson"),
    "/fhir/$b12-assess": ("bundle.json", FHIR),
    "/hl7v2": ("message.hl7", "application/hl7-v2"),
}
CORS = '[cors]\norigins = ["https://ehr.example.org"]\n'


class Clock:
    """Says what the test set."""

    def __init__(self) -> None:
        self.time = NOON + 12.5

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(tmp_path: Path) -> str:
    address = f"sqlite:///{tmp_path}/kept.sqlite3"
    with closing(Store(address)) as store:
        upgrade(store)
    return address


def limited(folder: Path, database: str, clock: Clock, *entries: str, **more: Any) -> Flask:  # noqa: ANN401
    """The service with a limit of 2, or another one."""
    registry = write_registry(folder, CORS, *(entries or (key_entry("ehr", "cds lab"),)))
    settings = {"rate_limit": 2, "clients": registry, "database_url": database, **more}
    return app_with(now=clock, **settings)


def ask(app: Flask, path: str = VIEW, caller: Caller | None = None, **headers: str) -> TestResponse:
    """What a client is answered to the example of this address."""
    name, kind = SENT[path]
    sent = caller or with_key("ehr")
    return app.test_client().post(
        path,
        data=(EXAMPLES / name).read_bytes(),
        content_type=kind,
        headers={**sent.headers, **headers},
        environ_base={"REMOTE_ADDR": sent.peer},
    )


def statuses(app: Flask, times: int, caller: Caller | None = None) -> list[int]:
    return [ask(app, VIEW, caller).status_code for _ in range(times)]


@pytest.mark.parametrize("path", SENT)
def test_row_146_too_many_requests_are_429_with_when_to_ask_again(
    path: str, tmp_path: Path, database: str, clock: Clock
) -> None:
    app = limited(tmp_path, database, clock)
    assert [ask(app, path).status_code for _ in range(3)] == [200, 200, 429]
    answer = ask(app, path, Accept=FHIR)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "48")
    assert answer.headers["X-Correlation-Id"]
    body = answer.get_json(force=True)
    if path == "/hl7v2":
        assert (answer.content_type, body["status"]) == ("application/problem+json", 429)
    else:
        (issue,) = body["issue"]
        assert (body["resourceType"], issue["code"]) == ("OperationOutcome", "throttled")
        assert "Retry-After" in issue["diagnostics"]
    clock.time += 48
    assert ask(app, path).status_code == 200


def test_the_laboratory_is_told_in_problem_details(
    tmp_path: Path, database: str, clock: Clock
) -> None:
    app = limited(tmp_path, database, clock, rate_limit=1)
    ask(app, LAB)
    answer = ask(app, LAB)
    assert (answer.status_code, answer.content_type) == (429, "application/problem+json")
    assert answer.headers["Retry-After"] == "48"


def test_all_addresses_of_a_client_count_together(
    tmp_path: Path, database: str, clock: Clock
) -> None:
    app = limited(tmp_path, database, clock, rate_limit=4)
    client, headers = app.test_client(), with_key("ehr").headers
    assert client.get("/cds-services", headers=headers).status_code == 200
    assert ask(app, FEEDBACK).status_code == 200
    assert client.post("/cds-services/none", headers=headers, json={}).status_code == 404
    assert client.post(VIEW, headers=headers, json={}).status_code == 400
    assert statuses(app, 1) == [429]
    assert client.get("/cds-services", headers=headers).status_code == 429


def test_each_client_has_its_own_number_whatever_its_credential(
    tmp_path: Path, database: str, clock: Clock
) -> None:
    (tmp_path / "keys.json").write_text(json.dumps(key_set("ec-1")), "utf-8")
    signer = jwt_entry("signer", keys='jwks_file = "keys.json"')
    app = limited(
        tmp_path,
        database,
        clock,
        key_entry("few", "cds") + "rate_limit = 1\n",
        key_entry("usual", "cds"),
        entry("gateway", "cds", f'certificate = "{SUBJECT}"\nrate_limit = 3'),
        signer.replace("[clients.signer.jwt]", "rate_limit = 4\n[clients.signer.jwt]"),
        trusted_proxies=(ip_network("10.1.0.0/16"),),
        public_url=PUBLIC_URL,
    )
    assert statuses(app, 3, with_key("few")) == [200, 429, 429]
    assert statuses(app, 3, with_key("usual")) == [200, 200, 429]
    assert statuses(app, 4, with_certificate()) == [200, 200, 200, 429]
    signed = [Caller(headers={"Authorization": f"Bearer {a_token()}"}) for _ in range(5)]
    assert [ask(app, VIEW, one).status_code for one in signed] == [200, 200, 200, 200, 429]


def test_a_limit_may_stand_in_the_registry_alone(
    tmp_path: Path, database: str, clock: Clock
) -> None:
    held = key_entry("held", "cds") + "rate_limit = 1\n"
    app = limited(tmp_path, database, clock, held, key_entry("free", "cds"), rate_limit=None)
    assert statuses(app, 2, with_key("held")) == [200, 429]
    assert statuses(app, 9, with_key("free")) == [200] * 9


def test_only_who_was_let_in_is_counted(tmp_path: Path, database: str, clock: Clock) -> None:
    app = limited(tmp_path, database, clock, key_entry("ehr", "cds"))
    wrong = Caller(headers={"Authorization": "Bearer ehr.4711"})
    assert statuses(app, 5, wrong) == [401] * 5
    assert [ask(app, LAB).status_code for _ in range(5)] == [403] * 5
    assert statuses(app, 3) == [200, 200, 429]
    assert statuses(app, 1, wrong) == [401]
    assert ask(app, LAB).status_code == 403


def test_health_what_is_open_and_preflights_are_never_held_back(
    tmp_path: Path, database: str, clock: Clock
) -> None:
    app = limited(tmp_path, database, clock, rate_limit=1)
    client = app.test_client()
    assert statuses(app, 2) == [200, 429]
    wanted = {"Origin": "https://ehr.example.org", "Access-Control-Request-Method": "POST"}
    for _ in range(3):
        for path in ("/livez", "/readyz", "/openapi.json"):
            assert client.get(path, headers=with_key("ehr").headers).status_code == 200
        for path in (VIEW, FEEDBACK, "/cds-services"):
            assert client.options(path, headers=wanted).status_code == 204


def test_a_page_may_read_when_to_ask_again(tmp_path: Path, database: str, clock: Clock) -> None:
    app = limited(tmp_path, database, clock, rate_limit=1)
    ask(app)
    answer = ask(app, Origin="https://ehr.example.org")
    assert answer.status_code == 429
    assert answer.headers["Access-Control-Allow-Origin"] == "https://ehr.example.org"
    assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]


def test_without_a_limit_no_database_is_opened(tmp_path: Path) -> None:
    file = tmp_path / "none" / "kept.sqlite3"
    registry = write_registry(tmp_path, key_entry("ehr", "cds"))
    app = app_with(clients=registry, database_url=f"sqlite:///{file}")
    assert statuses(app, 30) == [200] * 30
    assert not file.parent.exists()


def test_a_limit_needs_the_tables(tmp_path: Path, clock: Clock) -> None:
    with pytest.raises(SettingsError, match="cobalamin db upgrade"):
        limited(tmp_path, f"sqlite:///{tmp_path}/new.sqlite3", clock)


def test_while_the_database_is_away_the_process_counts_alone(
    tmp_path: Path, database: str, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    app = limited(tmp_path, database, clock)
    assert statuses(app, 1) == [200]
    with closing(Store(database)) as store, store.connection() as connection:
        connection.exec_driver_sql("ALTER TABLE pace RENAME TO gone")
    assert statuses(app, 4) == [200, 200, 429, 429]
    told = [line for line in caplog.messages if "counted by this process only" in line]
    assert len(told) == 1
    with closing(Store(database)) as store, store.connection() as connection:
        connection.exec_driver_sql("ALTER TABLE gone RENAME TO pace")
    clock.time += 60
    assert statuses(app, 3) == [200, 200, 429]


def test_the_log_names_the_client_and_no_credential(
    tmp_path: Path, database: str, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    app = limited(tmp_path, database, clock, rate_limit=1)
    assert statuses(app, 2) == [200, 429]
    assert "ehr exceeded its rate limit" in caplog.text
    assert key_of("ehr")[0] not in caplog.text


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_row_146_two_workers_count_together(kind: str, tmp_path: Path) -> None:
    most, names, compared = 6, [f"ehr-{number}" for number in range(20)], 0
    registry = write_registry(tmp_path, *(key_entry(name, "cds") for name in names))
    with new_database(kind, tmp_path) as address:
        with closing(Store(address)) as store:
            upgrade(store)
        with (
            served(tmp_path, registry, address, COBALAMIN_RATE_LIMIT=str(most)) as port,
            ThreadPoolExecutor(4) as pool,
        ):
            for name in names:
                minute, keys = time.time() // 60, [key_of(name)[0]] * 3 * most
                found = Counter(pool.map(partial(call, port), keys))
                if time.time() // 60 == minute:  # else both minutes let some through
                    assert found == {200: most, 429: 2 * most}
                    compared += 1
                if compared and len(workers_in(tmp_path)) == WORKERS:
                    break
    assert compared
    assert len(workers_in(tmp_path)) == WORKERS
