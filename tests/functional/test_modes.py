"""Live, silent and off: for the service, one client or one topic, switched while it runs."""

import json
import os
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import select

from app import app_with, example
from clients import key_entry, key_of, write_registry
from cobalamin.service import reloading
from cobalamin.service.cli.main import main
from cobalamin.service.modes import Modes, strictest, to_toml
from cobalamin.service.records.store import Store
from cobalamin.service.records.tables import AUDIT_CARDS, AUDIT_ENTRIES
from cobalamin.service.settings import AuditPolicy, Mode, SettingsError
from databases import migrated
from exchanges import check_exchange
from serving import serving

KEY = "a secret of a site, of more than 32 characters"
VIEW = "/cds-services/b12-patient-view"
Json = dict[str, Any]


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reloading, "CHECK_SECONDS", 0.0)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "modes.toml"
    file.write_text('service = "live"\n', "utf-8")
    return file


def switch(file: Path, text: str) -> None:
    """Replace the file, with a time of its own on coarse clocks too."""
    new = file.with_suffix(".new")
    new.write_text(text, "utf-8")
    new.replace(file)


def ask(app: Flask, **headers: str) -> tuple[list[Json], Json]:
    answer = app.test_client().post(VIEW, json=example("patient-view.json"), headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json["cards"], answer.json["extension"]["org.cobalamin.assessment"]  # type: ignore[index]


def topic() -> str:
    cards, _ = ask(app_with())
    name: str = cards[0]["source"]["topic"]["code"]
    return name


def test_the_service_is_switched_without_a_restart(file: Path) -> None:
    app = app_with(modes=file)
    cards, extension = ask(app)
    assert (len(cards), "mode" in extension) == (1, False)
    switch(file, 'service = "silent"')
    cards, extension = ask(app)
    assert (cards, extension["mode"], extension["outcome"]) == ([], "silent", "advice")
    switch(file, 'service = "off"')
    cards, extension = ask(app)
    assert (cards, extension["mode"], extension["outcome"]) == ([], "off", "not-assessable")
    switch(file, "")
    assert len(ask(app)[0]) == 1


@pytest.mark.parametrize("mode", ["silent", "off"])
def test_one_topic_is_switched_and_the_extension_says_so(file: Path, mode: str) -> None:
    app = app_with(modes=file)
    switch(file, f'[topics]\n{topic()} = "{mode}"')
    cards, extension = ask(app)
    assert (cards, extension["outcome"]) == ([], "advice")
    assert extension["reasons"][-1]["code"] == "topic-switched-off"
    switch(file, '[topics]\nb12NotAssessable = "off"')
    cards, extension = ask(app)
    assert len(cards) == 1
    assert "topic-switched-off" not in [reason["code"] for reason in extension["reasons"]]


def test_one_client_is_switched_and_the_others_are_not(tmp_path: Path, file: Path) -> None:
    registry = write_registry(tmp_path, key_entry("ehr", "cds"), key_entry("ward", "cds"))
    app = app_with(modes=file, clients=registry)
    switch(file, '[clients]\nehr = "silent"')
    keys = {name: f"Bearer {key_of(name)[0]}" for name in ("ehr", "ward")}
    assert ask(app, Authorization=keys["ehr"])[0] == []
    assert len(ask(app, Authorization=keys["ward"])[0]) == 1


@pytest.mark.parametrize("text", ['service = "on"', "[topics]\nnone = 'off'", "x = 1", "service ="])
def test_a_file_that_is_wrong_changes_nothing_and_readiness_tells(file: Path, text: str) -> None:
    app = app_with(modes=file, show_unavailable=len(text) > 99)
    switch(file, 'service = "silent"')
    assert ask(app)[1]["mode"] == "silent"
    switch(file, text)
    assert ask(app)[1]["mode"] == "silent"
    assert "configuration" in app.test_client().get("/readyz").json  # type: ignore[operator]
    file.unlink()
    assert ask(app)[1]["mode"] == "silent"


def test_a_wrong_file_refuses_the_start(file: Path) -> None:
    switch(file, 'topics = "off"')
    with pytest.raises(SettingsError, match="COBALAMIN_MODES"):
        app_with(modes=file)


def test_the_setting_is_never_loosened_by_the_file(file: Path) -> None:
    app = app_with(modes=file, mode=Mode.silent)
    assert ask(app)[1]["mode"] == "silent"


def test_each_change_and_what_was_not_shown_are_recorded(file: Path, database: str) -> None:
    app = app_with(modes=file, database_url=database, audit=AuditPolicy.required, audit_key=(KEY,))
    ask(app)
    switch(file, f'[topics]\n{topic()} = "silent"')
    for _ in range(2):
        ask(app)
    switch(file, f'[topics]\n{topic()} = "off"')
    ask(app)
    switch(file, 'service = "off"')
    ask(app)
    with closing(Store(database)) as store, store.connection() as connection:
        entries = list(connection.execute(select(AUDIT_ENTRIES).order_by("number")).mappings())
        cards = list(connection.execute(select(AUDIT_CARDS).order_by("number")).mappings())
    kinds = [entry["kind"] for entry in entries]
    assert kinds == [
        *("evaluation", "modes", "evaluation", "evaluation", "modes", "evaluation", "modes"),
    ]
    modes = [json.loads(entry["details"]) for entry in entries if entry["kind"] == "modes"]
    assert [found["topics"].get(topic()) for found in modes] == ["silent", "off", None]
    assert modes[-1]["service"] == "off"
    assert [card["shown"] for card in cards] == [True, False, False]


# --- the command


def command(file: Path, *arguments: str, **more: str) -> Result:
    told = {"COBALAMIN_ENVIRONMENT": "development", "COBALAMIN_MODES": str(file), **more}
    return CliRunner().invoke(main, arguments, env=told)


def with_clients(registry: Path) -> dict[str, str]:
    return {"COBALAMIN_CLIENTS": str(registry), "COBALAMIN_DATABASE_URL": migrated()}


def test_the_command_switches_and_shows(tmp_path: Path, file: Path) -> None:
    registry = write_registry(tmp_path, key_entry("ehr", "cds"))
    app, clients = app_with(modes=file), with_clients(registry)
    file.chmod(0o640)
    assert command(file, "modes", "set", "off", "--topic", topic()).exit_code == 0
    assert ask(app)[0] == []
    assert command(file, "modes", "set", "silent", "--client", "ehr", **clients).exit_code == 0
    done = command(file, "modes", "set", "silent")
    assert done.stderr == f"modes: service silent, client ehr silent, topic {topic()} off\n"
    shown = command(file, "modes", "show")
    assert shown.stdout == file.read_text("utf-8")
    assert oct(file.stat().st_mode & 0o777) == "0o640"
    assert command(file, "config", "check", **clients).exit_code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        path.name for path in {file, registry}
    )


def test_the_command_writes_to_the_file_that_a_link_leads_to(tmp_path: Path, file: Path) -> None:
    link = tmp_path / "link.toml"
    link.symlink_to(file)
    assert command(link, "modes", "set", "off").exit_code == 0
    assert link.readlink() == file
    assert file.read_text("utf-8") == 'service = "off"\n'


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file to another user")
def test_the_service_reads_the_file_though_root_switched_it(file: Path) -> None:
    file.chmod(0o600)
    os.chown(file, 4321, 4322)
    assert command(file, "modes", "set", "off").exit_code == 0
    after = file.stat()
    assert (after.st_uid, after.st_gid, oct(after.st_mode & 0o777)) == (4321, 4322, "0o600")


def test_the_command_refuses_what_is_not_known(tmp_path: Path, file: Path) -> None:
    registry = write_registry(tmp_path, key_entry("ehr", "cds"))
    clients = with_clients(registry)
    before = file.read_text("utf-8")
    for arguments in (
        ("off", "--topic", "b12Nothing"),
        ("off", "--client", "ward"),
        ("off", "--client", "ehr", "--topic", topic()),
        ("on",),
    ):
        assert command(file, "modes", "set", *arguments, **clients).exit_code == 2
    assert file.read_text("utf-8") == before
    switch(file, '[clients]\nward = "off"')
    checked = command(file, "config", "check", **clients)
    assert (checked.exit_code, "ward is no client" in checked.stderr) == (78, True)
    unset = CliRunner().invoke(
        main, ["modes", "show"], env={"COBALAMIN_ENVIRONMENT": "development"}
    )
    assert unset.exit_code == 2


def test_what_is_written_is_read() -> None:
    modes = Modes(service=Mode.silent, clients={"ehr": Mode.off}, topics={"b12X": Mode.live})
    text = to_toml(modes)
    assert text == 'service = "silent"\n\n[clients]\n"ehr" = "off"\n\n[topics]\n"b12X" = "live"\n'
    assert strictest(Mode.live, Mode.off, Mode.silent) is Mode.off
    assert strictest(Mode.live, Mode.silent) is Mode.silent


def test_every_worker_of_a_running_server_follows(tmp_path: Path, file: Path) -> None:
    import urllib.request  # noqa: PLC0415 - of this test alone

    body = json.dumps(example("patient-view.json")).encode()
    with serving(tmp_path, COBALAMIN_MODES=str(file)) as server:

        def cards() -> int:
            request = urllib.request.Request(f"http://127.0.0.1:{server.port}{VIEW}", body)
            request.add_header("Content-Type", "application/json")
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                told = answer.read()
            check_exchange(VIEW, body, told)
            return len(json.loads(told)["cards"])

        assert {cards() for _ in range(20)} == {1}
        settings = {**os.environ, "COBALAMIN_ENVIRONMENT": "development"}
        settings["COBALAMIN_MODES"] = str(file)
        assert CliRunner().invoke(main, ["modes", "set", "silent"], env=settings).exit_code == 0
        deadline = time.monotonic() + 60
        while {cards() for _ in range(20)} != {0}:
            assert time.monotonic() < deadline, "not every worker follows within a minute"
