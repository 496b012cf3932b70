"""`cobalamin init` writes files that the service starts with and that say what they are for."""

import json
from http.client import HTTPConnection
from pathlib import Path

import pytest
from click.testing import CliRunner

from app import EXAMPLES
from cobalamin.service.cli.first_files import CLIENTS, SETTINGS, SITE
from cobalamin.service.cli.main import main
from cobalamin.service.knowledge.site import load_site
from exchanges import check_exchange
from serving import serving


def settings_in(folder: Path) -> dict[str, str]:
    """The settings that the file sets, as systemd and container engines read it."""
    lines = (folder / SETTINGS).read_text("utf-8").splitlines()
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}


@pytest.mark.parametrize("door", ["cds", "lab"])
def test_what_was_written_is_usable_and_answers_the_key(tmp_path: Path, door: str) -> None:
    folder = tmp_path / "installation"
    done = CliRunner().invoke(main, ["init", str(folder), "--door", door])
    assert done.exit_code == 0, done.output
    (key,) = done.stdout.splitlines()
    for name in (CLIENTS, SITE, SETTINGS):
        assert (folder / name).stat().st_mode & 0o777 == 0o600
        assert key not in (folder / name).read_text("utf-8")
    env = settings_in(folder)
    for command in (["db", "upgrade"], ["config", "check"]):
        done = CliRunner().invoke(main, command, env=env)
        assert done.exit_code == 0, done.output
    address, example = {
        "cds": ("/cds-services/b12-patient-view", "patient-view.json"),
        "lab": ("/v1/assessments", "assessment.json"),
    }[door]
    assert (env.pop("HOST"), env.pop("PORT")) == ("127.0.0.1", "8000")
    with serving(tmp_path, **env, WEB_CONCURRENCY="1") as server:
        connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
        body = (EXAMPLES / example).read_bytes()
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
        connection.request("POST", address, body, headers)
        answer = connection.getresponse()
        assert answer.status == 200
        told = answer.read()
        assert json.loads(told)["cards"]
        if door == "cds":
            check_exchange(address, body, told)
        connection.close()


def test_nothing_that_exists_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / SITE).write_text("mine", "utf-8")
    done = CliRunner().invoke(main, ["init", str(tmp_path)])
    assert (done.exit_code, done.stdout) == (2, "")
    assert "site.toml" in done.stderr
    assert [file.name for file in tmp_path.iterdir()] == [SITE]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--client", "Mine"],
        ["--door", "ops"],
        ["--public-url", "b12.example.org"],
    ],
)
def test_what_cannot_be_written_into_a_file_is_refused(
    tmp_path: Path, arguments: list[str]
) -> None:
    folder = tmp_path / "new"
    assert CliRunner().invoke(main, ["init", str(folder), *arguments]).exit_code == 2
    assert CliRunner().invoke(main, ["init", str(tmp_path / "two words")]).exit_code == 2
    assert not folder.exists()


def test_every_part_that_is_commented_out_is_usable(tmp_path: Path) -> None:
    """Whoever takes the marks away has a file that the loader takes."""
    CliRunner().invoke(main, ["init", str(tmp_path), "--public-url", "https://b12.example.org"])
    text = (tmp_path / SITE).read_text("utf-8")
    parts = [line.removeprefix("# ") for line in text.splitlines() if is_toml(line)]
    site = tmp_path / "whole.toml"
    site.write_text("\n".join(parts), "utf-8")
    loaded = load_site(site)
    assert loaded.table == "uk-local-ruh"
    assert set(loaded.orderables) == {"test-mma"}
    assert settings_in(tmp_path)["COBALAMIN_PUBLIC_URL"] == "https://b12.example.org"


def is_toml(line: str) -> bool:
    return " = " in line or line.startswith(("# [", "["))
