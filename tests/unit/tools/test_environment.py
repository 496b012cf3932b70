import importlib.util
import subprocess
from pathlib import Path

import pytest

import environment


def test_links_of_this_checkout_are_accepted() -> None:
    environment.check_links()


def test_link_that_became_a_plain_file_is_refused_with_a_way_round(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / ".path" / "cobalamin"
    folder.mkdir(parents=True)
    (folder / "service").write_text("../../service", encoding="utf-8")
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setattr(environment, "LINKS", tmp_path / ".path")
    with pytest.raises(
        environment.SetUpError, match=r"service is not a symbolic link.*pip install"
    ):
        environment.check_links()


def test_stamp_that_cannot_be_read_means_a_new_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stamp = tmp_path / "stamp.json"
    monkeypatch.setattr(environment, "STAMP", stamp)
    assert environment.read_stamp() is None
    for text in ("", "[]", '{"root": "here"}'):
        stamp.write_text(text, encoding="utf-8")
        assert environment.read_stamp() is None


def test_without_ensurepip_and_pip_the_way_round_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = subprocess.CompletedProcess([], 1, "ensurepip is not available")
    monkeypatch.setattr(environment, "_venv", lambda *_: failed)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(environment.SetUpError, match="apt-get install python3-pip"):
        environment.make_empty(tmp_path / "venv")


def test_pip_comes_from_outside_when_the_environment_has_none(tmp_path: Path) -> None:
    assert environment.pip_into(tmp_path)[-2:] == ["--python", str(tmp_path / "bin" / "python")]
    own = tmp_path / "lib" / "python3.11" / "site-packages" / "pip"
    own.mkdir(parents=True)
    (own / "__init__.py").touch()
    assert environment.pip_into(tmp_path) == [str(tmp_path / "bin" / "python"), "-m", "pip"]
