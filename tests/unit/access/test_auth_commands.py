"""`cobalamin auth` as the keeper of the registry meets it."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from app import app_with, example
from clients import entry, key_entry, write_registry
from cobalamin.service.access.api_keys import ApiKeyVerifier, parse_hash
from cobalamin.service.cli.main import main
from databases import migrated
from tokens import PUBLIC_URL


def test_a_made_key_has_the_printed_hash() -> None:
    done = CliRunner().invoke(main, ["auth", "hash-key", "lab-1"])
    assert done.exit_code == 0
    key, line = done.stdout.splitlines()
    found = re.fullmatch(r'api_key = "(.+)"', line)
    assert found is not None
    assert key.startswith("lab-1.")
    assert ApiKeyVerifier().verify(key, (parse_hash(found[1]),))
    assert not ApiKeyVerifier().verify(key + "x", (parse_hash(found[1]),))


def test_a_name_that_no_registry_could_have_is_refused() -> None:
    done = CliRunner().invoke(main, ["auth", "hash-key", "Lab 1"])
    assert (done.exit_code, done.stdout) == (2, "")


def test_config_check_names_the_faults_of_the_registry(tmp_path: Path) -> None:
    file = tmp_path / "clients.toml"
    file.write_text(entry("lab-1", "lab", ""), "utf-8")
    told = {"COBALAMIN_PROFILE": "uk-nice", "COBALAMIN_CLIENTS": str(file)}
    done = CliRunner().invoke(main, ["config", "check"], env=told)
    assert done.exit_code == 78
    assert "clients.lab-1: give exactly one of" in done.stderr


def signed(folder: Path, table: str) -> dict[str, str]:
    """The settings of a registry with the table that `make-key` printed."""
    registry = write_registry(folder, entry("ehr-1", "cds", table))
    return {
        "COBALAMIN_PROFILE": "uk-nice",
        "COBALAMIN_CLIENTS": str(registry),
        "COBALAMIN_PUBLIC_URL": PUBLIC_URL,
        "COBALAMIN_DATABASE_URL": migrated(),
    }


def made_key(folder: Path) -> tuple[Path, str]:
    file = folder / "key.pem"
    done = CliRunner().invoke(main, ["auth", "make-key", "ehr-1", "--output", str(file)])
    assert done.exit_code == 0, done.output
    return file, done.stdout


@pytest.mark.parametrize("more", ["", 'tenants = ["b", "a"]\nsubject = "s"\n'])
def test_a_made_token_is_accepted_once_at_its_address(tmp_path: Path, more: str) -> None:
    key, table = made_key(tmp_path)
    env = signed(tmp_path, table + more)
    app = app_with(
        clients=Path(env["COBALAMIN_CLIENTS"]),
        public_url=PUBLIC_URL,
        database_url=env["COBALAMIN_DATABASE_URL"],
    )
    done = CliRunner().invoke(main, ["auth", "make-token", "ehr-1", "--key", str(key)], env=env)
    assert done.exit_code == 0, done.output
    token = done.stdout.strip()
    checked = CliRunner().invoke(main, ["auth", "check-token"], input=token, env=env)
    assert checked.stdout.startswith("accepted: ehr-1")
    headers = {"Authorization": f"Bearer {token}"}
    body = example("patient-view.json")
    client = app.test_client()
    elsewhere = client.post("/cds-services/b12-order-sign", json=body, headers=headers)
    answers = [
        client.post("/cds-services/b12-patient-view", json=body, headers=headers) for _ in range(2)
    ]
    assert elsewhere.status_code == 401
    assert [answer.status_code for answer in answers] == [200, 401]


def test_a_made_key_is_for_its_owner_alone_and_never_overwritten(tmp_path: Path) -> None:
    key, _ = made_key(tmp_path)
    assert key.stat().st_mode & 0o777 == 0o600
    before = key.read_bytes()
    done = CliRunner().invoke(main, ["auth", "make-key", "ehr-1", "--output", str(key)])
    assert (done.exit_code, done.stdout) == (2, "")
    assert key.read_bytes() == before


@pytest.mark.parametrize("fault", ["client", "credential", "key"])
def test_a_token_needs_a_client_that_signs_and_its_key(tmp_path: Path, fault: str) -> None:
    key, table = made_key(tmp_path)
    env = signed(tmp_path, 'api_key = "x"\n' if fault == "credential" else table)
    if fault == "credential":
        write_registry(tmp_path, key_entry("ehr-1", "cds"))
    if fault == "key":
        key.write_text("no key", "utf-8")
    named = "ehr-2" if fault == "client" else "ehr-1"
    done = CliRunner().invoke(main, ["auth", "make-token", named, "--key", str(key)], env=env)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
