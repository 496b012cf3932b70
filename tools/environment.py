"""Makes `.venv` from requirements.lock with nothing but Python and pip, and keeps it in step.

Works where Debian's python3-venv is missing, never needs sudo and never touches the system's own
packages. A stamp inside the environment says what it was made from; a moved checkout or another
Python makes it anew, a changed lock file only brings it up to date.
"""

import hashlib
import importlib.util
import json
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from locked import read_lock

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
LINKS = ROOT / ".path"
STAMP = VENV / "cobalamin-stamp.json"
PYTHON = VENV / "bin" / "python"
FOLDERS = ("service", "schemas", "fhir")

CONSOLE = """\
#!{python}
import sys

from cobalamin.service.cli.main import main

sys.exit(main())
"""


class SetUpError(Exception):
    """The environment cannot be made; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What an environment was made from."""

    root: str
    python: str
    lock: str


def ensure_environment() -> Path:
    """The environment's Python, after making or updating the environment where needed."""
    check_links()
    wanted = _wanted_stamp()
    found = read_stamp()
    if found == wanted and PYTHON.exists():
        return PYTHON
    if found is None or (found.root, found.python) != (wanted.root, wanted.python):
        _say(f"making {VENV.relative_to(ROOT)}")
        make_empty(VENV)
    _say("installing the locked packages (about half a minute)")
    _install()
    _remove_leftovers()
    _check_complete()
    _link_in()
    STAMP.write_text(json.dumps(asdict(wanted)), encoding="utf-8")
    return PYTHON


def check_links() -> None:
    """Refuses a checkout whose .path links became plain files (zip archive, Windows)."""
    for folder in FOLDERS:
        link = LINKS / "cobalamin" / folder
        if not (link.is_symlink() and link.resolve() == ROOT / folder):
            message = (
                f"{link.relative_to(ROOT)} is not a symbolic link to {folder}/, so the import "
                "names do not resolve. Clone with git on a system that has symbolic links "
                "(`git config core.symlinks true`), or use `pip install .`, which needs none."
            )
            raise SetUpError(message)


def _wanted_stamp() -> Stamp:
    return Stamp(
        root=str(ROOT),
        python=f"{sys.implementation.name}-{sys.version_info.major}.{sys.version_info.minor}",
        lock=hashlib.sha256(LOCK.read_bytes()).hexdigest(),
    )


def read_stamp() -> Stamp | None:
    try:
        return Stamp(**json.loads(STAMP.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def make_empty(folder: Path) -> None:
    """An environment with nothing in it but, where Python brings it along, pip."""
    shutil.rmtree(folder, ignore_errors=True)
    if _venv(str(folder)).returncode == 0:
        return
    # Debian without python3-venv has the venv module but no ensurepip: pip from outside fills it.
    shutil.rmtree(folder, ignore_errors=True)
    if importlib.util.find_spec("pip") is None:
        message = (
            f"neither python3-venv nor pip is there for {_base_python()}. Install one of them, "
            "for example `apt-get install python3-pip`, and run the same command again."
        )
        raise SetUpError(message)
    without = _venv("--without-pip", str(folder))
    if without.returncode != 0:
        message = f"`python3 -m venv --without-pip` failed:\n{without.stdout}"
        raise SetUpError(message)


def pip_into(folder: Path) -> list[str]:
    """The command that runs pip for the environment: its own, or the one from outside."""
    python = str(folder / "bin" / "python")
    if any(folder.glob("lib/python*/site-packages/pip/__init__.py")):
        return [python, "-m", "pip"]
    return [_base_python(), "-m", "pip", "--python", python]


def _venv(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [_base_python(), "-m", "venv", *arguments],
        check=False,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def _base_python() -> str:
    # Inside an activated environment this is the Python it was made with, which survives its
    # removal; sys.executable would be the link that is about to be deleted.
    return str(getattr(sys, "_base_executable", None) or sys.executable)


def install_arguments(lock: Path) -> list[str]:
    """What pip is told so that exactly the lock is installed, by every pip from 22.3 on.

    Without `--no-deps` a pip before 23.3 looks for the newest release that answers `name[extra]`,
    and refuses it because the lock pins another one.
    """
    return ["install", "-qq", "--no-deps", "--require-hashes", "--requirement", str(lock)]


def _install() -> None:
    pip = pip_into(VENV)
    if subprocess.run([*pip, *install_arguments(LOCK)], check=False, cwd=ROOT).returncode != 0:
        message = (
            "pip could not install requirements.lock (its own message is above). It needs pip "
            f"22.3 or newer (this is {_pip_version(pip)}) and a package index; behind a proxy or "
            "mirror set PIP_INDEX_URL, PIP_CERT or pip.conf as usual."
        )
        raise SetUpError(message)


def _check_complete() -> None:
    """Refuses an environment in which a package lacks what it requires."""
    checked = subprocess.run(
        [*pip_into(VENV), "check"], check=False, cwd=ROOT, text=True, stdout=subprocess.PIPE
    )
    if checked.returncode != 0:
        message = (
            f"requirements.lock is not complete:\n{checked.stdout}Run `make lock`, or check out a "
            "released version."
        )
        raise SetUpError(message)


def _pip_version(pip: list[str]) -> str:
    said = subprocess.run(
        [*pip, "--version"], check=False, cwd=ROOT, text=True, stdout=subprocess.PIPE
    )
    return " ".join(said.stdout.split()[:2]) or "a pip that does not start"


def _remove_leftovers() -> None:
    """Uninstalls what an earlier lock file had and this one has not."""
    pip = pip_into(VENV)
    listing = subprocess.run(
        [*pip, "list", "--format=json"], check=True, cwd=ROOT, text=True, stdout=subprocess.PIPE
    )
    locked = {pin.name for pin in read_lock(LOCK.read_text(encoding="utf-8"))} | {"pip"}
    names = (entry["name"].lower() for entry in json.loads(listing.stdout))
    installed = {name.replace("_", "-").replace(".", "-") for name in names}
    leftovers = sorted(installed - locked)
    if leftovers:
        subprocess.run([*pip, "uninstall", "-qq", "--yes", *leftovers], check=True, cwd=ROOT)


def _link_in() -> None:
    """Gives the environment the real import names and the `cobalamin` command."""
    for packages in VENV.glob("lib/python*/site-packages"):
        (packages / "cobalamin-checkout.pth").write_text(f"{LINKS}\n", encoding="utf-8")
    command = VENV / "bin" / "cobalamin"
    command.write_text(CONSOLE.format(python=PYTHON), encoding="utf-8")
    command.chmod(0o755)


def _say(text: str) -> None:
    print(f"cobalamin: {text}", file=sys.stderr, flush=True)
