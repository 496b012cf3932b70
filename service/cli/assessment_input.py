"""Reads the facts to assess from any input format."""

from datetime import date

import msgspec

from cobalamin.fhir.decode.json_repair import normalise
from cobalamin.fhir.prefetch import read_prefetch
from cobalamin.service.cds_hooks.request import parse_request
from cobalamin.service.cds_hooks.services import PATIENT_VIEW
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.lab.body import AssessmentInput, AssessmentOptions, read_request
from cobalamin.service.lab.hl7v2.message import UnreadableError, check_kind, parse
from cobalamin.service.lab.hl7v2.reader import read_message


class _Hook(msgspec.Struct):
    hook: msgspec.Raw = msgspec.Raw(b"")


def read_input(body: bytes, profile: Profile, on: date | None) -> AssessmentInput:
    """Read the facts from any of the four input formats.

    Raises:
        ApiError: it is none of them, or is invalid.
        RejectedError: the message is of a type that is not supported.
    """
    today = date.today()  # noqa: DTZ011 - a person's day, where the person is
    try:
        message = parse(body)
    except UnreadableError:
        pass
    else:
        check_kind(message)
        return AssessmentInput(facts=read_message(message, profile), on=on or today)
    if _is_hook_call(body):
        call = parse_request(body, PATIENT_VIEW)
        read = read_prefetch(call.prefetch, call.patient_id, profile.codes, profile.knowledge.units)
        return AssessmentInput(facts=read.facts, on=on or today)
    return read_request(body, AssessmentOptions(profile=profile, today=today, on=on), fhir=False)


def _is_hook_call(body: bytes) -> bool:
    try:
        return bool(msgspec.json.decode(normalise(body), type=_Hook).hook)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return False
