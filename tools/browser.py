"""The tests in a real browser: Debian's Chromium, driven by playwright, with axe-core.

Neither is needed to run or test the rest. Both are installed into `var/browser` from locks of
their own with hashes, `tests/browser/requirements.lock` and `tests/browser/package-lock.json`.
"""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from environment import ROOT, ensure_environment, pip_into

TESTS = ROOT / "tests" / "browser"
FOLDER = ROOT / "var" / "browser"
LOCK, NPM_LOCK = TESTS / "requirements.lock", TESTS / "package-lock.json"
PACKAGES, STAMP = FOLDER / "packages", FOLDER / "stamp"
AXE = FOLDER / "node_modules" / "axe-core" / "axe.min.js"
FIXTURES = ("-p", "browser_fixtures")
SKIPPED = "test-browser: SKIPPED, nothing was tested: {why}"


def find_chromium() -> str | None:
    """The path of the browser that CHROMIUM names, else of Debian's."""
    return shutil.which(os.environ.get("CHROMIUM", "chromium"))


def run_tests(arguments: Sequence[str]) -> int:
    """Run the browser tests; says so loudly where there is no browser for them."""
    chromium = find_chromium()
    if chromium is None:
        print(SKIPPED.format(why="there is no chromium; `apt-get install chromium`"), flush=True)
        return 0
    python = ensure_environment()
    install(python)
    command = [
        str(python),
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:xdist",
        *FIXTURES,
        str(TESTS),
        *arguments,
    ]
    return subprocess.run(command, check=False, cwd=ROOT, env=environment_with(chromium)).returncode


def environment_with(chromium: str) -> dict[str, str]:
    """The environment in which playwright is found, and the browser and axe-core named."""
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join((str(PACKAGES), str(TESTS))),
        "CHROMIUM": chromium,
        "COBALAMIN_BROWSER_TESTS": "1",
        "COBALAMIN_AXE": str(AXE) if AXE.exists() else "",
    }


def install(python: Path) -> None:
    """Install what the locks name, unless it is there already."""
    digest = hashlib.sha256(LOCK.read_bytes() + NPM_LOCK.read_bytes()).hexdigest()
    if STAMP.exists() and STAMP.read_text("ascii") == digest:
        return
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    pip = [*pip_into(python.parent.parent), "install", "-q", "--no-deps", "--require-hashes"]
    subprocess.run([*pip, "--target", str(PACKAGES), "-r", str(LOCK)], check=True)
    if _install_axe():
        STAMP.write_text(digest, "ascii")


def _install_axe() -> bool:
    """Install axe-core by npm, which compares it with its hash; False where that is not possible.

    The tests that need it say then that they are skipped.
    """
    npm = shutil.which("npm")
    if npm is None:
        print("test-browser: there is no npm, so axe-core is not run", flush=True)
        return False
    for name in ("package.json", NPM_LOCK.name):
        shutil.copy(TESTS / name, FOLDER / name)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    done = subprocess.run(command, check=False, cwd=FOLDER).returncode == 0
    if not done:
        print("test-browser: npm cannot install axe-core, so it is not run", flush=True)
    return done
