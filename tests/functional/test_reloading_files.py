"""The client registry and the site file are followed by a running service, in every worker."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app import app_with
from clients import guarded, key_entry, key_of, with_key, write_registry
from cobalamin.service import reloading
from cobalamin.service.access.admission import ADMISSION, Admission
from cobalamin.service.http.health import FILES_NOT_USED
from databases import migrated
from serving import serving, statuses

FORM = {
    "patient": {"age": 57},
    "results": [{"analyte": "b12_total", "value": 198, "unit": "ng/L", "date": "2026-11-16"}],
}
SITE = """name = "Example laboratory"
[thresholds.b12_total_deficient]
value = { "ng/L" = "200" }
author = "AB"
why = "Own reference study."
reviewed = 2026-11-01
"""


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The files are looked at by every request."""
    monkeypatch.setattr(reloading, "CHECK_SECONDS", 0.0)


def ask(app: Flask, client_id: str) -> TestResponse:
    return app.test_client().post("/v1/assessments", json=FORM, headers=with_key(client_id).headers)


def test_a_client_is_added_and_taken_away_without_a_restart(tmp_path: Path) -> None:
    app = guarded(tmp_path, key_entry("lab-1", "lab"))
    assert [ask(app, name).status_code for name in ("lab-1", "lab-2")] == [200, 401]
    write_registry(tmp_path, key_entry("lab-2", "lab"))
    assert [ask(app, name).status_code for name in ("lab-1", "lab-2")] == [401, 200]


def test_a_bad_registry_keeps_the_old_one_and_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = guarded(tmp_path, key_entry("lab-1", "lab"))
    write_registry(tmp_path, key_entry("lab-1", "kitchen"))
    assert ask(app, "lab-1").status_code == 200
    ready = app.test_client().get("/readyz")
    assert (ready.status_code, ready.get_json()["configuration"]) == (200, FILES_NOT_USED)
    assert "clients.lab-1" in caplog.text
    assert key_of("lab-1")[1] not in caplog.text
    write_registry(tmp_path, key_entry("lab-1", "lab"))
    assert "configuration" not in app.test_client().get("/readyz").get_json()


def test_an_origin_is_added_without_a_restart(tmp_path: Path) -> None:
    app = guarded(tmp_path, key_entry("ehr-1", "cds"))
    origin = "https://ehr.example.org"

    def allowed() -> str | None:
        answer = app.test_client().get("/cds-services", headers={"Origin": origin})
        return answer.headers.get("Access-Control-Allow-Origin")

    assert allowed() is None
    write_registry(tmp_path, key_entry("ehr-1", "cds"), f'[cors]\norigins = ["{origin}"]')
    app.test_client().get("/livez")
    assert allowed() == origin


def test_a_client_that_was_removed_while_its_body_came_is_refused(tmp_path: Path) -> None:
    app = guarded(tmp_path, key_entry("lab-1", "lab"), key_entry("lab-2", "lab"))
    admission, headers = Admission(), with_key("lab-1").headers
    client = app.test_client()
    asked = {"environ_overrides": {ADMISSION: admission}, "headers": headers, "json": FORM}
    assert client.post("/v1/assessments", **asked).status_code == 204
    assert admission.is_admitted
    write_registry(tmp_path, key_entry("lab-2", "lab"))
    assert client.post("/v1/assessments", **asked).status_code == 401


def test_a_site_file_changes_the_limits_of_a_running_service(tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    file.write_text('name = "Example laboratory"\n', "utf-8")
    app = app_with(site=file)

    def status() -> str:
        answer = app.test_client().post("/v1/assessments", json=FORM)
        return str(answer.get_json()["findings"]["b12Status"]["value"])

    before = status()
    file.write_text(SITE, "utf-8")
    assert (before, status()) == ("indeterminate", "deficient")
    file.write_text(SITE.replace("200", "2000"), "utf-8")
    assert status() == "deficient"
    assert app.test_client().get("/readyz").get_json()["configuration"] == FILES_NOT_USED


def test_discovery_follows_the_codes_of_the_site(tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    file.write_text('name = "Example laboratory"\n', "utf-8")
    app = app_with(site=file)
    assert b"1234-local" not in app.test_client().get("/cds-services").data
    file.write_text('name = "X"\n[codes."http://loinc.org"]\n"1234-local" = "b12_total"\n', "utf-8")
    assert b"1234-local" in app.test_client().get("/cds-services").data


def until(holds: Callable[[], bool]) -> None:
    """Wait until it holds, for as long as a busy machine may need."""
    deadline = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_every_worker_follows_the_registry(tmp_path: Path) -> None:
    registry = write_registry(tmp_path, key_entry("lab-1", "lab"))
    settings = {"COBALAMIN_CLIENTS": str(registry), "COBALAMIN_DATABASE_URL": migrated()}
    with serving(tmp_path, **settings) as server:
        assert statuses(server, "lab-1", 4) == {200}
        write_registry(tmp_path, key_entry("lab-2", "lab"))
        until(lambda: statuses(server, "lab-1", 8) == {401})

        def both_said_so() -> bool:
            found = statuses(server, "lab-2", 8)
            return found == {200} and server.log.read_text("utf-8").count("was read anew") >= 2

        until(both_said_so)
