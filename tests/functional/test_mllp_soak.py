"""A small soak of the MLLP listener: nothing is lost, doubled, reordered or believed wrongly."""

import asyncio
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "soak"))

from mllp_soak import FAULTS, soak  # noqa: E402 - found through the line above


def test_no_fault_of_the_wire_and_no_kill_loses_or_doubles_a_message(tmp_path: Path) -> None:
    outcome = asyncio.run(soak(120, 6, 1, tmp_path))
    assert outcome.wrong == []
    assert outcome.messages == 120
    assert outcome.refused > 0
    assert set(outcome.faults) == set(FAULTS)
