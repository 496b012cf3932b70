"""What a laboratory system is told of an assessment, as NTE and ZCB segments.

The ZCB segment holds the outcome, the comment's code and whether a person must release it, the
work-list reason, reflex tests and their rules, profile, hashes, and all findings as codes.
"""

import re
from collections.abc import Iterator
from textwrap import wrap

from msgspec import Struct

from cobalamin.service.answers.comment import Comment, to_comment, work_list_reason
from cobalamin.service.answers.comment_json import loinc_of
from cobalamin.service.answers.reflex import ReflexTest, offered_tests, reflex_tests
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.lab.hl7v2.segments import OWN_CODES, escape
from cobalamin.service.rules.model.assessment import Assessment

SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


class LabReport(Struct, frozen=True, kw_only=True):
    """The comment of a report, why it is held back, and the reflex tests, withheld ones too.

    `line_width` is the most characters of a line; None makes each sentence a line.
    """

    assessment: Assessment
    profile: Profile
    comment: Comment | None
    work_list: str | None
    reflex: tuple[ReflexTest, ...]
    line_width: int | None = None


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
    """Yield the comment as one NTE per line, and the ZCB segment."""
    for number, line in enumerate(comment_lines(report), start=1):
        yield f"NTE|{number}|L|{escape(line)}|RE"
    yield zcb_segment(report)


def comment_lines(report: LabReport) -> list[str]:
    """The comment, each sentence on its own line or on several of the width that is set."""
    if report.comment is None:
        return []
    lines = SENTENCE_END.split(report.comment.text)
    width = report.line_width
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
        "" if withheld is None else f"{withheld}^{escape(profile.wording.reason(withheld))}",
        "~".join(_test(test, profile) for test in offered_tests(report.reflex)),
        profile.knowledge.profile,
        profile.knowledge.version,
        profile.knowledge.hash,
        *_findings(report.assessment),
        profile.knowledge.site or "",
        "~".join(f"{test.code}^{test.action}^{test.rule}" for test in report.reflex),
    )
    return f"ZCB|{'|'.join(fields)}"


def note_codes(report: LabReport) -> str:
    """The codes of the notes with their places, as one repeating field."""
    notes = report.assessment.notes
    return "~".join(f"{note.code}^{escape(note.where)}" for note in notes)


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
