"""Acknowledgements, with the report comment as NTE segments."""

from collections.abc import Iterator
from datetime import date

from cobalamin.fhir.decode.issues import Issue
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.lab.hl7v2.header import MessageHeader
from cobalamin.service.lab.hl7v2.message import RejectedError
from cobalamin.service.lab.hl7v2.report import (
    LabReport,
    build_report,
    code_segments,
    earlier_notes,
    iter_report_segments,
)
from cobalamin.service.lab.hl7v2.segments import (
    OWN_CODES,
    error_location,
    escape,
    join_segments,
)
from cobalamin.service.message_form import USUAL_FORM, CommentForm, MessageForm
from cobalamin.service.rules.model.assessment import Assessment
from cobalamin.service.rules.model.facts import Note

VERSION = "2.5.1"
MAX_ID_LENGTH = 199
# A laboratory sends what it wants to be looked at: what was not warns it.
NOT_LOOKED_AT = frozenset(
    issue.code for issue in (Issue.code_not_known, Issue.code_missing, Issue.free_text)
)
# What is not read and needs no person by itself is told all the same.
TOLD = frozenset(
    issue.code for issue in (Issue.comment_not_read, Issue.flag_not_read, Issue.segment_not_read)
)


def build_acknowledgement(
    header: MessageHeader,
    report: LabReport,
    *,
    today: date,
    message_id: str,
    form: MessageForm = USUAL_FORM,
) -> str:
    """Build AA; warnings and all that the rules note become ERR segments of severity W or I.

    A comment that has a message of its own is not said here too.
    """
    has_comment = form.comment is CommentForm.ack_nte
    segments = [
        _msh(header, today, message_id),
        f"MSA|AA|{escape(header.control_id)}",
        *_notes(report.assessment),
        *(_note(note, note.severity[0].upper()) for note in earlier_notes(report)),
        *(iter_report_segments(report) if has_comment else code_segments(report)),
    ]
    return join_segments(segments)


def build_rejection(
    header: MessageHeader, error: RejectedError, *, today: date, message_id: str
) -> str:
    """Build AE or AR with one ERR segment; nothing was assessed."""
    problem = f"{error.code}^{escape(error.text)}^HL70357"
    return join_segments(
        [
            _msh(header, today, message_id),
            f"MSA|{error.verdict}|{escape(header.control_id)}",
            f"ERR||{error_location(error.where)}|{problem}|E||||{escape(error.text)}",
        ]
    )


def build_plain_acknowledgement(
    header: MessageHeader, verdict: str, *, today: date, message_id: str
) -> str:
    """Build MSH and MSA alone: an accept acknowledgement, or AA without a comment."""
    return join_segments(
        [_msh(header, today, message_id), f"MSA|{verdict}|{escape(header.control_id)}"]
    )


def render_report_segments(assessment: Assessment, profile: Profile) -> str:
    """Render the report without MSH and MSA, for a request that was not an HL7 message."""
    report = build_report(assessment, profile)
    return join_segments([*_notes(assessment), *iter_report_segments(report)])


def _msh(header: MessageHeader, today: date, message_id: str) -> str:
    return msh_segment(header, today, message_id, "ACK^R01^ACK")


def msh_segment(header: MessageHeader, today: date, message_id: str, kind: str) -> str:
    """The MSH of a reply: sender and receiver are swapped, version and character set its own.

    They are the sender's where the header says so.
    """
    fields = (
        *(escape(name) for name in (*header.receiver, *header.sender)),
        f"{today:%Y%m%d}",
        "",
        kind,
        message_id[:MAX_ID_LENGTH],
        escape(header.processing) or "P",
        (escape(header.version) if header.mirrors else "") or VERSION,
    )
    return f"MSH|^~\\&|{'|'.join(fields)}||||||{escape(header.written_in)}".rstrip("|")


def _notes(assessment: Assessment) -> Iterator[str]:
    """Yield warnings, and whatever the rules note; not how something was read."""
    for note in assessment.notes:
        warns = note.severity == "warning" or note.code in NOT_LOOKED_AT
        if warns or note.code in TOLD or note not in assessment.facts.notes:
            yield _note(note, "W" if warns else "I")


def _note(note: Note, severity: str) -> str:
    """One ERR segment; a place that is not one of HL7 v2 stands in ERR-7."""
    place = error_location(note.where)
    error_text = f"{place}|0^Message accepted^HL70357|{severity}|{note.code}^^{OWN_CODES}"
    elsewhere = "" if place else escape(note.where)
    return f"ERR||{error_text}||{elsewhere}|{escape(note.text)}"
