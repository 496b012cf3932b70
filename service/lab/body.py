"""Parse the body of an assessment request: a FHIR resource or the plain form."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec

from cobalamin.fhir.decode.errors import NotJsonError, ReadError
from cobalamin.fhir.decode.json_repair import normalise
from cobalamin.fhir.decode.repeated_keys import SENT_TWICE, find_repeated_key
from cobalamin.fhir.reader import read_body
from cobalamin.schemas.paths import SchemaError
from cobalamin.schemas.plain_decoding import decode_plain_form
from cobalamin.schemas.plain_form import PlainForm
from cobalamin.service.http.errors import ApiError
from cobalamin.service.http.json_errors import not_json
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.lab.plain_form import read_plain
from cobalamin.service.lab.query import require_day_of_assessment
from cobalamin.service.lab.strict import find_errors
from cobalamin.service.reading_options import DEFAULT_OPTIONS, ReadingOptions
from cobalamin.service.rules.model.facts import Facts


class _Header(msgspec.Struct):
    """The resourceType of the body; a plain form has none."""

    resourceType: msgspec.Raw = msgspec.Raw(b"")


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentOptions:
    """Options of a request besides its body.

    `on` overrides the day of the form. With a `subject`, resources of other patients are ignored;
    without one, FHIR must be about one patient. In `strict` mode invalid resources are not used.
    `reading` is what the settings say about times.
    """

    profile: Profile
    today: date
    on: date | None = None
    subject: str | None = None
    strict: bool = False
    reading: ReadingOptions = DEFAULT_OPTIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentInput:
    """The facts of a request and the day of assessment."""

    facts: Facts
    on: date


_headers = msgspec.json.Decoder(_Header)


def read_request(body: bytes, options: AssessmentOptions, *, fhir: bool) -> AssessmentInput:
    """Parse a body; `fhir` says that it was sent with a FHIR media type.

    Raises:
        ApiError: 400 if the body is not a JSON object, 422 if it breaks its schema.
    """
    normalised = normalise(body)
    header: _Header = _decode(_headers.decode, normalised)
    if fhir or header.resourceType:
        return AssessmentInput(
            facts=_read_fhir(normalised, options), on=options.on or options.today
        )
    return _read_plain(normalised, options)


def _read_fhir(body: bytes, options: AssessmentOptions) -> Facts:
    profile = options.profile
    invalid = find_errors(body) if options.strict else None
    try:
        units = profile.knowledge.units
        return read_body(body, profile.codes, units, options.subject, invalid, options.reading)
    except NotJsonError as error:
        raise ApiError(400, error.problem, error.where) from None
    except ReadError as error:
        raise ApiError(422, error.problem, error.where) from None


def _read_plain(body: bytes, options: AssessmentOptions) -> AssessmentInput:
    repeated = find_repeated_key(body)
    if repeated is not None:
        raise ApiError(400, SENT_TWICE, repeated)
    try:
        form: PlainForm = _decode(decode_plain_form, body)
    except SchemaError as fault:
        raise ApiError(422, fault.message, fault.where or None) from None
    day = options.on or options.today
    if options.on is None and form.asOf is not None:
        day = require_day_of_assessment(form.asOf, "asOf")
    units = options.profile.knowledge.units
    return AssessmentInput(facts=read_plain(form, units, day, options.reading.zone), on=day)


def _decode(decode: Callable[[bytes], Any], body: bytes) -> Any:  # noqa: ANN401
    try:
        return decode(body)
    except msgspec.ValidationError:
        raise ApiError(400, "the body must be a JSON object") from None
    except (msgspec.DecodeError, RecursionError, ValueError, ArithmeticError):
        raise not_json(body) from None
