"""Runs what holds the rules, and fails unless it reaches every branch of them."""

import sys
import tempfile
from pathlib import Path

import pytest

CORE = "cobalamin.service.rules"
TESTS = ("tests/spec", "tests/unit/rules", "tests/properties")
# It repeats the rows with other limits, which reaches no branch more and takes most of the time.
LEFT_OUT = "tests/spec/test_limits.py"


def main() -> int:
    """0 when the tests pass and every branch of the clinical core was taken."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder, "settings.ini")
        settings.write_text(
            f"[run]\nbranch = true\nsource_pkgs = {CORE}\ndata_file = {folder}/data\n", "utf-8"
        )
        return pytest.main(
            [
                "--quiet",
                "--no-header",
                "--numprocesses=auto",
                "--dist=loadfile",
                "--cov",
                f"--cov-config={settings}",
                "--cov-report=term-missing:skip-covered",
                "--cov-fail-under=100",
                f"--ignore={LEFT_OUT}",
                *TESTS,
            ]
        )


if __name__ == "__main__":
    sys.exit(main())
