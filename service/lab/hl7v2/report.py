"""What a laboratory system is told of an assessment, as NTE and ZCB segments.

The ZCB segment holds the outcome, the comment's code and whether a person must release it, the
work-list reason, reflex tests and their rules, profile, hashes, and all findings as codes.
"""

import re
from collections.abc import Iterator, Mapping
from textwrap import wrap

from msgspec import Struct

from cobalamin.service.answers.comment import Comment, to_comment, work_list_reason
from cobalamin.service.answers.comment_json import loinc_of
from cobalamin.service.answers.reflex import ReflexTest, offered_tests, reflex_tests
from cobalamin.service.knowledge.comments import CommentFrame
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.lab.hl7v2.earlier import EarlierAction, EarlierReport
from cobalamin.service.lab.hl7v2.segments import OWN_CODES, escape, unescape
from cobalamin.service.rules.model.assessment import Assessment
from cobalamin.service.rules.model.facts import Note

EARLIER_COMMENT = "earlier-comment"
"""Why a person should look at a report for the sake of an earlier one."""
NOTES: Mapping[EarlierAction, tuple[str, str, str]] = {
    EarlierAction.repeats: (
        "comment-left-out",
        "information",
        "the same comment stands on an earlier report of this patient and is left out here",
    ),
    EarlierAction.replaces: (
        "comment-replaced",
        "information",
        "this comment replaces that on an earlier report",
    ),
    EarlierAction.withdraws: (
        "comment-withdrawn",
        "warning",
        "the comment on an earlier report no longer applies",
    ),
    EarlierAction.review: (
        "comment-to-review",
        "warning",
        "an earlier report with the same result may no longer apply; look at both",
    ),
    EarlierAction.missing: (
        "comment-missing",
        "warning",
        "an earlier report has no comment for the sake of one that no longer applies; look at it",
    ),
}
NOT_KNOWN = "earlier reports could not be looked up; what this comment repeats is not known"
SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


class LabReport(Struct, frozen=True, kw_only=True):
    """The comment of a report, why it is held back, and the reflex tests, withheld ones too.

    `line_width` is the most characters of a line; None makes each sentence a line. `earlier` are
    the reports on whose comments this one bears, known unless `earlier_unknown`; lines of a comment
    of its own are numbered from `first_line` on, below those of comments that it replaces.
    """

    assessment: Assessment
    profile: Profile
    comment: Comment | None
    work_list: str | None
    reflex: tuple[ReflexTest, ...]
    line_width: int | None = None
    earlier: tuple[EarlierReport, ...] = ()
    earlier_unknown: bool = False
    first_line: int = 1


def build_report(
    assessment: Assessment,
    profile: Profile,
    *,
    is_protected: bool = False,
    line_width: int | None = None,
) -> LabReport:
    """Everything of an assessment that a laboratory files; `is_protected` is of the record.

    The site says how wide a line is where `line_width` is None.
    """
    site = profile.site
    return LabReport(
        assessment=assessment,
        profile=profile,
        comment=to_comment(assessment, profile),
        work_list=work_list_reason(assessment),
        reflex=reflex_tests(assessment, profile, is_protected=is_protected),
        line_width=line_width or (None if site is None else site.comments.line_width),
    )


def iter_report_segments(report: LabReport) -> Iterator[str]:
    """Yield the comment as one NTE per line, and the segments for programs."""
    for number, line in enumerate(comment_lines(report), start=1):
        yield f"NTE|{number}|L|{escape(line)}|RE"
    yield from code_segments(report)


def code_segments(report: LabReport) -> Iterator[str]:
    """Yield the segments for programs: ZCB, and a ZCR for each earlier report."""
    yield zcb_segment(report)
    for one in report.earlier:
        row = one.report
        numbers = f"{row.placer}|{row.filler}|{escape(row.control_id)}"
        yield f"ZCR|{one.action}|{numbers}|{row.day.replace('-', '')}|{row.code or ''}"


def comment_lines(report: LabReport) -> list[str]:
    """The lines for a person: which comments this one replaces or withdraws, and its own."""
    return [*reference_lines(report), *own_lines(report)]


def reference_lines(report: LabReport) -> list[str]:
    """A line, or several of the width that is set, for each comment that no longer applies."""
    frame = report.profile.wording.comments.frame
    said = {EarlierAction.replaces: frame.replaces, EarlierAction.withdraws: frame.withdrawn}
    texts = (
        said[one.action].format(report=_named(one, frame))
        for one in report.earlier
        if one.action in said
    )
    return _in_width(list(texts), report.line_width)


def _named(one: EarlierReport, frame: CommentFrame) -> str:
    """A report by its number, the day of its comment, and its message."""
    number = unescape((one.report.filler or one.report.placer).partition("^")[0])
    return frame.report.format(number=number, date=one.report.day, message=one.report.control_id)


def own_lines(report: LabReport) -> list[str]:
    """The comment, each sentence on its own line or on several of the width that is set."""
    if report.comment is None:
        return []
    return _in_width(SENTENCE_END.split(report.comment.text), report.line_width)


def _in_width(lines: list[str], width: int | None) -> list[str]:
    if width is None:
        return lines
    return [part for line in lines for part in wrap(line, width, break_on_hyphens=False)]


def zcb_segment(report: LabReport) -> str:
    """The answer as codes for programs."""
    comment, withheld, profile = report.comment, report.work_list, report.profile
    fields = (
        report.assessment.outcome.value,
        "" if comment is None else comment.code,
        "" if comment is None else comment.authorisation,
        "" if withheld is None else f"{withheld}^{escape(_reason(withheld, profile))}",
        "~".join(_test(test, profile) for test in offered_tests(report.reflex)),
        profile.knowledge.profile,
        profile.knowledge.version,
        profile.knowledge.hash,
        *_findings(report.assessment),
        profile.knowledge.site or "",
        "~".join(f"{test.code}^{test.action}^{test.rule}" for test in report.reflex),
    )
    return f"ZCB|{'|'.join(fields)}"


def _reason(code: str, profile: Profile) -> str:
    wording = profile.wording
    return wording.comments.frame.review if code == EARLIER_COMMENT else wording.reason(code)


def note_codes(report: LabReport) -> str:
    """The codes of the notes with their places, as one repeating field."""
    notes = report.assessment.notes
    codes = [f"{note.code}^{escape(note.where)}" for note in notes]
    codes += [f"{note.code}^{note.where}" for note in earlier_notes(report)]
    return "~".join(codes)


def earlier_notes(report: LabReport) -> Iterator[Note]:
    """Yield a note for each earlier report, with the place of its ZCR segment."""
    if report.earlier_unknown:
        yield Note(code="earlier-comments-not-known", where="", text=NOT_KNOWN)
    for number, one in enumerate(report.earlier, start=1):
        code, severity, text = NOTES[one.action]
        yield Note(code=code, where=f"ZCR[{number}]", text=text, severity=severity)


def _findings(assessment: Assessment) -> Iterator[str]:
    """Yield all findings and the plan as codes of the plain form."""
    status, blood, plan = assessment.status, assessment.anaemia, assessment.plan
    yield f"{status.value.value}^{status.band.value}"
    yield f"{blood.value.value}^{blood.cells.value}^{blood.megaloblastic.value}"
    yield assessment.neuropathy.tier.value
    yield f"{plan.rung}^{plan.route.value}^{plan.urgency.name}"
    yield "~".join(suggestion.code for suggestion in plan.suggestions)
    yield "~".join(plan.cautions)
    yield "~".join(str(finding.code) for finding in assessment.causes)
    yield "~".join(str(finding.code) for finding in assessment.confounders)


def _test(test: ReflexTest, profile: Profile) -> str:
    """A reflex test, with its LOINC code where that is verified."""
    loinc = loinc_of(test, profile.wording)
    own = f"{test.code}^{escape(profile.wording.labels[test.code])}^{OWN_CODES}"
    return own if loinc is None else f"{own}^{loinc}^^LN"
