"""Assesses what a visitor of the page sent, by the very code that answers the interfaces.

A visit is no evaluation of a patient: nothing of it enters the audit trail, and no FHIR server is
asked. The answer is the one of the mode `live`, whatever mode the service is in.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from time import monotonic
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace as with_changes

from cobalamin.fhir.writer import Json
from cobalamin.service.answers.plain import encode
from cobalamin.service.cds_hooks.hook_answer import HookAnswer, HookCall, to_body
from cobalamin.service.cds_hooks.patient import answer_case
from cobalamin.service.cds_hooks.patient_data import PatientDataSource
from cobalamin.service.cds_hooks.request import HookRequest, parse_request
from cobalamin.service.cds_hooks.services import PATIENT_VIEW, SERVICES, HookService
from cobalamin.service.cds_hooks.views import ANSWERS
from cobalamin.service.http.app_context import AppContext
from cobalamin.service.http.errors import ApiError
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.lab.body import AssessmentOptions, read_request
from cobalamin.service.lab.hl7v2.message import (
    Message,
    RejectedError,
    UnreadableError,
    check_kind,
    parse,
)
from cobalamin.service.lab.hl7v2.reader import read_message
from cobalamin.service.modes import ALL_LIVE
from cobalamin.service.rules.assess import assess_case
from cobalamin.service.rules.evidence.case import Case
from cobalamin.service.rules.model.assessment import Assessment
from cobalamin.service.rules.model.facts import Facts
from cobalamin.service.settings import Mode

Suppose = Callable[[Facts, date], Facts]
"""Adds what the switches suppose to the facts of a day."""


class Evaluated(Struct, frozen=True, kw_only=True):
    """What was made of a body: the interface that it is for, the case and the hook's answer.

    `message` is the one that was read from HL7 v2.
    """

    interface: str
    body: bytes
    profile: Profile
    case: Case
    assessment: Assessment
    cards: tuple[Json, ...]
    hook_answer: HookAnswer
    hook_call: HookCall
    ctx: AppContext
    message: Message | None = None

    def hook_body(self) -> Json:
        """The answer of the CDS Service."""
        return to_body(self.hook_answer, self.hook_call, self.ctx)


def page_context(ctx: AppContext, profile_id: str, day: date) -> AppContext:
    """The context of a visit: a client that shows everything, live, on this day, not recorded."""
    settings = replace(ctx.settings, profile=profile_id, mode=Mode.live)
    return replace(
        ctx, settings=settings, client=None, modes=ALL_LIVE, audit=None, today=lambda: day
    )


def evaluate(
    body: bytes, ctx: AppContext, profile_id: str, day: date | None, suppose: Suppose
) -> Evaluated:
    """Assess a plain form, a FHIR Bundle, a CDS Hooks request or an HL7 v2 message.

    `day` is the day of assessment, None for that of the form, else today.

    Raises:
        ApiError: the body is none of these, or is refused by its interface.
    """
    ctx = page_context(ctx, profile_id, day or ctx.today())
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n\x0b")
    if start.startswith((b"MSH", b"FHS", b"BHS")):
        return _message(start, ctx, suppose)
    hook = _hook_of(body)
    if hook is None:
        return _document(body, ctx, day, suppose)
    return _hook(body, hook, ctx, suppose)


class _Hook(Struct):
    hook: Any = None


def _hook_of(body: bytes) -> str | None:
    """The hook that a request names; None for anything else."""
    try:
        hook = msgspec.json.decode(body, type=_Hook).hook
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    return hook if isinstance(hook, str) else None


def _document(body: bytes, ctx: AppContext, day: date | None, suppose: Suppose) -> Evaluated:
    options = AssessmentOptions(
        profile=ctx.profile,
        today=ctx.today(),
        on=day,
        strict=ctx.settings.strict,
        reading=ctx.settings.reading,
    )
    read = read_request(body, options, fhir=False)
    return _of_patient("/v1/assessments", body, suppose(read.facts, read.on), read.on, ctx)


def _message(body: bytes, ctx: AppContext, suppose: Suppose) -> Evaluated:
    try:
        message = parse(body)
        check_kind(message)
        facts = read_message(message, ctx.profile, ctx.settings.reading)
    except UnreadableError:
        raise ApiError(400, "there is no readable MSH segment", "MSH") from None
    except RejectedError as error:
        raise ApiError(422, str(error), error.where) from None
    day = ctx.today()
    evaluated = _of_patient("/hl7v2", body, suppose(facts, day), day, ctx)
    return with_changes(evaluated, message=message)


def _of_patient(interface: str, body: bytes, facts: Facts, day: date, ctx: AppContext) -> Evaluated:
    """What patient-view answers about these facts, and the same assessment in full."""
    ctx = replace(ctx, today=lambda: day)
    request = HookRequest(
        patient_id=facts.patient.id or "example",
        encounter_id=None,
        for_patient=False,
        has_user=True,
        prefetch={},
    )
    case = Case(facts, ctx.profile.knowledge, day)
    answer = answer_case(case, PATIENT_VIEW, request, ctx)
    return _evaluated(interface, body, answer, HookCall(PATIENT_VIEW, request, monotonic()), ctx)


def _hook(body: bytes, hook: str, ctx: AppContext, suppose: Suppose) -> Evaluated:
    service = _service_for(hook)
    request = parse_request(body, service)
    # The page asks no server: a token that was pasted is not used.
    request = with_changes(request, authorization=None)
    started = monotonic()
    read = PatientDataSource(ctx.settings).load(request, ctx, started)
    read = with_changes(read, facts=suppose(read.facts, ctx.today()))
    answer = ANSWERS[service.id](service, request, read, ctx)
    interface = f"/cds-services/{service.id.value}"
    return _evaluated(interface, body, answer, HookCall(service, request, started), ctx)


def _service_for(hook: str) -> HookService:
    service = next((service for service in SERVICES if service.answers(hook)), None)
    if service is None:
        names = ", ".join(service.hook for service in SERVICES)
        raise ApiError(400, f"no service answers this hook; send one of {names}", "hook")
    return service


def _evaluated(
    interface: str, body: bytes, answer: HookAnswer, call: HookCall, ctx: AppContext
) -> Evaluated:
    return Evaluated(
        interface=interface,
        body=body,
        profile=ctx.profile,
        case=answer.case,
        assessment=answer.assessment or assess_case(answer.case),
        cards=tuple(answer.cards),
        hook_answer=answer,
        hook_call=call,
        ctx=ctx,
    )


def encoded(form: Json) -> bytes:
    """A plain form as it is sent."""
    return encode(form)
