"""`cobalamin auth` as the keeper of the registry meets it."""

import re
from pathlib import Path

from click.testing import CliRunner

from clients import entry
from cobalamin.service.access.api_keys import ApiKeyVerifier, parse_hash
from cobalamin.service.cli.main import main


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
