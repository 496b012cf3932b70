"""The command: data on standard output, the rest on standard error, and a code for each end."""

import json
import os
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app import EXAMPLES, example
from cobalamin.service.cli.main import main as command
from cobalamin.service.knowledge.profile_list import profile_ids
from databases import free_port
from messages import message, obx

DEVELOPMENT = {"COBALAMIN_ENVIRONMENT": "development"}
ASSESSMENT = str(EXAMPLES / "assessment.json")
VIEW = str(EXAMPLES / "patient-view.json")


def run(*arguments: str, sent: object = None, env: dict[str, str] | None = None) -> Result:
    text = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
    return CliRunner().invoke(command, arguments, input=text, env=env)


# --- assess


def test_a_plain_form_a_hook_request_and_a_bundle_are_told_apart() -> None:
    labs = example("patient-view.json")["prefetch"]
    entries = [{"resource": labs["patient"]}, *labs["labs"]["entry"]]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    for done in (run("assess", ASSESSMENT), run("assess", VIEW), run("assess", "-", sent=bundle)):
        assert done.exit_code == 0
        body = json.loads(done.stdout)
        assert body["findings"]["b12Status"]["value"] == "deficient"
        assert body["subject"] == "Patient/example-57"


def test_a_hook_request_may_begin_with_a_byte_order_mark() -> None:
    body = b"\xef\xbb\xbf" + json.dumps(example("patient-view.json")).encode()
    assert json.loads(run("assess", "-", sent=body).stdout)["outcome"] == "advice"


def test_cards_and_text_are_other_forms_of_the_same() -> None:
    (card,) = json.loads(run("assess", ASSESSMENT, "--format", "cards").stdout)["cards"]
    assert card["suggestions"]
    text = run("assess", ASSESSMENT, "--format", "text").stdout
    assert "205 pg/mL" in text
    assert not text.startswith("{")


def test_fhir_and_messages_are_other_forms_of_the_same() -> None:
    bundle = json.loads(run("assess", ASSESSMENT, "--format", "fhir").stdout)
    assert bundle["entry"][0]["resource"]["resourceType"] == "GuidanceResponse"
    lines = run("assess", ASSESSMENT, "--format", "hl7v2").stdout.splitlines()
    assert [line[:3] for line in lines] == ["NTE", "NTE", "NTE", "ZCB"]
    assert lines[-1].startswith("ZCB|advice|deficient")


def test_a_message_is_read_by_its_header() -> None:
    sent = message(obx()).encode()
    body = json.loads(run("assess", "-", "--as-of", "2026-11-20", sent=sent).stdout)
    assert body["findings"]["b12Status"]["value"] == "deficient"
    assert body["subject"] == "Patient/P1"
    done = run("assess", "-", sent=sent + sent)
    assert (done.exit_code, done.stdout) == (3, "")
    assert done.stderr.startswith("MSH[2]: batches are not read")


def test_the_day_and_the_profile_are_options() -> None:
    done = run("assess", ASSESSMENT, "--profile", "us-aafp", "--as-of", "2026-11-19")
    body = json.loads(done.stdout)
    assert (body["profile"], body["asOf"]) == ("us-aafp", "2026-11-19")


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"{", "not JSON"),
        (b"[]", "JSON object"),
        ({"colour": 1}, "colour"),
        ({"hook": "order-sign", "hookInstance": "x", "context": {"patientId": "1"}}, "hook"),
    ],
)
def test_what_cannot_be_read_ends_with_3_and_says_why(sent: object, said: str) -> None:
    done = run("assess", "-", sent=sent)
    assert (done.exit_code, done.stdout) == (3, "")
    assert said in done.stderr


def test_what_cannot_be_assessed_ends_with_4_only_where_asked() -> None:
    asked = ("assess", "-", "--fail-on", "not-assessable")
    assert run("assess", "-", sent={}).exit_code == 0
    done = run(*asked, sent={})
    assert done.exit_code == 4
    assert json.loads(done.stdout)["outcome"] == "not-assessable"
    assert run(*asked, sent=example("assessment.json")).exit_code == 0


@pytest.mark.parametrize(
    "arguments", [("assess",), ("assess", "/none"), ("assess", "-", "--as-of", "x"), ("x",)]
)
def test_wrong_usage_ends_with_2(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")


# --- settings


def test_usable_settings_are_shown() -> None:
    done = run("config", "show", env={**DEVELOPMENT, "COBALAMIN_MODE": "silent"})
    assert done.exit_code == 0
    assert {"mode = silent", "profile = uk-nice"} <= set(done.stdout.splitlines())


def test_settings_are_shown_as_the_environment_would_have_them() -> None:
    own = {
        "COBALAMIN_SERVICES": "b12-order-sign,b12-patient-view",
        "COBALAMIN_STRICT": "true",
        "COBALAMIN_TRUSTED_PROXIES": "10.1.2.0/24,192.0.2.1",
    }
    done = run("config", "show", env={**DEVELOPMENT, **own})
    lines = done.stdout.splitlines()
    for line in (
        "services = b12-patient-view,b12-order-sign",
        "strict = true",
        "pages = false",
        "site =",
        "trusted_proxies = 10.1.2.0/24,192.0.2.1/32",
    ):
        assert line in lines
    assert not any(mark in done.stdout for mark in ("None", "Path(", "<", "("))


def test_a_database_that_is_set_is_looked_at(tmp_path: Path) -> None:
    closed = f"postgresql://u:secret@127.0.0.1:{free_port()}/x"
    for url, text in (
        (closed, "cannot be used"),
        (f"sqlite:///{tmp_path}/new.sqlite3", "run `cobalamin db upgrade`"),
        ("sqlite:////proc/none/x.sqlite3", "cannot be used"),
    ):
        done = run("config", "check", env={**DEVELOPMENT, "COBALAMIN_DATABASE_URL": url})
        assert done.exit_code == 78
        assert done.stderr.startswith("COBALAMIN_DATABASE_URL: the database")
        assert text in done.stderr
        assert "secret" not in done.stderr
    usable = {**DEVELOPMENT, "COBALAMIN_DATABASE_URL": f"sqlite:///{tmp_path}/new.sqlite3"}
    assert run("db", "upgrade", env=usable).exit_code == 0
    assert run("config", "check", env=usable).exit_code == 0


@pytest.mark.parametrize("network", ["0.0.0.0/0", "10.0.0.0/8,::/0"])
def test_a_proxy_at_every_address_is_warned_of(network: str) -> None:
    done = run("config", "check", env={**DEVELOPMENT, "COBALAMIN_TRUSTED_PROXIES": network})
    assert done.exit_code == 0
    assert "warning: COBALAMIN_TRUSTED_PROXIES: trusts every address" in done.stderr


@pytest.mark.parametrize("verb", [("config", "show"), ("config", "check"), ("serve",)])
def test_wrong_settings_end_with_78_and_are_all_named(verb: tuple[str, ...]) -> None:
    wrong = {**DEVELOPMENT, "COBALAMIN_MODE": "x", "COBALAMIN_COLOUR": "y", "PORT": "0"}
    done = run(*verb, env=wrong)
    assert (done.exit_code, done.stdout) == (78, "")
    for name in ("COBALAMIN_MODE", "COBALAMIN_COLOUR", "PORT"):
        assert name in done.stderr


def test_serve_starts_gunicorn_with_the_settings_of_the_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda _, arguments: started.append(arguments))
    monkeypatch.chdir(tmp_path)
    assert run("serve", "--log-level", "warning", env=DEVELOPMENT).exit_code == 0
    (command,) = started
    assert command[:3] == [sys.executable, "-m", "gunicorn"]
    assert command[3:5] == ["--config", "python:cobalamin.service.server.gunicorn_conf"]
    assert command[5:] == ["--log-level", "warning", "cobalamin.service.wsgi:app"]


# --- knowledge


def test_the_knowledge_is_checked() -> None:
    done = run("knowledge", "check")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "usable" in done.stderr


@pytest.mark.parametrize("profile", profile_ids())
def test_every_limit_is_shown_with_its_source(profile: str) -> None:
    shown = run("knowledge", "show", "--profile", profile).stdout
    assert f"profile {profile}, knowledge " in shown
    assert "b12_total_deficient: " in shown
