"""Results that were sent and cannot be used, beside those that can."""

from collections.abc import Iterable, Mapping

from cobalamin.service.rules.evidence.result_selection import is_later
from cobalamin.service.rules.model.facts import Refusal, Result
from cobalamin.service.rules.model.vocabulary import Analyte

NOT_FINAL = "status-not-final"
# Without a date that can be meant, it may be the newest.
UNDATED = frozenset({"date-missing", "date-not-read", "date-not-plausible", "date-before-birth"})
# Somebody took it back: as if it had not been sent.
WITHDRAWN = frozenset({"entered-in-error", "status-withdrawn", "report-withdrawn"})


def find_outdated(
    results: Mapping[Analyte, tuple[Result, ...]], refusals: Iterable[Refusal]
) -> frozenset[Analyte]:
    """The analytes whose newest result was refused while an older one can be used.

    One that is not final yet is not among them: until then the final ones count.
    """
    return frozenset(
        refusal.analyte
        for refusal in refusals
        if refusal.code != NOT_FINAL
        and refusal.analyte in results
        and is_newer(refusal, results[refusal.analyte][0])
    )


def is_newer(refusal: Refusal, result: Result) -> bool:
    """Whether a refused result, not a withdrawn one, is of a later time, or may be."""
    if refusal.code in WITHDRAWN:
        return False
    if refusal.on is None:
        return refusal.code in UNDATED
    return is_later(refusal.on, result.on)
