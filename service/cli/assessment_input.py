"""Reads what to assess from any input format: one document, or one a line."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import msgspec

from cobalamin.fhir.decode.json_repair import normalise, strip_bom
from cobalamin.fhir.prefetch import PrefetchResult, read_prefetch
from cobalamin.service.cds_hooks.request import HookRequest, parse_request
from cobalamin.service.cds_hooks.services import SERVICES, HookService
from cobalamin.service.http.errors import ApiError
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.lab.body import AssessmentOptions, read_request
from cobalamin.service.lab.hl7v2.message import UnreadableError, check_kind, parse
from cobalamin.service.lab.hl7v2.reader import read_message
from cobalamin.service.rules.model.facts import Facts


class _Hook(msgspec.Struct):
    hook: msgspec.Raw = msgspec.Raw(b"")


class _HookName(msgspec.Struct):
    hook: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedCall:
    """The request of a hook, with the service that answers it and what its prefetch held."""

    service: HookService
    request: HookRequest
    read: PrefetchResult


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandInput:
    """The facts to assess and the day; `call` where they came as the request of a hook."""

    facts: Facts
    on: date
    call: RecordedCall | None = None


def iter_documents(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """The documents of a file, each with where it stands: all of it, or each line of NDJSON."""
    lines = [
        (number, line)
        for number, line in enumerate(strip_bom(content).splitlines(), 1)
        if line.strip()
    ]
    if len(lines) < 2 or not all(is_object(line) for _, line in lines[:2]):  # noqa: PLR2004
        yield name, content
        return
    for number, line in lines:
        yield f"{name}:{number}", line


def read_input(body: bytes, profile: Profile, on: date | None) -> CommandInput:
    """Read the facts of one document.

    Raises:
        ApiError: it is of no format that is read, or is invalid.
        RejectedError: the message is of a type that is not supported.
    """
    today = date.today()  # noqa: DTZ011 - a person's day, where the person is
    try:
        message = parse(body)
    except UnreadableError:
        pass
    else:
        check_kind(message)
        return CommandInput(facts=read_message(message, profile), on=on or today)
    if _is_hook_call(body):
        call = _read_call(body, profile, on or today)
        return CommandInput(facts=call.read.facts, on=on or today, call=call)
    options = AssessmentOptions(profile=profile, today=today, on=on)
    read = read_request(body, options, fhir=False)
    return CommandInput(facts=read.facts, on=read.on)


def _read_call(body: bytes, profile: Profile, on: date) -> RecordedCall:
    service = _service_of(body)
    request = parse_request(body, service)
    read = read_prefetch(
        request.prefetch, request.patient_id, profile.codes, profile.knowledge.units, on=on
    )
    return RecordedCall(service=service, request=request, read=read)


def _service_of(body: bytes) -> HookService:
    """The service that answers the hook of a request."""
    try:
        hook = msgspec.json.decode(normalise(body), type=_HookName).hook
    except msgspec.MsgspecError:
        hook = ""
    for service in SERVICES:
        if service.answers(hook):
            return service
    known = ", ".join(service.hook for service in SERVICES)
    raise ApiError(400, f"is no hook that is answered; use one of {known}", "hook")


def _is_hook_call(body: bytes) -> bool:
    try:
        return bool(msgspec.json.decode(normalise(body), type=_Hook).hook)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return False


def is_object(line: bytes) -> bool:
    """Whether a line is a JSON object of its own, or was meant as one."""
    return line.lstrip().startswith(b"{") and line.rstrip().endswith(b"}")
