"""A database that is missing, relative or without tables is said, and never `ask again`."""

from contextlib import closing
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import text

from app import app_of, app_with
from clients import entry, key_entry, with_key, write_registry
from cobalamin.service.cli.main import main
from cobalamin.service.http import readiness
from cobalamin.service.records.migrate import upgrade
from cobalamin.service.records.store import Store
from cobalamin.service.settings import Environment, Settings, SettingsError
from tokens import PUBLIC_URL, jwt_entry

FEEDBACK = {
    "feedback": [
        {
            "card": "8c6f0f7e-64a1-4c3e-9a44-2f6b1de6f0a1",
            "outcome": "overridden",
            "outcomeTimestamp": "2026-11-20T10:15:30Z",
        }
    ]
}
PATH = "/cds-services/b12-patient-view/feedback"


def production(folder: Path, *entries: str, **settings: Any) -> Settings:  # noqa: ANN401
    registry = write_registry(folder, *entries)
    return Settings(environment=Environment.production, clients=registry, **settings)


@pytest.mark.parametrize(
    "url", [None, "sqlite:///var/cobalamin.sqlite3", "sqlite:///:memory:", "sqlite:///./a", ""]
)
@pytest.mark.parametrize("stores", ["feedback", "tokens", "limit", "default-limit"])
def test_production_refuses_a_database_without_a_fixed_place(
    tmp_path: Path, url: str | None, stores: str
) -> None:
    table = {
        "feedback": key_entry("ehr-1", "cds"),
        "tokens": jwt_entry("lab-1", "lab"),
        "limit": key_entry("lab-1", "lab") + "rate_limit = 5\n",
        "default-limit": key_entry("lab-1", "lab"),
    }[stores]
    changed: dict[str, Any] = {"public_url": PUBLIC_URL}
    if url is not None:
        changed["database_url"] = url or "sqlite:///x"
    if stores == "default-limit":
        changed["rate_limit"] = 10
    with pytest.raises(SettingsError) as refused:
        app_of(production(tmp_path, table, **changed))
    (problem,) = refused.value.problems
    assert problem.startswith("COBALAMIN_DATABASE_URL: is ")
    assert ("is not set" in problem) is (url in (None, "sqlite:///var/cobalamin.sqlite3"))


def test_production_needs_no_database_where_nothing_is_stored(tmp_path: Path) -> None:
    app = app_of(production(tmp_path, key_entry("lab-1", "lab")))
    assert app.test_client().get("/readyz").status_code == 200


@pytest.mark.parametrize("command", ["check", "serve"])
def test_the_commands_refuse_it_too(tmp_path: Path, command: str) -> None:
    registry = write_registry(tmp_path, key_entry("ehr-1", "cds"))
    told = {"COBALAMIN_PROFILE": "uk-nice", "COBALAMIN_CLIENTS": str(registry)}
    arguments = ["config", "check"] if command == "check" else ["serve"]
    done = CliRunner().invoke(main, arguments, env=told)
    assert done.exit_code == 78
    assert "COBALAMIN_DATABASE_URL: is not set" in done.stderr


def test_missing_tables_are_said_until_they_are_there(tmp_path: Path, address: str) -> None:
    settings = production(tmp_path, key_entry("ehr-1", "cds"), database_url=address)
    client = app_of(settings).test_client()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "cobalamin db upgrade" in answer.get_json()["database"]
    with closing(Store(address)) as store:
        upgrade(store)
    assert client.get("/readyz").status_code == 200


def send(app: Flask, headers: dict[str, str]) -> Any:  # noqa: ANN401
    return app.test_client().post(PATH, json=FEEDBACK, headers=headers)


def test_feedback_without_tables_is_not_to_be_sent_again(address: str) -> None:
    answer = send(app_with(database_url=address), {})
    (issue,) = answer.get_json(force=True)["issue"]
    assert (answer.status_code, issue["code"]) == (500, "exception")
    assert "does not help" in issue["diagnostics"]
    assert "Retry-After" not in answer.headers


def test_tables_that_were_taken_away_are_told_alike(address: str) -> None:
    with closing(Store(address)) as store:
        upgrade(store)
        app = app_with(database_url=address)
        assert send(app, {}).status_code == 200
        with store.connection() as connection:
            connection.execute(text("DROP TABLE feedback"))
        answer = send(app, {})
    assert answer.status_code == 500
    assert "does not help" in answer.text


def test_a_database_that_does_not_answer_is_said_but_others_are_answered(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}"  # a folder
    app = app_of(production(tmp_path, key_entry("ehr-1", "cds"), database_url=url))
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 200
    assert "cannot be used" in answer.get_json()["database"]
    assert send(app, with_key("ehr-1").headers).status_code == 503


def test_a_database_that_does_not_answer_is_asked_every_ten_seconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, now = [], [0.0]
    look = readiness._look

    def counted(settings: Settings) -> readiness.DatabaseProblem | None:
        asked.append(settings)
        return look(settings)

    monkeypatch.setattr(readiness, "_look", counted)
    settings = Settings(database_url=f"sqlite:///{tmp_path}")
    database = readiness.DatabaseReadiness(lambda: now[0])
    for now[0] in (0.0, 1.0, 9.0, 10.0, 11.0):
        assert database.check(settings) is not None
    assert len(asked) == 2
    assert database.check(replace(settings, workers=2)) is not None


def test_a_certificate_alone_stores_feedback_too(tmp_path: Path) -> None:
    table = entry("ehr-1", "cds", 'certificate = "CN=gateway"')
    proxies = (ip_network("10.0.0.0/8"),)
    with pytest.raises(SettingsError, match="COBALAMIN_DATABASE_URL"):
        app_of(production(tmp_path, table, trusted_proxies=proxies))
