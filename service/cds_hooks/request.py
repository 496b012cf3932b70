"""A CDS Hooks request: the envelope is checked, prefetch is left as raw JSON for the reader."""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from cobalamin.fhir.decode.json_repair import replace_lone_surrogates, strip_bom
from cobalamin.fhir.decode.repeated_keys import SENT_TWICE, find_repeated_key
from cobalamin.schemas.references import MAX_ID_LENGTH, is_id, strip_type
from cobalamin.service.cds_hooks.authorization import Authorization, read_authorization
from cobalamin.service.cds_hooks.services import HookService
from cobalamin.service.http.errors import ApiError
from cobalamin.service.http.json_errors import describe_error, not_json

NOTHING = msgspec.Raw(b"")
PATIENTS_OWN = frozenset({"Patient", "RelatedPerson"})
Text = Annotated[str, Meta(min_length=1)]


class _Context(Struct):
    """The members of the context that any hook of ours reads."""

    patientId: str
    userId: str | None = None
    encounterId: str | None = None
    draftOrders: msgspec.Raw = NOTHING
    medications: msgspec.Raw = NOTHING
    orders: msgspec.Raw = NOTHING
    conditions: msgspec.Raw = NOTHING
    selections: msgspec.Raw = NOTHING


class _Envelope(Struct):
    """The members of a request; prefetch of another kind than an object counts as not sent."""

    hook: Text
    hookInstance: Text
    context: _Context
    fhirServer: str | None = None
    fhirAuthorization: Any = None
    prefetch: msgspec.Raw = NOTHING


class DraftContext(Struct, frozen=True, kw_only=True):
    """The member of the context with what is being written, and where it stands.

    `selected` are the references of the selected orders, None for all. A hook without such a
    member has an empty `bundle`.
    """

    bundle: msgspec.Raw = NOTHING
    where: str = "context"
    selected: tuple[str, ...] | None = None


class HookRequest(Struct, frozen=True, kw_only=True):
    """The patient of a request, its user, and what was sent for each prefetch key.

    `for_patient`: the user is a patient or relative. `has_user`: one is named; without it nobody
    can act on a card.
    """

    patient_id: str
    encounter_id: str | None
    for_patient: bool
    has_user: bool
    prefetch: Mapping[str, msgspec.Raw]
    hook_instance: str = ""
    drafts: DraftContext = DraftContext()
    authorization: Authorization | None = None


_envelopes = msgspec.json.Decoder(_Envelope)
_prefetches = msgspec.json.Decoder(dict[str, msgspec.Raw])
_texts = msgspec.json.Decoder(list[str])


def parse_request(body: bytes, service: HookService) -> HookRequest:
    """Parse and check the body of a request.

    Raises:
        ApiError: 400 where the body is no JSON object, names a member twice, lacks a required
            member, or names the hook of another service.
    """
    body, envelope = _decode(strip_bom(body))
    repeated = find_repeated_key(body)
    if repeated is not None:
        raise ApiError(400, SENT_TWICE, repeated)
    token = envelope.fhirAuthorization
    if isinstance(token, dict) and token and not envelope.fhirServer:
        raise ApiError(400, "is required where fhirAuthorization is sent", "fhirServer")
    if not service.answers(envelope.hook):
        raise ApiError(400, f"this service answers the hook {service.hook}", "hook")
    context = envelope.context
    patient_id = strip_type(context.patientId, "Patient")
    if not is_id(patient_id):
        problem = f"must be the id of a Patient, of at most {MAX_ID_LENGTH} characters"
        raise ApiError(400, problem, "context.patientId")
    encounter_id = _encounter_id(context)
    if service.at_encounter and encounter_id is None:
        raise ApiError(400, "must be the id of an Encounter", "context.encounterId")
    return HookRequest(
        patient_id=patient_id,
        encounter_id=encounter_id,
        for_patient=_is_of_patient(context.userId or ""),
        has_user=bool(context.userId),
        prefetch=_prefetch(envelope.prefetch),
        hook_instance=envelope.hookInstance,
        drafts=_drafts(context, service, envelope.hook),
        authorization=read_authorization(envelope.fhirServer, token),
    )


def _decode(body: bytes) -> tuple[bytes, _Envelope]:
    """The body, with lone surrogates replaced if it has any, and its envelope.

    Raises:
        ApiError: 400 with what is wrong, and where.
    """
    try:
        return body, _envelopes.decode(body)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        body = replace_lone_surrogates(body)
    try:
        return body, _envelopes.decode(body)
    except msgspec.ValidationError as error:
        _require_json(body)
        message, where = describe_error(error)
        raise ApiError(400, message, where) from None
    except (msgspec.DecodeError, RecursionError, ValueError):
        raise not_json(body) from None


def _require_json(body: bytes) -> None:
    """The decoder may stop at a member of the wrong kind before it sees that the rest is no JSON.

    Raises:
        ApiError: 400 where the body is not JSON.
    """
    try:
        msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, ValueError):
        raise not_json(body) from None


def _prefetch(raw: msgspec.Raw) -> Mapping[str, msgspec.Raw]:
    try:
        return _prefetches.decode(raw)
    except (msgspec.MsgspecError, ValueError):
        return {}


def _encounter_id(context: _Context) -> str | None:
    """The id of the encounter; one that is none is not sent, as it only adds to what is drafted."""
    identifier = strip_type(context.encounterId or "", "Encounter")
    return identifier if is_id(identifier) else None


def _drafts(context: _Context, service: HookService, hook: str) -> DraftContext:
    """The drafts of the context.

    Raises:
        ApiError: 400 where they, or the selections among them, are missing or of another kind.
    """
    member = service.member_for(hook)
    if member is None:
        return DraftContext()
    where = f"context.{member}"
    bundle: msgspec.Raw = getattr(context, member)
    if not bytes(bundle).startswith(b"{"):
        raise ApiError(400, "must be a Bundle of what is being written", where)
    selects = service.selects and hook == service.hook
    selected = _selections(context.selections) if selects else None
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
