"""Makes `.venv` from requirements.lock with nothing but Python and pip, and keeps it in step.

Works where Debian's python3-venv is missing, never needs sudo and never touches the system's own
packages. A stamp inside the environment says what it was made from; a moved checkout or another
Python makes it anew, a changed lock or project file only brings it up to date.
"""

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import distributions
from pathlib import Path

from locked import SETS, Pin, pins_of, read_lock

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
PROJECT = ROOT / "pyproject.toml"
# The sets without which nothing works; what else is locked is installed where it can be had.
NEEDED = ("runtime", "build", "dev")
OPTIONAL = tuple(name for name in SETS if name not in NEEDED)
STAMP = VENV / "cobalamin-stamp.json"
PYTHON = VENV / "bin" / "python"
# Settings of Python and pip that put packages elsewhere, or other packages before the locked ones.
# Which index is asked, and how, stays the machine's own choice.
DIVERTING = (
    "PYTHONHOME",
    "PYTHONPATH",
    *(f"PIP_{name}" for name in ("CONSTRAINT", "DRY_RUN", "PREFIX", "PYTHON", "ROOT", "TARGET")),
)


class SetUpError(Exception):
    """The environment cannot be made; the message says what to do."""


def ensure_environment() -> Path:
    """The environment's Python, after making or updating the environment where needed."""
    wanted = _wanted_stamp()
    if read_stamp() != wanted:
        with _alone():
            stamp = read_stamp()
            if stamp != wanted:
                _make(stamp, wanted)
    return PYTHON


def _wanted_stamp() -> dict[str, str]:
    return {
        "root": str(ROOT),
        "python": f"{sys.implementation.cache_tag}{sys.abiflags}",
        "files": hashlib.sha256(LOCK.read_bytes() + PROJECT.read_bytes()).hexdigest(),
    }


def read_stamp() -> dict[str, str]:
    """What the environment was made from; empty where there is none, or where it is not whole."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) and PYTHON.exists() else {}


@contextmanager
def _alone() -> Iterator[None]:
    """Waits while another command, started in the same checkout, makes the environment."""
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _make(stamp: dict[str, str], wanted: dict[str, str]) -> None:
    # Without a stamp an environment is made anew: pip takes a package for installed of which an
    # installation that was killed has left a part behind.
    STAMP.unlink(missing_ok=True)
    update = stamp | {"files": wanted["files"]} == wanted
    if not update:
        _say(f"making {VENV.relative_to(ROOT)} with Python {sys.version.split()[0]}")
        make_empty(VENV)
    try:
        _install()
    except SetUpError:
        if update:  # pip that fails by itself leaves the environment as it was
            STAMP.write_text(json.dumps(stamp), encoding="utf-8")
        raise
    _remove_leftovers()
    _install_project()
    STAMP.write_text(json.dumps(wanted), encoding="utf-8")


def make_empty(folder: Path) -> None:
    """An environment with nothing in it but, where Python brings it along, pip."""
    output = ""
    # Debian without python3-venv has the venv module but no ensurepip: pip from outside fills it.
    for option in ((), ("--without-pip",)):
        shutil.rmtree(folder, ignore_errors=True)
        done = _run(_base_python(), "-m", "venv", *option, str(folder))
        if done.returncode == 0:
            return
        output = done.stdout
    raise SetUpError(f"`{_base_python()} -m venv --without-pip {folder}` failed: {output.strip()}")


def pip_into(folder: Path) -> list[str]:
    """The command that runs pip for the environment: its own, or one from outside."""
    python = str(folder / "bin" / "python")
    if any(folder.glob("lib/python*/site-packages/pip/__init__.py")):
        return [python, "-m", "pip"]
    version = "none"
    for outside in dict.fromkeys((_base_python(), sys.executable)):
        pip = [outside, "-m", "pip"]
        if _pip_version([*pip, "--python", python]):
            return [*pip, "--python", python]
        version = _pip_version(pip) or version
    message = (
        f"neither python3-venv nor pip 22.3 or newer is there for {_base_python()} (pip found: "
        f"{version}). Install one of them, for example `apt-get install python3-pip`, and run the "
        "same command again."
    )
    raise SetUpError(message)


def install_arguments(lock: Path) -> list[str]:
    """What pip is told so that exactly the lock is installed, by every pip from 22.3 on.

    Without `--no-deps` a pip before 23.3 looks for the newest release that answers `name[extra]`,
    and refuses it because the lock pins another one.
    """
    options = ["--no-deps", "--require-hashes", "--no-user"]
    return ["install", "-qq", *options, "--requirement", str(lock)]


def _install() -> None:
    pip, pins = pip_into(VENV), read_lock(LOCK.read_text(encoding="utf-8"))
    _say(f"installing the locked packages with {_pip_version(pip)} (about half a minute)")
    needed = pins_of(pins, NEEDED)
    if not _install_pins(pip, needed):
        message = (
            "pip could not install requirements.lock (its own message is above). It needs a "
            "package index; behind a proxy or mirror set PIP_INDEX_URL, PIP_CERT or pip.conf as "
            "usual."
        )
        raise SetUpError(message)
    for name in OPTIONAL:
        optional = tuple(pin for pin in pins_of(pins, [name]) if pin not in needed)
        # Never built from source, which takes an hour for DuckDB.
        if optional and not _install_pins(pip, optional, "--only-binary", ":all:"):
            names = ", ".join(pin.name for pin in optional)
            _say(f"without {names}, for which there is no wheel here: {name} will say so")


def _install_pins(pip: list[str], pins: tuple[Pin, ...], *options: str) -> bool:
    """Whether pip has installed exactly these."""
    with tempfile.TemporaryDirectory() as folder:
        lock = Path(folder, LOCK.name)
        lock.write_text("\n".join(line for pin in pins for line in pin.lines) + "\n", "utf-8")
        command = [*pip, *install_arguments(lock), *options]
        return subprocess.run(command, check=False, cwd=ROOT).returncode == 0


def _remove_leftovers() -> None:
    """Uninstalls what an earlier lock file had; refuses where this one's packages are not there."""
    pins, installed = read_lock(LOCK.read_text(encoding="utf-8")), _installed()
    needed = [pin for pin in pins_of(pins, NEEDED) if pin.marker is None]
    missing = [pin.name for pin in needed if pin.name not in installed]
    if missing:
        message = (
            f"pip put {missing[0]} and {len(missing) - 1} more elsewhere than into {VENV}. One of "
            "its settings says so (`pip config list` shows them); take it away and run the same "
            "command again."
        )
        raise SetUpError(message)
    leftovers = sorted(installed - {pin.name for pin in pins} - {"pip"})
    if leftovers:
        subprocess.run(
            [*pip_into(VENV), "uninstall", "-qq", "--yes", *leftovers], check=True, cwd=ROOT
        )


def _install_project() -> None:
    """Gives the environment the import names and the `cobalamin` command of this checkout."""
    pip = [*pip_into(VENV), "--isolated"]
    options = ["--no-deps", "--no-index", "--no-build-isolation"]
    # Asks no index, so that no setting of the machine is wanted, and some would be in the way.
    alone = {**os.environ, "PIP_CONFIG_FILE": os.devnull}
    done = _run(*pip, "install", "-qq", *options, "--editable", str(ROOT), env=alone)
    if done.returncode != 0:
        raise SetUpError(f"pip could not install the checkout itself:\n{done.stdout.strip()}")
    checked = _run(*pip, "check", env=alone)
    if checked.returncode != 0:
        message = (
            f"requirements.lock is not complete:\n{checked.stdout}Run `make lock`, or check out a "
            "released version."
        )
        raise SetUpError(message)


def _installed() -> set[str]:
    """The names of the packages in the environment, written as the lock file writes them."""
    folders = [str(folder) for folder in VENV.glob("lib/python*/site-packages")]
    names = (distribution.metadata["Name"] for distribution in distributions(path=folders))
    return {re.sub(r"[-_.]+", "-", name).lower() for name in names}


def _run(*command: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """The command's answer, with what it said; one that cannot be started has failed."""
    try:
        return subprocess.run(
            command,
            check=False,
            cwd=ROOT,
            env=env,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    except OSError as error:
        return subprocess.CompletedProcess(command, 127, str(error))


def _base_python() -> str:
    # Inside an activated environment this is the Python it was made with, which survives its
    # removal; sys.executable would be the link that is about to be deleted.
    return str(getattr(sys, "_base_executable", None) or sys.executable)


def _pip_version(pip: list[str]) -> str:
    """As in `pip 24.0`; empty where this pip does not start or does not know an option."""
    match = re.search(r"^(pip \S+) from", _run(*pip, "--version").stdout, re.MULTILINE)
    return match[1] if match else ""


def _say(text: str) -> None:
    print(f"cobalamin: {text}", file=sys.stderr, flush=True)
