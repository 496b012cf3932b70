"""Acknowledgements, with the report comment as NTE segments.

The ZCB segment holds the outcome, the comment's code and whether a person must release it, the
work-list reason, reflex tests, profile, knowledge version, and all findings as codes.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date

import hl7

from cobalamin.fhir.decode.issues import Issue
from cobalamin.service.answers.comment import to_comment, work_list_reason
from cobalamin.service.answers.reflex import reflex_tests
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.lab.hl7v2.message import MessageHeader, RejectedError
from cobalamin.service.rules.model.assessment import Assessment
from cobalamin.service.rules.model.facts import Note

VERSION = "2.5.1"
OWN_CODES = "99COBALAMIN"
MAX_ID_LENGTH = 199
# A laboratory sends what it wants to be looked at: what was not warns it.
NOT_LOOKED_AT = frozenset(
    issue.code for issue in (Issue.code_not_known, Issue.code_missing, Issue.free_text)
)
# What is not read and needs no person by itself is told all the same.
TOLD = frozenset(issue.code for issue in (Issue.comment_not_read, Issue.flag_not_read))
PLACE = re.compile(r"(?P<segment>[A-Z0-9]{3})(\[(?P<number>[0-9]+)\])?(-(?P<field>[0-9]+))?")
_escape = hl7.parse("MSH|^~\\&|").escape


def build_acknowledgement(
    header: MessageHeader, assessment: Assessment, profile: Profile, *, today: date, message_id: str
) -> str:
    """Build AA; warnings and all that the rules note become ERR segments of severity W or I."""
    segments = [
        _msh(header, today, message_id),
        f"MSA|AA|{_text(header.control_id)}",
        *_notes(assessment),
        *iter_report_segments(assessment, profile),
    ]
    return _joined(segments)


def build_rejection(
    header: MessageHeader, error: RejectedError, *, today: date, message_id: str
) -> str:
    """Build AE or AR with one ERR segment; nothing was assessed."""
    problem = f"{error.code}^{_text(error.text)}^HL70357"
    return _joined(
        [
            _msh(header, today, message_id),
            f"MSA|{error.verdict}|{_text(header.control_id)}",
            f"ERR||{_location(error.where)}|{problem}|E||||{_text(error.text)}",
        ]
    )


def iter_report_segments(assessment: Assessment, profile: Profile) -> Iterator[str]:
    """Yield the comment as one NTE per sentence, and the ZCB segment."""
    comment = to_comment(assessment, profile)
    lines = [] if comment is None else re.split(r"(?<=[.!?])\s+", comment.text)
    for number, line in enumerate(lines, start=1):
        yield f"NTE|{number}|L|{_text(line)}|RE"
    withheld = work_list_reason(assessment)
    fields = (
        assessment.outcome.value,
        "" if comment is None else comment.code,
        "" if comment is None else comment.authorisation,
        "" if withheld is None else f"{withheld}^{_text(profile.wording.reason(withheld))}",
        "~".join(_test(code, profile) for code in reflex_tests(assessment)),
        profile.knowledge.profile,
        profile.knowledge.version,
        profile.knowledge.hash,
        *_findings(assessment),
    )
    yield f"ZCB|{'|'.join(fields)}"


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


def render_report_segments(assessment: Assessment, profile: Profile) -> str:
    """Render the report without MSH and MSA, for a request that was not an HL7 message."""
    return _joined([*_notes(assessment), *iter_report_segments(assessment, profile)])


def _test(code: str, profile: Profile) -> str:
    """A reflex test, with its LOINC code where that is verified."""
    order = profile.wording.suggestions[code].order
    loinc = order.code.loinc if order is not None and order.code is not None else None
    own = f"{code}^{_text(profile.wording.labels[code])}^{OWN_CODES}"
    return own if loinc is None else f"{own}^{loinc}^^LN"


def _msh(header: MessageHeader, today: date, message_id: str) -> str:
    """The MSH of the reply: sender and receiver are swapped."""
    fields = (
        *(_text(name) for name in (*header.receiver, *header.sender)),
        f"{today:%Y%m%d}",
        "",
        "ACK^R01^ACK",
        message_id[:MAX_ID_LENGTH],
        _text(header.processing) or "P",
        VERSION,
    )
    return f"MSH|^~\\&|{'|'.join(fields)}||||||UNICODE UTF-8"


def _notes(assessment: Assessment) -> Iterator[str]:
    """Yield warnings, and whatever the rules note; not how something was read."""
    for note in assessment.notes:
        warns = note.severity == "warning" or note.code in NOT_LOOKED_AT
        if warns or note.code in TOLD or note not in assessment.facts.notes:
            yield _note(note, "W" if warns else "I")


def _note(note: Note, severity: str) -> str:
    """One ERR segment; a place that is not one of HL7 v2 stands in ERR-7."""
    place = _location(note.where)
    error_text = f"{place}|0^Message accepted^HL70357|{severity}|{note.code}^^{OWN_CODES}"
    elsewhere = "" if place else _text(note.where)
    return f"ERR||{error_text}||{elsewhere}|{_text(note.text)}"


def _location(where: str) -> str:
    """Convert `OBX[2]-5` to `OBX^2^5`; empty for anything that is no HL7 path."""
    match = PLACE.match(where)
    if match is None:
        return ""
    return "^".join((match["segment"], match["number"] or "1", match["field"] or "")).rstrip("^")


def _text(text: str) -> str:
    return str(_escape(text))


def _joined(segments: Iterable[str]) -> str:
    return "".join(f"{segment}\r" for segment in segments)
