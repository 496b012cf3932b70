"""What a batch came to: counted for its last line and for the log, without any value."""

from collections import Counter
from typing import Any

from cobalamin.service.rules.model.assessment import Outcome


class BatchCounts:
    """Counts of the lines that were answered so far; `is_whole` once all of them are."""

    def __init__(self) -> None:
        self.lines, self.is_whole = 0, False
        self._outcomes: Counter[str] = Counter()
        self._steps: Counter[str] = Counter()
        self._urgencies: Counter[str] = Counter()
        self._errors: Counter[str] = Counter()

    def add(self, outcome: Outcome, rung: str, urgency: str) -> None:
        """Count a line that was assessed; step and urgency are counted of those with advice."""
        self.lines += 1
        self._outcomes[outcome.value] += 1
        if outcome is Outcome.advice:
            self._steps[rung] += 1
            self._urgencies[urgency] += 1

    def add_error(self, status: int) -> None:
        """Count a line that was answered with an error."""
        self.lines += 1
        self._errors[str(status)] += 1

    def to_dict(self) -> dict[str, Any]:
        """The counts under their names on the wire."""
        return {
            "lines": self.lines,
            "outcomes": dict(sorted(self._outcomes.items())),
            "adviceByRung": dict(sorted(self._steps.items())),
            "adviceByUrgency": dict(sorted(self._urgencies.items())),
            "errors": dict(sorted(self._errors.items())),
        }
