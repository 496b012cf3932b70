"""Prints README.md with the card that the service really gives for its example.

The digits of the knowledge's hash are left out: they change with every word of the knowledge.
"""

import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

from cobalamin.service.answers.evidence_text import SHORT_HASH
from cobalamin.service.app import create_app
from cobalamin.service.knowledge.loader import knowledge_hash
from cobalamin.service.settings import Environment, Settings

ROOT = Path(__file__).resolve().parent.parent
BEGIN, END = "<!-- card: written by `make docs` -->", "<!-- end of card -->"
DAY = date(2026, 11, 20)


def the_card() -> dict[str, Any]:
    """The one card of the example, on a fixed day."""
    app = create_app(Settings(environment=Environment.development), today=lambda: DAY)
    body = (ROOT / "docs" / "examples" / "patient-view.json").read_bytes()
    answer = app.test_client().post(
        "/cds-services/b12-patient-view", data=body, content_type="application/json"
    )
    (card,) = json.loads(answer.data)["cards"]
    return dict(card)


def as_markdown(card: dict[str, Any]) -> str:
    """The card as an EHR shows it: summary, detail and the buttons of its suggestions."""
    buttons = [
        f"- `{suggestion['label']}`{' (recommended)' if suggestion.get('isRecommended') else ''}"
        for suggestion in card["suggestions"]
    ]
    because, *others = card["detail"].split("\n\n")
    first = _quoted(f"**{card['summary']}**\n\n{because}")
    rest = _quoted("\n".join(("\n\n".join(others), "", "Suggestions:", "", *buttons)))
    return f"{first}\n\n<details><summary>the rest of the card</summary>\n\n{rest}\n\n</details>"


def _quoted(text: str) -> str:
    fixed = text.replace(knowledge_hash()[:SHORT_HASH], "sha256:…")
    return "\n".join(f"> {line}".rstrip() for line in fixed.splitlines())


def page() -> str:
    """The README with the card between its marks."""
    text = (ROOT / "README.md").read_text("utf-8")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n\n{as_markdown(the_card())}\n\n{END}{after}"


if __name__ == "__main__":
    sys.stdout.write(page())
