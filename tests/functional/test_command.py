"""The command: data on standard output, the rest on standard error, and a code for each end."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app import EXAMPLES, example, post
from cobalamin.service.cds_hooks.services import SERVICES, HookService
from cobalamin.service.cli.main import main as command
from cobalamin.service.knowledge.profile_list import profile_ids
from cobalamin.service.settings import Service
from databases import free_port
from fhir_builders import an_observation
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


def test_cards_come_with_the_notes_of_what_was_not_read() -> None:
    sent = an_observation() | {"status": "cancelled"}
    found = json.loads(run("assess", "-", "--format", "cards", sent=sent).stdout)
    inner = found["extension"]["org.cobalamin.assessment"]
    assert (found["cards"], inner["outcome"]) == ([], "not-assessable")
    assert [note["code"] for note in inner["notes"]][:1] == ["status-withdrawn"]


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
        ({"hook": "order-sign", "hookInstance": "x", "context": {"patientId": "1"}}, "draftOrders"),
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


# --- several documents


def hook_request(hook: str) -> dict[str, Any]:
    """A request of this hook about the patient of the example."""
    body = {**example("patient-view.json"), "hook": hook}
    sign = example("order-sign.json")
    problem = {
        "resourceType": "Condition",
        "subject": {"reference": f"Patient/{body['context']['patientId']}"},
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "84027009"}]},
    }
    problems = {"resourceType": "Bundle", "entry": [{"resource": problem}]}
    context = {
        **body["context"],
        "encounterId": "e1",
        "draftOrders": sign["context"]["draftOrders"],
        "selections": [],
        "medications": sign["context"]["draftOrders"],
        "conditions": problems,
    }
    return {**body, "context": context}


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.hook)
def test_the_request_of_every_hook_is_assessed_and_answered(service: HookService) -> None:
    body = hook_request(service.hook)
    done = run("assess", "-", "--as-of", "2026-11-20", sent=body)
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["findings"]["b12Status"]["value"] == "deficient"
    cards = run("assess", "-", "--format", "cards", "--as-of", "2026-11-20", sent=body)
    address = f"/cds-services/{service.id}"
    shown = post(address, body, services=tuple(Service)).get_json()
    said = [card["summary"] for card in json.loads(cards.stdout)["cards"]]
    assert said == [card["summary"] for card in shown["cards"]]
    assert json.loads(cards.stdout)["extension"] == shown["extension"]


def test_an_order_is_answered_with_what_is_against_it() -> None:
    done = run("assess", str(EXAMPLES / "order-sign.json"), "--format", "cards")
    assert json.loads(done.stdout)["cards"]


def test_a_hook_that_is_not_answered_lists_those_that_are() -> None:
    done = run("assess", "-", sent={**example("patient-view.json"), "hook": "appointment-book"})
    assert done.exit_code == 3
    assert "use one of patient-view, order-select" in done.stderr


def test_several_files_and_lines_are_answered_one_a_line(tmp_path: Path) -> None:
    lines = tmp_path / "lines.ndjson"
    form = json.dumps(example("assessment.json"))
    lines.write_text(f"\ufeff{form}\n\n{form}\n", "utf-8")
    done = run("assess", ASSESSMENT, str(lines), VIEW, str(EXAMPLES / "message.hl7"))
    assert done.exit_code == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == 5
    assert {answer["findings"]["b12Status"]["value"] for answer in answers} == {"deficient"}


def test_a_document_that_cannot_be_read_costs_no_other(tmp_path: Path) -> None:
    lines = tmp_path / "lines.ndjson"
    form = json.dumps(example("assessment.json"))
    lines.write_text(f'{form}\n{{"colour": 1}}\n{{"a": 01}}\n{form}\n', "utf-8")
    done = run("assess", str(lines))
    assert done.exit_code == 3
    assert len(done.stdout.splitlines()) == 2
    first, second = done.stderr.splitlines()
    assert first.startswith(f"{lines}:2: colour: ")
    assert second.startswith(f"{lines}:3: a: the body is not JSON: line 1, column 7")


def test_several_texts_have_headings_and_the_worst_end_counts(tmp_path: Path) -> None:
    empty = tmp_path / "empty.json"
    empty.write_text("{}", "utf-8")
    done = run("assess", ASSESSMENT, str(empty), "--format", "text", "--fail-on", "not-assessable")
    assert done.exit_code == 4
    assert [line for line in done.stdout.splitlines() if line.startswith("== ")] == [
        f"== {ASSESSMENT}",
        f"== {empty}",
    ]
