"""A CDS Hooks request: the envelope is checked, prefetch is left as raw JSON for the reader."""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from cobalamin.fhir.decode.json_repair import replace_lone_surrogates, strip_bom
from cobalamin.fhir.decode.repeated_keys import SENT_TWICE, find_repeated_key
from cobalamin.schemas.paths import SchemaError
from cobalamin.schemas.references import is_id, strip_type
from cobalamin.service.cds_hooks.authorization import Authorization, read_authorization
from cobalamin.service.cds_hooks.services import HookService
from cobalamin.service.http.errors import ApiError
from cobalamin.service.http.json_errors import not_json

NOTHING = msgspec.Raw(b"")
PATIENTS_OWN = frozenset({"Patient", "RelatedPerson"})
Text = Annotated[str, Meta(min_length=1)]


class _Context(Struct):
    patientId: str
    userId: str | None = None
    encounterId: str | None = None


class _Request(Struct):
    """A well-formed request; one that does not fit is decoded again to name what is wrong."""

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
    """The envelope where prefetch is no object, which counts as not sent."""

    prefetch: msgspec.Raw = NOTHING  # type: ignore[assignment]


class _Contexts(Struct):
    context: dict[str, msgspec.Raw]


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


_requests = msgspec.json.Decoder(_Request)
_envelopes = msgspec.json.Decoder(_Envelope)
_contexts = msgspec.json.Decoder(_Contexts)
_texts = msgspec.json.Decoder(list[str])
_odd_envelopes = msgspec.json.Decoder(_OddEnvelope)


def parse_request(body: bytes, service: HookService) -> HookRequest:
    """Parse and check the body of a request.

    Raises:
        ApiError: 400 where the body is no JSON object, names a member twice, lacks a required
            member, or names the hook of another service.
    """
    body = strip_bom(body)
    parsed = _well_formed(body)
    if parsed is None:
        body = replace_lone_surrogates(body)
        parsed = _well_formed(body) or _checked(body)
    repeated = find_repeated_key(body)
    if repeated is not None:
        raise ApiError(400, SENT_TWICE, repeated)
    if not service.answers(parsed.hook):
        raise ApiError(400, f"this service answers the hook {service.hook}", "hook")
    context = parsed.context
    encounter_id = _encounter_id(context)
    if service.at_encounter and encounter_id is None:
        raise ApiError(400, "must be the id of an Encounter", "context.encounterId")
    return HookRequest(
        patient_id=strip_type(context.patientId, "Patient"),
        encounter_id=encounter_id,
        for_patient=_is_of_patient(context.userId or ""),
        has_user=bool(context.userId),
        prefetch=parsed.prefetch,
        hook_instance=parsed.hookInstance,
        drafts=_drafts(body, service, parsed.hook),
        authorization=read_authorization(parsed.fhirServer, parsed.fhirAuthorization),
    )


def _encounter_id(context: _Context) -> str | None:
    """The id of the encounter; one that is none is not sent, as it only adds to what is drafted."""
    identifier = strip_type(context.encounterId or "", "Encounter")
    return identifier if is_id(identifier) else None


def _well_formed(body: bytes) -> _Request | None:
    """The request in one scan, without the schema; None where its envelope has a fault."""
    try:
        parsed = _requests.decode(body)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return None
    if parsed.fhirAuthorization and not parsed.fhirServer:
        return None
    return parsed if is_id(strip_type(parsed.context.patientId, "Patient")) else None


def _checked(body: bytes) -> _Request:
    """The request as the schema loads it.

    Raises:
        ApiError: 400 with what is wrong, and where.
    """
    from cobalamin.schemas.hook import load_call  # noqa: PLC0415 - slow to import; seldom needed

    envelope = _decoded(body)
    members = {name: getattr(envelope, name) for name in _Envelope.__struct_fields__[:5]}
    try:
        loaded = load_call({name: value for name, value in members.items() if value is not None})
    except SchemaError as fault:
        raise ApiError(400, fault.message, fault.where) from None
    return _Request(
        **{**loaded, "context": _Context(**loaded["context"])}, prefetch=envelope.prefetch
    )


def _drafts(body: bytes, service: HookService, hook: str) -> DraftContext:
    """The drafts of the context; decoded separately, because most hooks have none.

    Raises:
        ApiError: 400 where it, or the selections among it, is missing or of another kind.
    """
    member = service.member_for(hook)
    if member is None:
        return DraftContext()
    try:
        context = _contexts.decode(body).context
    except (msgspec.MsgspecError, RecursionError, ValueError):
        raise not_json(body) from None
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
        raise not_json(body) from None


def _odd(body: bytes) -> _Envelope:
    try:
        odd = _odd_envelopes.decode(body)
    except msgspec.ValidationError:
        raise ApiError(400, "the body must be a JSON object") from None
    except (msgspec.DecodeError, RecursionError, ValueError):
        # The first decoder may stop at an odd member before it sees that the rest is no JSON.
        raise not_json(body) from None
    return _Envelope(odd.hook, odd.hookInstance, odd.fhirServer, odd.fhirAuthorization, odd.context)
