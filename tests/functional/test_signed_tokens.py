"""Signed tokens through the whole service: once, at their own address, and one same refusal."""

import json
import logging
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from werkzeug.test import TestResponse

from app import ROOT, app_with, example
from clients import guarded, key_entry, with_key, write_registry
from cobalamin.service.cli.main import main
from cobalamin.service.logs.formatters import ConsoleFormatter
from cobalamin.service.records.migrate import upgrade
from cobalamin.service.records.store import Store
from cobalamin.service.settings import SettingsError
from databases import free_port
from tokens import PUBLIC_URL, VIEW, a_token, jwt_entry, key_set, private_key

NAME = {"X-Correlation-Id": "same"}


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    (tmp_path / "keys.json").write_text(json.dumps(key_set("ec-1", "rsa-1")), "utf-8")
    ehr = jwt_entry("ehr", keys='jwks_file = "keys.json"')
    return write_registry(tmp_path, ehr, key_entry("laboratory", "lab"))


@pytest.fixture
def database(tmp_path: Path) -> str:
    address = f"sqlite:///{tmp_path}/kept.sqlite3"
    with closing(Store(address)) as store:
        upgrade(store)
    return address


@pytest.fixture
def app(registry: Path, database: str) -> Flask:
    return app_with(clients=registry, public_url=PUBLIC_URL, database_url=database)


def call(app: Flask, token: str, path: str = VIEW, method: str = "POST") -> TestResponse:
    headers = {"Authorization": f"Bearer {token}", **NAME}
    return app.test_client().open(
        path, method=method, json=example("patient-view.json"), headers=headers
    )


def test_a_token_gives_a_card_once(app: Flask) -> None:
    token = a_token()
    answer = call(app, token)
    assert answer.status_code == 200
    assert answer.get_json()["cards"]
    assert call(app, token).status_code == 401
    assert call(app, a_token("rsa-1", "RS384")).status_code == 200


def test_discovery_has_an_address_of_its_own(app: Flask) -> None:
    services = "/cds-services"
    assert call(app, a_token(aud=PUBLIC_URL + services), services, "GET").status_code == 200
    assert call(app, a_token(), services, "GET").status_code == 401


def test_a_token_opens_no_other_door(app: Flask) -> None:
    path = "/v1/assessments"
    assert call(app, a_token(aud=PUBLIC_URL + path), path).status_code == 403


def test_every_fault_of_a_token_gets_the_same_bytes_and_no_token_is_logged(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    used = a_token()
    call(app, used)
    wrong = [
        used,
        a_token(iss="https://evil-4711.example.org"),
        a_token(aud="x-4711"),
        a_token(iat=1, exp=2),
        a_token(jti=""),
        a_token("ec-4711"),
        a_token(key=private_key("ec-2")),
        a_token(headers={"typ": "x-4711"}),
        "4711",
        "4711.4711.4711",
        with_key("laboratory").headers["Authorization"].removeprefix("Bearer ") + "4711",
    ]
    caplog.handler.setFormatter(ConsoleFormatter())
    with caplog.at_level(logging.DEBUG):
        answers = [call(app, token) for token in wrong]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.data for answer in answers}) == 1
    assert len({str(answer.headers) for answer in answers}) == 1
    assert "a token of ehr: it was used before correlation=same" in caplog.text
    assert sum("refused:" in message for message in caplog.messages) == len(wrong)
    assert "4711" not in caplog.text
    for token in wrong[:-3]:
        assert token.split(".")[2] not in caplog.text


def test_a_database_that_is_gone_is_503_and_never_lets_a_token_through(
    app: Flask, database: str, caplog: pytest.LogCaptureFixture
) -> None:
    file = Path(database.removeprefix("sqlite:///"))
    file.rename(file.with_suffix(".away"))
    file.mkdir()
    answer = call(app, a_token())
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert answer.get_json(force=True)["issue"][0]["code"] == "transient"
    assert "the database cannot be used (OperationalError)" in caplog.text
    assert str(file) not in caplog.text


def test_a_database_that_was_not_migrated_refuses_the_start(registry: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"COBALAMIN_DATABASE_URL: .* `cobalamin db upgrade`"):
        app_with(
            clients=registry,
            public_url=PUBLIC_URL,
            database_url=f"sqlite:///{tmp_path}/empty.sqlite3",
        )


@pytest.mark.parametrize("command", [["serve"], ["config", "check"]])
def test_the_command_ends_with_78_before_it_serves(
    registry: Path, tmp_path: Path, command: list[str]
) -> None:
    told = {
        "COBALAMIN_PROFILE": "uk-nice",
        "COBALAMIN_CLIENTS": str(registry),
        "COBALAMIN_PUBLIC_URL": PUBLIC_URL,
        "COBALAMIN_DATABASE_URL": f"sqlite:///{tmp_path}/empty.sqlite3",
    }
    done = CliRunner().invoke(main, command, env=told)
    assert done.exit_code == 78
    assert done.stderr.startswith("COBALAMIN_DATABASE_URL: the database cannot be used")
    assert "run `cobalamin db upgrade`" in done.stderr


def test_keys_alone_need_no_database(tmp_path: Path) -> None:
    app = guarded(tmp_path, key_entry("laboratory", "lab"))
    assert call(app, "a.b.c").status_code == 401


def check(registry: Path, token: str, *options: str) -> Result:
    told = {
        "COBALAMIN_PROFILE": "uk-nice",
        "COBALAMIN_CLIENTS": str(registry),
        "COBALAMIN_PUBLIC_URL": PUBLIC_URL,
    }
    return CliRunner().invoke(main, ["auth", "check-token", *options], input=token, env=told)


def test_check_token_says_whose_a_token_is_and_does_not_use_it_up(registry: Path) -> None:
    token = a_token()
    for _ in range(2):
        done = check(registry, token + "\n")
        assert (done.exit_code, done.stdout) == (0, "accepted: ehr, doors cds, profile uk-nice\n")
    key = with_key("laboratory").headers["Authorization"].removeprefix("Bearer ")
    assert check(registry, key).stdout == "accepted: laboratory, doors lab, profile uk-nice\n"


def test_check_token_says_why_a_token_is_refused(registry: Path) -> None:
    done = check(registry, a_token(), "--path", "/cds-services")
    assert done.exit_code == 1
    assert done.stdout == "refused: a token of ehr: its aud is not the address that was called\n"
    assert check(registry, "nonsense").exit_code == 1


PROGRAM = """
import sys
from cobalamin.service.app import create_app
from cobalamin.service.settings import read_settings
create_app(read_settings({environ!r}))
print(*(name for name in {names!r} if name in sys.modules))
"""


def loaded(environ: dict[str, str], *names: str) -> list[str]:
    """Which of these modules a service with such settings holds in memory."""
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", PROGRAM.format(environ=environ, names=names)],
        check=True,
        cwd=ROOT,
        env={},
        capture_output=True,
        text=True,
    )
    return done.stdout.split()


def test_a_service_loads_what_its_clients_need(registry: Path, database: str) -> None:
    names = ("alembic", "jwt", "psycopg", "requests", "sqlalchemy")
    watched = ("opentelemetry", "prometheus_client")
    assert loaded({"COBALAMIN_ENVIRONMENT": "development"}, *names, *watched) == []
    told = {
        "COBALAMIN_PROFILE": "uk-nice",
        "COBALAMIN_CLIENTS": str(registry),
        "COBALAMIN_PUBLIC_URL": PUBLIC_URL,
        "COBALAMIN_DATABASE_URL": database,
    }
    assert loaded(told, *names) == ["jwt", "requests", "sqlalchemy"]


def test_keys_that_cannot_be_had_are_503_for_a_known_issuer_alone(
    tmp_path: Path, database: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.handler.setFormatter(ConsoleFormatter())
    registry = write_registry(
        tmp_path, jwt_entry("ehr", keys=f'jku = "http://127.0.0.1:{free_port()}/x"')
    )
    app = app_with(clients=registry, public_url=PUBLIC_URL, database_url=database)
    answer = call(app, a_token())
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "10"
    assert answer.get_json(force=True)["issue"][0]["code"] == "transient"
    assert "a token of ehr: its key set is unavailable correlation=same" in caplog.text
    assert call(app, a_token(iss="https://other.example.org")).status_code == 401
    told = {
        "COBALAMIN_PROFILE": "uk-nice",
        "COBALAMIN_CLIENTS": str(registry),
        "COBALAMIN_PUBLIC_URL": PUBLIC_URL,
    }
    done = CliRunner().invoke(main, ["auth", "check-token"], input=a_token(), env=told)
    assert done.exit_code == 1
    assert done.stdout == "refused: a token of ehr: its key set is unavailable\n"
