"""Looks up the earlier reports of a patient, and says what the answer to a new one files."""

import dataclasses
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from cobalamin.service.http.app_context import AppContext
from cobalamin.service.http.audit_entries import client_id
from cobalamin.service.lab.hl7v2.earlier import (
    EarlierAction,
    EarlierReport,
    OwnComment,
    before,
    ends,
    find_affected,
    find_repeated,
    is_filed,
    standing,
)
from cobalamin.service.lab.hl7v2.message import Message
from cobalamin.service.lab.hl7v2.report import EARLIER_COMMENT, LabReport, own_lines
from cobalamin.service.lab.hl7v2.report_identity import ReportIdentity, find_identity
from cobalamin.service.lab.hl7v2.report_orders import MarkerResult, marker_results
from cobalamin.service.lab.hl7v2.retests import tests_of, with_intervals
from cobalamin.service.records.comment_history import (
    CommentFiling,
    CommentHistory,
    HistoryQuestion,
    StoredReport,
)
from cobalamin.service.records.errors import StoreError
from cobalamin.service.rules.model.assessment import Assessment

FOR_A_PERSON = frozenset({EarlierAction.review, EarlierAction.missing})
ENDED = frozenset({EarlierAction.replaces, EarlierAction.withdraws})


class FiledReport(Struct, frozen=True, kw_only=True):
    """A report as it is answered, and what its answer files; nothing where `filing` is None."""

    report: LabReport
    filing: CommentFiling | None = None


def with_history(report: LabReport, message: Message, body: bytes, ctx: AppContext) -> FiledReport:
    """The report with what it has to do with earlier ones, if the site has them remembered.

    Where they cannot be looked up it keeps its comment and says so. A person releases the comment
    on a report that was corrected (OBR-25), as on a corrected result.
    """
    site = report.profile.site
    policy = None if site is None else site.comments.earlier
    facts = report.assessment.facts
    markers = tuple(marker_results(message, facts))
    report = _released_as_corrected(report, markers)
    if policy is None or not markers:
        return FiledReport(report=report)
    history = ctx.comments
    own = None if history is None else find_identity(history, message, body, markers, facts, ctx)
    if history is None or own is None:
        return FiledReport(report=replace(report, earlier_unknown=True))
    now = int(ctx.now() * 1000)
    since = now - timedelta(days=policy.keep_days) // timedelta(milliseconds=1)
    question = HistoryQuestion(patients=own.patient, since=since)
    try:
        found = history.find(question)
    except StoreError:
        return FiledReport(report=replace(report, earlier_unknown=True))
    made = _made(history, report, markers)
    rows = standing(found, own)
    report = with_intervals(report, before(found, own))
    repeated = find_repeated(rows, own, made, policy, now)
    answered = _answered(report, rows, own, made, repeated)
    row = partial(_row, answered, own, made, client_id(ctx), now)
    filing = CommentFiling(
        question=question,
        found=found,
        report=None if is_filed(found, own) else row(repeated),
        ends=tuple(one.number for one in rows if _is_ended(one, own)),
        moves=tuple(one.number for one in rows if _is_moved(one, own, made)),
    )
    return FiledReport(report=answered, filing=filing)


def _released_as_corrected(report: LabReport, markers: Sequence[MarkerResult]) -> LabReport:
    comment = report.comment
    if comment is None or not any(marker.is_corrected for marker in markers):
        return report
    return replace(report, comment=dataclasses.replace(comment, authorisation="required"))


def _made(
    history: CommentHistory, report: LabReport, markers: Sequence[MarkerResult]
) -> OwnComment:
    """The comment of the rules; one that withholds or follows a change is never left out."""
    comment = report.comment
    is_changed = any(one.is_corrected or one.is_withdrawn for one in markers)
    return OwnComment(
        comment=comment,
        texts=() if comment is None else history.hashes("text", comment.text),
        urgency=report.assessment.plan.urgency,
        may_be_left_out=not is_changed and report.work_list is None and _is_certain(report),
    )


def _is_certain(report: LabReport) -> bool:
    """Whether no result was refused: one may be the reason to look at the report again."""
    assessment: Assessment = report.assessment
    return not assessment.facts.refusals


def _answered(
    report: LabReport,
    rows: Sequence[StoredReport],
    own: ReportIdentity,
    made: OwnComment,
    repeated: StoredReport | None,
) -> LabReport:
    affected = tuple(find_affected(rows, own, made))
    if repeated is not None:
        left_out = EarlierReport(action=EarlierAction.repeats, report=repeated)
        return replace(report, comment=None, earlier=(left_out, *affected))
    needs_person = any(one.action in FOR_A_PERSON for one in affected)
    return replace(
        report,
        earlier=affected,
        work_list=report.work_list or (EARLIER_COMMENT if needs_person else None),
        first_line=_first_line(report, affected, own),
    )


def _first_line(report: LabReport, affected: Sequence[EarlierReport], own: ReportIdentity) -> int:
    """The number of the first line: in place of final lines, else behind those that go."""
    gone = [one.report for one in affected if one.action in ENDED and _is_below(one.report, own)]
    if not gone:
        return 1
    if is_final(report) and len(gone) == 1:
        return max(gone[0].first_line, 1)
    return max(row.last_line for row in gone) + 1


def is_final(report: LabReport) -> bool:
    """Whether the comment is released without a person."""
    return report.comment is not None and report.comment.authorisation == "automatic"


def _is_below(row: StoredReport, own: ReportIdentity) -> bool:
    """Whether the earlier comment stands under the same order."""
    return (row.placer, row.filler) == (own.order.placer, own.order.filler)


def _is_ended(row: StoredReport, own: ReportIdentity) -> bool:
    return not own.results.isdisjoint(row.results.split()) and ends(row, own)


def _is_moved(row: StoredReport, own: ReportIdentity, made: OwnComment) -> bool:
    """Whether what repeated an earlier comment may refer to this one, which says the same."""
    return _is_ended(row, own) and row.text is not None and row.text in made.texts


def _row(
    report: LabReport,
    own: ReportIdentity,
    made: OwnComment,
    client: str,
    now: int,
    repeated: StoredReport | None,
) -> StoredReport:
    lines = len(own_lines(report))
    return StoredReport(
        number=0,
        client=client,
        patient=own.patient[0],
        message=own.message[0],
        results=" ".join(own.own_results),
        placer=own.order.placer,
        filler=own.order.filler,
        control_id=own.control_id,
        day=report.assessment.on.isoformat(),
        code=None if made.comment is None else made.comment.code,
        text=made.texts[0] if made.texts else None,
        urgency=made.urgency.name,
        first_line=report.first_line if lines else 0,
        last_line=report.first_line + lines - 1 if lines else 0,
        changed=bool(own.changed),
        repeats=None if repeated is None else repeated.number,
        ended_by=None,
        received=now,
        tests=tests_of(report),
    )
