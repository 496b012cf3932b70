"""A CDS Hooks call as it arrives: the envelope checked, prefetch left as it is for the reader."""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from cobalamin.fhir.decode.json_repair import whole, without_mark
from cobalamin.schemas.paths import SchemaError
from cobalamin.schemas.references import bare
from cobalamin.service.cds_hooks.authorization import Authorization, read_authorization
from cobalamin.service.cds_hooks.services import HookService
from cobalamin.service.http.errors import ApiError

NOTHING = msgspec.Raw(b"")
NOT_JSON = "the body is not JSON"
PATIENTS_OWN = frozenset({"Patient", "RelatedPerson"})
Text = Annotated[str, Meta(min_length=1)]


class _Context(Struct):
    patientId: str
    userId: str | None = None
    encounterId: str | None = None


class _Call(Struct):
    """A call as it should be; what this does not take is looked at again, and named."""

    hook: Text
    hookInstance: Text
    context: _Context
    fhirServer: str | None = None
    fhirAuthorization: Any = None
    prefetch: dict[str, msgspec.Raw] = {}


class _Envelope(msgspec.Struct):
    hook: Any = None
    hookInstance: Any = None
    fhirServer: Any = None
    fhirAuthorization: Any = None
    context: Any = None
    prefetch: dict[str, msgspec.Raw] = {}


class _OddEnvelope(_Envelope):
    """The same, where prefetch is of another shape: then it was not sent."""

    prefetch: msgspec.Raw = NOTHING  # type: ignore[assignment]


class _Contexts(Struct):
    context: dict[str, msgspec.Raw]


class DraftContext(Struct, frozen=True, kw_only=True):
    """What is being written, where it stands, and which of it is asked about; None means all.

    A hook that brings none has an empty one.
    """

    bundle: msgspec.Raw = NOTHING
    where: str = "context"
    selected: tuple[str, ...] | None = None


class HookRequest(Struct, frozen=True, kw_only=True):
    """Whom a call is about, who asks, and what was sent for each prefetch key.

    `for_nobody` says that no user is named who could act on a card.
    """

    patient_id: str
    encounter_id: str | None
    for_patient: bool
    for_nobody: bool
    prefetch: Mapping[str, msgspec.Raw]
    written: DraftContext = DraftContext()
    authorization: Authorization | None = None


_calls = msgspec.json.Decoder(_Call)
_envelopes = msgspec.json.Decoder(_Envelope)
_contexts = msgspec.json.Decoder(_Contexts)
_texts = msgspec.json.Decoder(list[str])
_odd_envelopes = msgspec.json.Decoder(_OddEnvelope)


def parse_request(body: bytes, service: HookService) -> HookRequest:
    """The call that a body holds.

    Raises:
        ApiError: 400 where the body is no JSON object, lacks a required member, or names the
            hook of another service.
    """
    body = without_mark(body)
    call = _well_formed(body)
    if call is None:
        body = whole(body)
        call = _well_formed(body) or _checked(body)
    if not service.answers(call.hook):
        raise ApiError(400, f"this service answers the hook {service.hook}", "hook")
    context = call.context
    encounter_id = bare(context.encounterId or "", "Encounter") or None
    if service.at_encounter and encounter_id is None:
        raise ApiError(400, "must be the id of an Encounter", "context.encounterId")
    return HookRequest(
        patient_id=bare(context.patientId, "Patient"),
        encounter_id=encounter_id,
        for_patient=_is_of_patient(context.userId or ""),
        for_nobody=not context.userId,
        prefetch=call.prefetch,
        written=_written(body, service, call.hook),
        authorization=read_authorization(call.fhirServer, call.fhirAuthorization),
    )


def _well_formed(body: bytes) -> _Call | None:
    """The call where nothing is wrong with its envelope: one scan, without the schema."""
    try:
        call = _calls.decode(body)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return None
    if call.fhirAuthorization and not call.fhirServer:
        return None
    return call if bare(call.context.patientId, "Patient") else None


def _checked(body: bytes) -> _Call:
    """The call as the schema takes it.

    Raises:
        ApiError: 400 with what is wrong, and where.
    """
    from cobalamin.schemas.hook import load_call  # noqa: PLC0415 - slow to import; seldom needed

    envelope = _decoded(body)
    members = {name: getattr(envelope, name) for name in _Envelope.__struct_fields__[:5]}
    try:
        call = load_call({name: value for name, value in members.items() if value is not None})
    except SchemaError as fault:
        raise ApiError(400, fault.message, fault.where) from None
    return _Call(**{**call, "context": _Context(**call["context"])}, prefetch=envelope.prefetch)


def _written(body: bytes, service: HookService, hook: str) -> DraftContext:
    """What the context says is being written; only now, because most calls have none.

    Raises:
        ApiError: 400 where it, or the selections among it, is missing or of another kind.
    """
    member = service.member(hook)
    if member is None:
        return DraftContext()
    try:
        context = _contexts.decode(body).context
    except (msgspec.MsgspecError, RecursionError, ValueError):
        raise ApiError(400, NOT_JSON) from None
    where = f"context.{member}"
    bundle = context.get(member, NOTHING)
    if not bytes(bundle).startswith(b"{"):
        raise ApiError(400, "must be a Bundle of what is being written", where)
    selects = service.selects and hook == service.hook
    selected = _selections(context.get("selections", NOTHING)) if selects else None
    return DraftContext(bundle=bundle, where=where, selected=selected)


def _selections(raw: msgspec.Raw) -> tuple[str, ...]:
    try:
        return tuple(_texts.decode(raw))
    except (msgspec.MsgspecError, ValueError):
        text = "must be a list of references to draft orders"
        raise ApiError(400, text, "context.selections") from None


def _is_of_patient(user_id: str) -> bool:
    """Whether a patient or relative asks: `Patient/1`, or an address that ends so."""
    return not PATIENTS_OWN.isdisjoint(user_id.split("/")[-2:-1])


def _decoded(body: bytes) -> _Envelope:
    try:
        return _envelopes.decode(body)
    except msgspec.ValidationError:
        return _odd(body)
    except (msgspec.DecodeError, RecursionError, ValueError):
        raise ApiError(400, NOT_JSON) from None


def _odd(body: bytes) -> _Envelope:
    try:
        odd = _odd_envelopes.decode(body)
    except msgspec.ValidationError:
        raise ApiError(400, "the body must be a JSON object") from None
    return _Envelope(odd.hook, odd.hookInstance, odd.fhirServer, odd.fhirAuthorization, odd.context)
