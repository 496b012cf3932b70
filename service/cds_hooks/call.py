"""A CDS Hooks call as it arrives: the envelope checked, prefetch left as it is for the reader."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from cobalamin.schemas.hook import load_call
from cobalamin.schemas.paths import SchemaError
from cobalamin.service.cds_hooks.discovery import HookService
from cobalamin.service.errors import ApiError

BOM = b"\xef\xbb\xbf"
NOTHING = msgspec.Raw(b"")
PATIENTS_OWN = frozenset({"Patient", "RelatedPerson"})


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


class HookCall(Struct, frozen=True, kw_only=True):
    """Whom a call is about, who asks, and what was sent for each prefetch key."""

    patient_id: str
    encounter_id: str | None
    for_patient: bool
    prefetch: Mapping[str, msgspec.Raw]


_envelopes = msgspec.json.Decoder(_Envelope)
_odd_envelopes = msgspec.json.Decoder(_OddEnvelope)


def read_call(body: bytes, service: HookService) -> HookCall:
    """The call that a body holds.

    Raises:
        ApiError: 400 where the body is no JSON object, lacks a required member, or names the
            hook of another service.
    """
    envelope = _decoded(body.removeprefix(BOM))
    members = {name: getattr(envelope, name) for name in _Envelope.__struct_fields__[:5]}
    try:
        call = load_call({name: value for name, value in members.items() if value is not None})
    except SchemaError as fault:
        raise ApiError(400, fault.message, fault.where) from None
    if call["hook"] != service.hook:
        raise ApiError(400, f"this service answers the hook {service.hook}", "hook")
    context = call["context"]
    return HookCall(
        patient_id=context["patientId"],
        encounter_id=context["encounterId"],
        for_patient=_is_of_patient(context["userId"] or ""),
        prefetch=envelope.prefetch,
    )


def _is_of_patient(user_id: str) -> bool:
    """Whether a patient or relative asks: `Patient/1`, or an address that ends so."""
    return not PATIENTS_OWN.isdisjoint(user_id.split("/")[-2:-1])


def _decoded(body: bytes) -> _Envelope:
    try:
        return _envelopes.decode(body)
    except msgspec.ValidationError:
        return _odd(body)
    except (msgspec.DecodeError, RecursionError, ValueError):
        raise ApiError(400, "the body is not JSON") from None


def _odd(body: bytes) -> _Envelope:
    try:
        odd = _odd_envelopes.decode(body)
    except msgspec.ValidationError:
        raise ApiError(400, "the body must be a JSON object") from None
    return _Envelope(odd.hook, odd.hookInstance, odd.fhirServer, odd.fhirAuthorization, odd.context)
