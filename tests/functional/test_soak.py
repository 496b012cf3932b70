"""The soak of tests/soak in small: only what was in flight at a kill is lost."""

import re
import subprocess
import sys

from app import ROOT


def test_a_short_soak_finds_no_fault() -> None:
    done = subprocess.run(
        [sys.executable, "tests/soak/soak.py", "--requests=250", "--clients=3", "--seconds=0.8"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout
    assert "FAULT" not in done.stdout
    assert re.search(r"workers killed [1-9]", done.stdout), done.stdout
    for part in ("no credential", "replayed token"):
        assert part in done.stdout
