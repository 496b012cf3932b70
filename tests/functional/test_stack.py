"""The stack of the page "deploying.md": services are replaced one by one, and no request fails."""

import os
import re
import shlex
import subprocess
import sys

import pytest
from stack import SKIPPED

from app import ROOT
from documented import blocks

SHOW, VERIFY = blocks(ROOT / "docs" / "deploying.md")


def test_a_second_service_takes_over_and_no_request_fails() -> None:
    """Two services behind nginx, where it is installed, on one PostgreSQL."""
    _, *arguments = shlex.split(SHOW)  # the page names the Python of the checkout
    done = subprocess.run(  # noqa: S603
        [sys.executable, *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        check=False,
        text=True,
    )
    if done.returncode == SKIPPED:
        pytest.skip(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    answered = re.search(r"requests: (\d+) answered, 0 failed", done.stdout)
    assert answered is not None, done.stdout
    assert int(answered[1]) >= 250
    assert re.search(r"cards in the metrics .*: [1-9]", done.stdout), done.stdout


def test_what_the_page_calls_verifying_can_be_called() -> None:
    """It builds an image, which is no unit test; each of its steps for files is tried elsewhere."""
    for name in (VERIFY.strip(), "deploy/release", "deploy/build-wheel"):
        program = ROOT / name
        assert os.access(program, os.X_OK)
        assert subprocess.run(["/bin/bash", "-n", str(program)], check=False).returncode == 0  # noqa: S603
