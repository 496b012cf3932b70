"""The body of an assessment request: a FHIR resource or the plain form, told apart and read."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from cobalamin.fhir.decode.errors import NotJsonError, ReadError
from cobalamin.fhir.decode.json_repair import normalise
from cobalamin.fhir.reader import read_body
from cobalamin.schemas.paths import SchemaError
from cobalamin.service.http.errors import ApiError
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.lab.plain_form import read_plain
from cobalamin.service.lab.strict import faults
from cobalamin.service.rules.model.facts import Facts


class _Header(msgspec.Struct):
    """Whether the body names a FHIR type; a plain form never does."""

    resourceType: msgspec.Raw = msgspec.Raw(b"")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What a request says beside its body.

    `on` beats the form's own day. With a `subject` the data of others are passed over; without one
    FHIR is about one patient. In `strict` mode resources that are not valid FHIR are not used.
    """

    profile: Profile
    today: date
    on: date | None = None
    subject: str | None = None
    strict: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The facts of a request and the day that it asks about."""

    facts: Facts
    on: date


_headers = msgspec.json.Decoder(_Header)
_forms = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)


def read_request(body: bytes, asking: Asking, *, fhir: bool) -> Asked:
    """What is asked; `fhir` says that the body was sent as FHIR.

    Raises:
        ApiError: 400 where the body is no JSON object, 422 where it breaks its schema.
    """
    sent = normalise(body)
    header: _Header = _decoded(_headers.decode, sent)
    if fhir or header.resourceType:
        return Asked(facts=_read_fhir(sent, asking), on=asking.on or asking.today)
    return _read_plain(sent, asking)


def _read_fhir(body: bytes, asking: Asking) -> Facts:
    profile = asking.profile
    invalid = faults(body) if asking.strict else None
    try:
        return read_body(body, profile.codes, profile.knowledge.units, asking.subject, invalid)
    except NotJsonError as error:
        raise ApiError(400, error.problem, error.where) from None
    except ReadError as error:
        raise ApiError(422, error.problem, error.where) from None


def _read_plain(body: bytes, asking: Asking) -> Asked:
    from cobalamin.schemas.plain import load_plain  # noqa: PLC0415 - slow to import

    try:
        form = load_plain(_decoded(_forms.decode, body))
    except SchemaError as fault:
        raise ApiError(422, fault.message, fault.where or None) from None
    day = asking.on or form.get("asOf") or asking.today
    return Asked(facts=read_plain(form, asking.profile.knowledge.units, day), on=day)


def _decoded(decode: Callable[[bytes], Any], body: bytes) -> Any:  # noqa: ANN401
    try:
        return decode(body)
    except msgspec.ValidationError:
        raise ApiError(400, "the body must be a JSON object") from None
    except (msgspec.DecodeError, RecursionError, ValueError, ArithmeticError):
        raise ApiError(400, "the body is not JSON") from None
