"""A change of a count, and what it is the count of."""

from typing import NamedTuple

from cobalamin.service.records.rate_changes import RateChange

TOPIC, CODES = "topic", "codes"
WHAT = {TOPIC: "cards of topic", CODES: "codes not known, of client"}
NOT_KNOWN = frozenset({"code-not-known", "code-system-not-read", "code-system-missing"})
"""The notes that say that a code was sent and nobody could tell what it stands for."""


class NamedChange(NamedTuple):
    """A change of a topic's cards, or of a client's codes that are not known."""

    kind: str
    name: str
    change: RateChange

    def describe(self) -> str:
        """One sentence for the log."""
        change, what = self.change, WHAT[self.kind]
        return (
            f"{what} {self.name or '-'}: {change.count} in the {change.days} day(s) until "
            f"{change.day}, {change.expected:.1f} expected by the past"
        )
