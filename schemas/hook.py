"""Schema of a CDS Hooks request without its prefetch and embedded FHIR resources."""

from collections.abc import Mapping
from typing import Any

from marshmallow import (
    EXCLUDE,
    Schema,
    ValidationError,
    fields,
    post_load,
    validate,
    validates_schema,
)

from cobalamin.schemas.paths import first_error
from cobalamin.schemas.references import MAX_ID_LENGTH, is_id, strip_type


class _LenientSchema(Schema):
    """Ignores unknown members: clients may add their own."""

    class Meta:
        unknown = EXCLUDE


def _check_patient(value: str) -> None:
    if not is_id(strip_type(value, "Patient")):
        raise ValidationError(f"must be the id of a Patient, of at most {MAX_ID_LENGTH} characters")


class PatientContextSchema(_LenientSchema):
    """The context members that all supported hooks share."""

    patientId = fields.String(required=True, validate=_check_patient)
    userId = fields.String(load_default=None, allow_none=True)
    encounterId = fields.String(load_default=None, allow_none=True)

    @post_load
    def bare_ids(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Strip the resource types; an empty encounter id becomes None."""
        encounter = strip_type(data["encounterId"] or "", "Encounter")
        patient = strip_type(data["patientId"], "Patient")
        return {**data, "patientId": patient, "encounterId": encounter or None}


class HookCallSchema(_LenientSchema):
    """The members of a request besides prefetch."""

    hook = fields.String(required=True, validate=validate.Length(min=1))
    hookInstance = fields.String(required=True, validate=validate.Length(min=1))
    fhirServer = fields.String(load_default=None, allow_none=True)
    fhirAuthorization = fields.Raw(load_default=None)
    context = fields.Nested(PatientContextSchema, required=True)

    @validates_schema
    def authorization_needs_a_server(self, data: Mapping[str, Any], **_: object) -> None:
        """Require fhirServer with fhirAuthorization; a non-object is ignored."""
        authorization = data.get("fhirAuthorization")
        if isinstance(authorization, dict) and authorization and not data.get("fhirServer"):
            message = "is required where fhirAuthorization is sent"
            raise ValidationError(message, "fhirServer")


_schema = HookCallSchema()


def load_call(members: Mapping[str, object]) -> dict[str, Any]:
    """Validate the members of a request.

    Raises:
        SchemaError: a member is missing or of the wrong kind; `where` is its path.
    """
    try:
        loaded: dict[str, Any] = _schema.load(members)
    except ValidationError as error:
        raise first_error(error) from None
    return loaded
