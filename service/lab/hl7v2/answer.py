"""The acknowledgement of a message, with the report comment as NTE segments.

`ZCB` holds what a comment alone does not say: outcome, the comment's code and whether a person must
release it, why one was withheld, the tests that could be added, profile and knowledge, and every
finding by its code.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date

import hl7

from cobalamin.service.answers.comment import to_comment, work_list_reason
from cobalamin.service.answers.reflex import reflex_tests
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.lab.hl7v2.message import Header, RejectedError
from cobalamin.service.rules.model.assessment import Assessment
from cobalamin.service.rules.model.facts import Note

VERSION = "2.5.1"
OWN_CODES = "99COBALAMIN"
LONGEST_ID = 199
PLACE = re.compile(r"(?P<segment>[A-Z0-9]{3})(\[(?P<number>[0-9]+)\])?(-(?P<field>[0-9]+))?")
_escape = hl7.parse("MSH|^~\\&|").escape


def accepted(
    header: Header, assessment: Assessment, profile: Profile, *, today: date, message_id: str
) -> str:
    """AA: the message was read; what could not be used stands in ERR segments as warnings."""
    segments = [
        _msh(header, today, message_id),
        f"MSA|AA|{_text(header.control_id)}",
        *(_warning(note) for note in assessment.notes if note.severity == "warning"),
        *report(assessment, profile),
    ]
    return _joined(segments)


def rejected(header: Header, error: RejectedError, *, today: date, message_id: str) -> str:
    """AE or AR: nothing was assessed, and why."""
    problem = f"{error.code}^{_text(error.text)}^HL70357"
    return _joined(
        [
            _msh(header, today, message_id),
            f"MSA|{error.verdict}|{_text(header.control_id)}",
            f"ERR||{_location(error.where)}|{problem}|E||||{_text(error.text)}",
        ]
    )


def report(assessment: Assessment, profile: Profile) -> Iterator[str]:
    """The comment, a sentence a segment, and what stands beside it."""
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
    """Every finding and the plan by the codes of the plain form."""
    status, blood, plan = assessment.status, assessment.anaemia, assessment.plan
    yield f"{status.value.value}^{status.band.value}"
    yield f"{blood.value.value}^{blood.cells.value}^{blood.megaloblastic.value}"
    yield assessment.neuropathy.tier.value
    yield f"{plan.rung}^{plan.route.value}^{plan.urgency.name}"
    yield "~".join(suggestion.code for suggestion in plan.suggestions)
    yield "~".join(plan.cautions)
    yield "~".join(str(finding.code) for finding in assessment.causes)
    yield "~".join(str(finding.code) for finding in assessment.confounders)


def report_text(assessment: Assessment, profile: Profile) -> str:
    """The same segments for a caller that sent no message."""
    return _joined(report(assessment, profile))


def _test(code: str, profile: Profile) -> str:
    """A test that could be added, with its LOINC code where that is verified."""
    order = profile.wording.suggestions[code].order
    loinc = order.code.loinc if order is not None and order.code is not None else None
    own = f"{code}^{_text(profile.wording.labels[code])}^{OWN_CODES}"
    return own if loinc is None else f"{own}^{loinc}^^LN"


def _msh(header: Header, today: date, message_id: str) -> str:
    """Back to the sender: its applications stand where ours did."""
    fields = (
        *(_text(name) for name in (*header.receiver, *header.sender)),
        f"{today:%Y%m%d}",
        "",
        "ACK^R01^ACK",
        message_id[:LONGEST_ID],
        _text(header.processing) or "P",
        VERSION,
    )
    return f"MSH|^~\\&|{'|'.join(fields)}||||||UNICODE UTF-8"


def _warning(note: Note) -> str:
    code = f"{note.code}^^{OWN_CODES}"
    problem = "0^Message accepted^HL70357"
    return f"ERR||{_location(note.where)}|{problem}|W|{code}|||{_text(note.text)}"


def _location(where: str) -> str:
    """`OBX[2]-5` as `OBX^2^5`; a place that is none of a message is left out."""
    found = PLACE.match(where)
    if found is None:
        return ""
    return "^".join((found["segment"], found["number"] or "1", found["field"] or "")).rstrip("^")


def _text(text: str) -> str:
    return str(_escape(text))


def _joined(segments: Iterable[str]) -> str:
    return "".join(f"{segment}\r" for segment in segments)
