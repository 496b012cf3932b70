import importlib
import json
import sys
import threading
from pathlib import Path

import pytest

import environment
from locked import Pin

PIN = "alpha==1.0 --hash=sha256:00\n    # via cobalamin (pyproject.toml)\n"


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty checkout, in a folder with a space in its name, whose lock file pins `alpha`."""
    root = tmp_path / "my checkout"
    venv = root / ".venv"
    (venv / "bin").mkdir(parents=True)
    (root / "requirements.lock").write_text(PIN, encoding="utf-8")
    (root / "pyproject.toml").touch()
    for name, path in {
        "ROOT": root,
        "VENV": venv,
        "LOCK": root / "requirements.lock",
        "PROJECT": root / "pyproject.toml",
        "STAMP": venv / "cobalamin-stamp.json",
        "PYTHON": venv / "bin" / "python",
    }.items():
        monkeypatch.setattr(environment, name, path)
    return root


def put_package(root: Path, name: str) -> None:
    info = root / ".venv" / "lib" / "python3.11" / "site-packages" / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Name: {name}\nVersion: 1.0\n", encoding="utf-8")


def made_from(files: str) -> dict[str, str]:
    """Gives the environment a Python and a stamp that names these files."""
    stamp = environment._wanted_stamp() | {"files": files}
    environment.PYTHON.symlink_to(sys.executable)
    environment.STAMP.write_text(json.dumps(stamp), encoding="utf-8")
    return stamp


@pytest.mark.usefixtures("checkout")
@pytest.mark.parametrize("text", [None, "", "[]", '{"root": "here"'])
def test_stamp_that_cannot_be_read_means_a_new_environment(text: str | None) -> None:
    made_from("an earlier one")
    environment.STAMP.unlink()
    if text is not None:
        environment.STAMP.write_text(text, encoding="utf-8")
    assert environment.read_stamp() == {}


def test_environment_whose_python_is_gone_is_made_anew(checkout: Path) -> None:
    made_from("any")
    assert environment.read_stamp() != {}
    environment.PYTHON.unlink()
    environment.PYTHON.symlink_to(checkout / "uninstalled" / "python3.11")
    assert environment.read_stamp() == {}


@pytest.mark.usefixtures("checkout")
def test_update_that_is_killed_leaves_no_stamp_so_that_the_next_one_begins_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def killed() -> None:
        assert not environment.STAMP.exists()
        raise KeyboardInterrupt

    found = made_from("an earlier one")
    monkeypatch.setattr(environment, "_install", killed)
    with pytest.raises(KeyboardInterrupt):
        environment._make(found, environment._wanted_stamp())
    assert environment.read_stamp() == {}


@pytest.mark.usefixtures("checkout")
def test_update_without_network_keeps_the_environment_for_the_earlier_lock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused() -> None:
        raise environment.SetUpError("no index")

    found = made_from("an earlier one")
    monkeypatch.setattr(environment, "_install", refused)
    with pytest.raises(environment.SetUpError, match="no index"):
        environment._make(found, environment._wanted_stamp())
    assert environment.read_stamp() == found


@pytest.mark.usefixtures("checkout")
def test_second_command_waits_while_the_first_makes_the_environment() -> None:
    order: list[str] = []

    def second() -> None:
        with environment._alone():
            order.append("second")

    with environment._alone():
        other = threading.Thread(target=second)
        other.start()
        other.join(timeout=0.2)
        order.append("first")
    other.join(timeout=10)
    assert order == ["first", "second"]


def test_packages_that_pip_put_elsewhere_are_missed(checkout: Path) -> None:
    with pytest.raises(environment.SetUpError, match=r"alpha .* elsewhere .*`pip config list`"):
        environment._remove_leftovers()
    put_package(checkout, "Alpha")
    environment._remove_leftovers()


def test_what_the_lock_no_longer_names_is_removed(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_package(checkout, "alpha")
    put_package(checkout, "pip")
    put_package(checkout, "Old_Package")
    monkeypatch.setattr(environment, "pip_into", lambda _: ["sh", "-c", 'echo "$@" >>said', "sh"])
    environment._remove_leftovers()
    said = (checkout / "said").read_text(encoding="utf-8").splitlines()
    assert said == ["uninstall -qq --yes old-package"]


def test_tree_that_cannot_be_installed_and_lock_that_is_not_complete_are_told(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = checkout / "pip"
    script.write_text('#!/bin/sh\necho "$2 fails"\n[ "$2" != "$FAILS" ]\n', encoding="utf-8")
    script.chmod(0o755)
    monkeypatch.setattr(environment, "pip_into", lambda _: [str(script)])
    for step, said in {
        "install": "could not install the checkout itself:\ninstall fails",
        "check": "requirements.lock is not complete:\ncheck fails\nRun `make lock`",
    }.items():
        monkeypatch.setenv("FAILS", step)
        with pytest.raises(environment.SetUpError, match=said):
            environment._install_project()
    monkeypatch.setenv("FAILS", "nothing")
    environment._install_project()


def test_packages_are_imported_from_their_own_folders() -> None:
    # Not from a copy or a link: a breakpoint in service/ is one in the running program.
    for name, folder in {
        "cobalamin.service.app": "service",
        "cobalamin.schemas": "schemas",
        "cobalamin.fhir.reader": "fhir",
    }.items():
        file = importlib.import_module(name).__file__
        assert file is not None
        assert Path(file).is_relative_to(Path(__file__).parents[3] / folder)


def pips(versions: dict[str, str]) -> object:
    """In place of asking each pip for its version; those before 22.3 do not know `--python`."""

    def version(pip: list[str]) -> str:
        found = versions.get(pip[0], "")
        return "" if "--python" in pip and found == "pip 22.2.2" else found

    return version


@pytest.mark.parametrize(("found", "said"), [("", "none"), ("pip 22.2.2", "pip 22.2.2")])
def test_without_ensurepip_and_a_pip_that_can_the_way_round_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: str, said: str
) -> None:
    monkeypatch.setattr(environment, "_base_python", lambda: "base")
    monkeypatch.setattr(environment, "_pip_version", pips({"base": found}))
    with pytest.raises(
        environment.SetUpError, match=rf"for base \(pip found: {said}\).*install python3-pip"
    ):
        environment.pip_into(tmp_path)


def test_pip_comes_from_outside_when_the_environment_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = str(tmp_path / "bin" / "python")
    monkeypatch.setattr(environment, "_base_python", lambda: "base")
    everywhere = {"base": "pip 24.0", sys.executable: "pip 25.0", python: "pip 23.0.1"}
    for versions, command in (
        (everywhere, ["base", "-m", "pip", "--python", python]),
        (everywhere | {"base": ""}, [sys.executable, "-m", "pip", "--python", python]),
    ):
        monkeypatch.setattr(environment, "_pip_version", pips(versions))
        assert environment.pip_into(tmp_path) == command
    own = tmp_path / "lib" / "python3.11" / "site-packages" / "pip"
    own.mkdir(parents=True)
    (own / "__init__.py").touch()
    assert environment.pip_into(tmp_path) == [python, "-m", "pip"]


def test_environment_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(environment.SetUpError, match=r"-m venv --without-pip .* failed: .*Error"):
        environment.make_empty(tmp_path / "file" / "venv")


@pytest.mark.usefixtures("checkout")
def test_a_package_without_a_wheel_costs_only_what_needs_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    optional = "beta==1.0 --hash=sha256:11\n    # via cobalamin (pyproject.toml:cohort)\n"
    environment.LOCK.write_text(PIN + optional, encoding="utf-8")
    asked: list[tuple[list[str], tuple[str, ...]]] = []

    def install(_pip: list[str], pins: tuple[Pin, ...], *options: str) -> bool:
        asked.append(([pin.name for pin in pins], options))
        return not options

    monkeypatch.setattr(environment, "_install_pins", install)
    monkeypatch.setattr(environment, "pip_into", lambda _folder: ["pip"])
    environment._install()
    assert asked == [(["alpha"], ()), (["beta"], ("--only-binary", ":all:"))]
    assert "without beta" in capsys.readouterr().err
