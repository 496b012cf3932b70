"""Every source is cited somewhere in the knowledge."""

import re
from pathlib import Path

import pytest

from cobalamin.service.knowledge.loader import load_citations

KNOWLEDGE = Path(__file__).resolve().parents[3] / "service" / "knowledge"
CITED = set(
    re.findall(
        r'"([a-z0-9-]+)"',
        " ".join(
            path.read_text("utf-8")
            for path in KNOWLEDGE.rglob("*.toml")
            if path.name != "citations.toml"
        ),
    )
)


@pytest.mark.parametrize("source", sorted(load_citations()))
def test_source_is_cited(source: str) -> None:
    assert source in CITED
