"""The answer in every format of the interfaces, and the command that asks for it."""

import shlex
from collections.abc import Callable, Mapping
from urllib.parse import urlencode

import msgspec

from cobalamin.service.answers.comment import to_comment
from cobalamin.service.answers.fhir_bundle import to_bundle
from cobalamin.service.answers.plain import encode
from cobalamin.service.answers.short import to_released
from cobalamin.service.lab.hl7v2.answer import build_acknowledgement, render_report_segments
from cobalamin.service.lab.hl7v2.report import build_report
from cobalamin.service.lab.json_response import to_json
from cobalamin.service.pages.playground.evaluation import Evaluated

MEDIA_TYPES = {"/hl7v2": "application/hl7-v2"}
LONGEST_COMMAND = 4000


def _hook(evaluated: Evaluated) -> bytes:
    return encode(evaluated.hook_body())


def _assessment(evaluated: Evaluated) -> bytes:
    return to_json(evaluated.assessment, evaluated.profile, evaluated.ctx.new_id)


def _short(evaluated: Evaluated) -> bytes:
    return encode(to_released(evaluated.assessment, evaluated.profile))


def _fhir(evaluated: Evaluated) -> bytes:
    return encode(to_bundle(evaluated.assessment, evaluated.profile, evaluated.ctx.new_id))


def _hl7v2(evaluated: Evaluated) -> bytes:
    assessment, profile, message = evaluated.assessment, evaluated.profile, evaluated.message
    if message is None:
        return render_report_segments(assessment, profile).encode()
    report = build_report(assessment, profile, is_protected=message.is_protected)
    today, message_id = evaluated.ctx.today(), evaluated.ctx.new_id()
    answer = build_acknowledgement(message.header, report, today=today, message_id=message_id)
    return answer.encode()


def _comment(evaluated: Evaluated) -> bytes:
    comment = to_comment(evaluated.assessment, evaluated.profile)
    return b"" if comment is None else comment.text.encode()


FORMATS: Mapping[str, Callable[[Evaluated], bytes]] = {
    "cds-hooks": _hook,
    "assessment": _assessment,
    "short": _short,
    "fhir": _fhir,
    "hl7v2": _hl7v2,
    "comment": _comment,
}
"""What writes each format."""


def answer_as(name: str, evaluated: Evaluated) -> bytes:
    """The answer as the interface sends it."""
    return FORMATS[name](evaluated)


def readable(answer: bytes) -> str:
    """The answer in lines; JSON is indented, and its numbers keep their digits."""
    if answer.startswith((b"{", b"[")):
        return msgspec.json.format(answer, indent=1).decode()
    return answer.decode().replace("\r", "\n")


def curl(evaluated: Evaluated, base: str) -> str:
    """The command that sends the same; a long body is named as a file."""
    interface = evaluated.interface
    media_type = MEDIA_TYPES.get(interface, "application/json")
    query = "" if interface.startswith("/cds-services") else f"?{_query(evaluated)}"
    try:
        text = evaluated.body.decode()
    except UnicodeDecodeError:
        text = ""
    is_short = 0 < len(text) <= LONGEST_COMMAND and "\r" not in text and "\n" not in text
    data = text if is_short else "@body"
    address = f"{base.rstrip('/')}{interface}{query}"
    command = ["curl", "-s", "-H", f"Content-Type: {media_type}"]
    parts = (shlex.join(command), shlex.join(["--data-binary", data]), shlex.quote(address))
    return " \\\n  ".join(parts)


def _query(evaluated: Evaluated) -> str:
    day = evaluated.case.on.isoformat()
    return urlencode({"profile": evaluated.profile.knowledge.profile, "asOf": day})
