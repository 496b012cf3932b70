"""The input of `$b12-assess`: a Bundle, or Parameters that hold one."""

from datetime import date, tzinfo

import msgspec
from msgspec import Struct

from cobalamin.service.http.errors import ApiError
from cobalamin.service.http.json_errors import not_json
from cobalamin.service.lab.query import require_day_of_assessment
from cobalamin.service.rules.model.dates import read_when

READ_TYPES = frozenset({"Bundle", "Parameters"})


class _Reference(Struct):
    reference: str | None = None


class _Header(Struct):
    resourceType: str | None = None
    type: str | None = None


class _Parameter(Struct):
    name: str | None = None
    valueDateTime: str | None = None
    valueDate: str | None = None
    valueReference: _Reference | None = None
    resource: _Header | None = None


class _Body(Struct):
    resourceType: str | None = None
    parameter: list[_Parameter] | None = None


class OperationInput(Struct, frozen=True):
    """Subject and day of assessment, where the body names them."""

    subject: str | None = None
    effective: date | None = None


_bodies = msgspec.json.Decoder(_Body)


def read_input(body: bytes, zone: tzinfo) -> OperationInput:
    """Read the parameters around the data; `zone` is the service's.

    Raises:
        ApiError: 400 where the body is no JSON object, 422 where it is neither Bundle nor
            Parameters, holds no data, or says the day in no FHIR date.
    """
    document = _decode(body)
    if document.resourceType not in READ_TYPES:
        raise ApiError(422, "send a Bundle, or Parameters with data", "resourceType")
    if document.resourceType == "Bundle":
        return OperationInput()
    parameters = {
        parameter.name: (at, parameter)
        for at, parameter in enumerate(document.parameter or ())
        if parameter.name
    }
    if "data" not in parameters or parameters["data"][1].resource is None:
        raise ApiError(422, "the parameter data with a Bundle is required", "Parameters.parameter")
    _require_bundle(*parameters["data"])
    return OperationInput(
        _subject(parameters.get("subject")), _effective(parameters.get("effective"), zone)
    )


def _decode(body: bytes) -> _Body:
    try:
        return _bodies.decode(body)
    except msgspec.ValidationError:
        if not body.lstrip().startswith(b"{"):
            raise ApiError(400, "the body must be a JSON object") from None
        raise ApiError(422, "a parameter does not have the shape that FHIR gives it") from None
    except (msgspec.DecodeError, RecursionError, ValueError):
        raise not_json(body) from None


def _require_bundle(at: int, data: _Parameter) -> None:
    where = f"Parameters.parameter[{at}].resource"
    header = data.resource
    if header is None or header.resourceType != "Bundle":
        raise ApiError(422, "must be a Bundle", where)


def _subject(located: tuple[int, _Parameter] | None) -> str | None:
    if located is None or located[1].valueReference is None:
        return None
    return located[1].valueReference.reference


def _effective(located: tuple[int, _Parameter] | None, zone: tzinfo) -> date | None:
    """The day that is named; of a time with a zone, its day in the service's zone."""
    if located is None:
        return None
    at, parameter = located
    text = parameter.valueDateTime or parameter.valueDate
    where = f"Parameters.parameter[{at}]"
    try:
        on = read_when(text or "", zone)
    except ValueError:
        raise ApiError(422, "effective must be a FHIR dateTime", where) from None
    has_zone = on.instant is not None and on.instant.tzinfo is not None
    day = on.instant.astimezone(zone).date() if on.instant and has_zone else on.last
    return require_day_of_assessment(day, where)
