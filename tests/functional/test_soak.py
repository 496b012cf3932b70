"""The soak of tests/soak in small: only what was in flight at a kill is lost."""

import subprocess
import sys

from app import ROOT


def test_a_short_soak_finds_no_fault() -> None:
    done = subprocess.run(
        [sys.executable, "tests/soak/soak.py", "--requests=600", "--clients=3", "--seconds=1.5"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout
    assert "FAULT" not in done.stdout
    for part in ("workers killed", "no credential", "replayed token"):
        assert part in done.stdout
