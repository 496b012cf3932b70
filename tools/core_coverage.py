"""Runs what holds the rules, and fails unless it reaches every branch of them."""

import sys
import tempfile
from pathlib import Path

import coverage
import pytest

CORE = "cobalamin.service.rules"
TESTS = ("tests/spec", "tests/unit/rules", "tests/properties")


def main() -> int:
    """0 when the tests pass and every branch of the clinical core was taken."""
    with tempfile.TemporaryDirectory() as folder:
        measured = coverage.Coverage(
            data_file=str(Path(folder) / "data"),
            branch=True,
            config_file=False,
            source_pkgs=[CORE],
        )
        measured.start()
        failed = pytest.main(["-q", "--no-header", *TESTS])
        measured.stop()
        reached = measured.report(show_missing=True, skip_covered=True)
    return 1 if failed or reached < 100 else 0  # noqa: PLR2004 - per cent


if __name__ == "__main__":
    sys.exit(main())
