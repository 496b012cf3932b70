"""One card of the audit trail in words."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cobalamin.service.cli.profile import load_profile_or_exit
from cobalamin.service.settings import Settings

if TYPE_CHECKING:
    from cobalamin.service.records.audit.query import CardHistory

NOT_STORED = "-"


def explain_card(history: "CardHistory", settings: Settings) -> Iterator[str]:
    """Lines that say when, to whom and why a card was made, and what became of it.

    The title of the pathway step is that of today's knowledge, and only if it is the same one.
    """
    entry, card = history.entry, history.card
    when = datetime.fromtimestamp(entry["at"] / 1000, UTC)
    shown = "shown" if card["shown"] else "made, not shown"
    yield f"card {card['card']}: {shown}, topic {card['topic']}, {card['indicator']}"
    yield f"at {when:%Y-%m-%d %H:%M:%S} UTC, after {entry['latency'] / 1000:.0f} ms"
    yield f"to client {entry['client'] or NOT_STORED}, service {entry['service']}"
    yield f"call {entry['hook_instance'] or NOT_STORED}, correlation {entry['correlation']}"
    yield f"patient {entry['patient'] or NOT_STORED}"
    yield f"mode {entry['mode']}, outcome {entry['outcome']}"
    yield f"profile {entry['profile']}, knowledge {entry['knowledge_version']} {entry['knowledge']}"
    yield f"site file {entry['site'] or NOT_STORED}"
    yield f"pathway step {entry['rung']}{_title(entry, settings)}, urgency {entry['urgency']}"
    for name, found in json.loads(entry["findings"]).items():
        yield f"{name}: {_words(found)}"
    yield f"inputs {entry['inputs']}, text {entry['text_hash']}"
    yield f"resources {entry['resources'] or NOT_STORED}"
    yield from _feedback(history)
    place = f"entry {entry['chain']}/{entry['number']}"
    yield f"{place} {'is as it was written' if history.is_intact else 'WAS ALTERED'}"


def _title(entry: Any, settings: Settings) -> str:  # noqa: ANN401 - a row of the database
    profile = load_profile_or_exit(entry["profile"], settings.site)
    if (profile.knowledge.hash, profile.knowledge.site) != (entry["knowledge"], entry["site"]):
        return " (the knowledge has changed since)"
    return f" ({profile.wording.rungs[entry['rung']].title})"


def _words(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{code} ({count})" for code, count in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _feedback(history: "CardHistory") -> Iterator[str]:
    if not history.feedback:
        yield "feedback: none"
    for item in history.feedback:
        reason = f", reason {item['reason_code']}" if item["reason_code"] else ""
        taken = f", suggestions {item['suggestions']}" if item["suggestions"] else ""
        yield f"feedback: {item['outcome']} at {item['at']}{reason}{taken}"
