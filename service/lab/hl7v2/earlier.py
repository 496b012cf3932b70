"""What a report has to do with the comments on earlier reports of its patient.

The answer names each of them, and a comment that is left out never goes without a word. Where
anything is not known the comment is given.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from enum import StrEnum

from msgspec import Struct

from cobalamin.service.answers.comment import Comment
from cobalamin.service.knowledge.site_earlier_comments import EarlierComments
from cobalamin.service.lab.hl7v2.report_identity import ReportIdentity
from cobalamin.service.records.comment_history import StoredReport
from cobalamin.service.rules.model.assessment import Urgency

MOST_DAYS_SOON = 14
"""As for a card that was answered, where the plan is for this week."""


class EarlierAction(StrEnum):
    """What becomes of the comment on an earlier report, or of this one because of it.

    `repeats`: this comment is left out, it stands there. `replaces`: this one stands in place of
    it. `withdraws`: it no longer applies, and there is none in its place. `review`: it may no
    longer apply. `missing`: it was left out there, and what it referred to no longer stands.
    """

    repeats = "repeats"
    replaces = "replaces"
    withdraws = "withdraws"
    review = "review"
    missing = "missing"


class EarlierReport(Struct, frozen=True, kw_only=True):
    """An earlier report, and what becomes of its comment."""

    action: EarlierAction
    report: StoredReport


class OwnComment(Struct, frozen=True, kw_only=True):
    """The comment that the rules make of a report; `texts` are its hashes by every key."""

    comment: Comment | None
    texts: tuple[str, ...]
    urgency: Urgency
    may_be_left_out: bool


def before(rows: Sequence[StoredReport], own: ReportIdentity) -> tuple[StoredReport, ...]:
    """The reports that were filed before this one, which may be filed already."""
    filed = next((row.number for row in rows if row.message in own.message), None)
    return tuple(row for row in rows if filed is None or row.number < filed)


def standing(rows: Sequence[StoredReport], own: ReportIdentity) -> tuple[StoredReport, ...]:
    """The earlier reports that nothing else has ended.

    For a message that was filed before they are as they were then.
    """
    return tuple(
        row for row in before(rows, own) if row.ended_by is None or row.ended_by in own.message
    )


def is_filed(rows: Sequence[StoredReport], own: ReportIdentity) -> bool:
    """Whether this message was filed before."""
    return any(row.message in own.message for row in rows)


def find_repeated(
    rows: Sequence[StoredReport],
    own: ReportIdentity,
    made: OwnComment,
    policy: EarlierComments,
    now: int,
) -> StoredReport | None:
    """The report with the same comment for whose sake this one is left out; None if it comes.

    Only the patient's last report counts, so that what changed in between comes again.
    """
    days = _days(made, policy)
    others = [row for row in rows if own.results.isdisjoint(row.results.split())]
    if made.comment is None or days is None or not others:
        return None
    if any(row.code is not None and row.repeats is None for row in _same(rows, own)):
        return None
    last = others[-1]
    given = last if last.repeats is None else _by_number(others, last.repeats)
    if given is None or given.code != made.comment.code or given.text not in made.texts:
        return None
    is_recent = now - given.received <= timedelta(days=days) // timedelta(milliseconds=1)
    is_as_urgent = Urgency[given.urgency] >= made.urgency
    return given if is_recent and is_as_urgent else None


def _days(made: OwnComment, policy: EarlierComments) -> int | None:
    """Within how many days the comment may be left out; None where it always comes."""
    days = policy.repeat_after_days
    if days is None or not made.may_be_left_out or made.urgency is Urgency.urgent:
        return None
    return min(days, MOST_DAYS_SOON) if made.urgency is Urgency.soon else days


def find_affected(
    rows: Sequence[StoredReport], own: ReportIdentity, made: OwnComment
) -> Iterator[EarlierReport]:
    """Yield what becomes of the comments on earlier reports with any of the same results."""
    for row in _same(rows, own):
        shared = own.results.intersection(row.results.split())
        is_older_version = row.changed and own.changed.isdisjoint(shared)
        if is_older_version:
            # It came late, or a result was put back: which of them holds, a person must say.
            yield EarlierReport(action=EarlierAction.review, report=row)
        elif not ends(row, own):
            if row.code is not None:
                yield EarlierReport(action=EarlierAction.review, report=row)
        elif row.code is not None and row.repeats is None:
            has_new = made.comment is not None
            action = EarlierAction.replaces if has_new else EarlierAction.withdraws
            yield EarlierReport(action=action, report=row)
            if row.text not in made.texts:
                yield from _missing(rows, row, own)


def ends(row: StoredReport, own: ReportIdentity) -> bool:
    """Whether a report stands in place of an earlier one: it has all its results, or takes one."""
    results = frozenset(row.results.split())
    if row.changed and own.changed.isdisjoint(results):
        return False
    return bool(results & own.withdrawn) or (bool(results) and results <= own.results)


def _missing(
    rows: Sequence[StoredReport], row: StoredReport, own: ReportIdentity
) -> Iterator[EarlierReport]:
    for other in rows:
        if other.repeats == row.number and not ends(other, own):
            yield EarlierReport(action=EarlierAction.missing, report=other)


def _same(rows: Sequence[StoredReport], own: ReportIdentity) -> list[StoredReport]:
    return [row for row in rows if not own.results.isdisjoint(row.results.split())]


def _by_number(rows: Sequence[StoredReport], number: int) -> StoredReport | None:
    return next((row for row in rows if row.number == number), None)
