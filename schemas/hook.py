"""The envelope of a CDS Hooks call; prefetch and embedded FHIR never pass through here."""

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

from cobalamin.schemas.paths import first_fault
from cobalamin.schemas.references import bare


class _Tolerant(Schema):
    """Members that are not known are ignored, as clients may add their own."""

    class Meta:
        unknown = EXCLUDE


def _check_patient(value: str) -> None:
    if not bare(value, "Patient"):
        raise ValidationError("must be the id of a Patient")


class PatientContextSchema(_Tolerant):
    """The context that every hook here has in common."""

    patientId = fields.String(required=True, validate=_check_patient)
    userId = fields.String(load_default=None, allow_none=True)
    encounterId = fields.String(load_default=None, allow_none=True)

    @post_load
    def bare_ids(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Ids without their type; an encounter without an id is none."""
        encounter = bare(data["encounterId"] or "", "Encounter")
        patient = bare(data["patientId"], "Patient")
        return {**data, "patientId": patient, "encounterId": encounter or None}


class HookCallSchema(_Tolerant):
    """What a call must hold besides prefetch."""

    hook = fields.String(required=True, validate=validate.Length(min=1))
    hookInstance = fields.String(required=True, validate=validate.Length(min=1))
    fhirServer = fields.String(load_default=None, allow_none=True)
    fhirAuthorization = fields.Raw(load_default=None)
    context = fields.Nested(PatientContextSchema, required=True)

    @validates_schema
    def authorization_needs_a_server(self, data: Mapping[str, Any], **_: object) -> None:
        """A token is of no use without its server; what is no object is no authorization."""
        authorization = data.get("fhirAuthorization")
        if isinstance(authorization, dict) and authorization and not data.get("fhirServer"):
            message = "is required where fhirAuthorization is sent"
            raise ValidationError(message, "fhirServer")


_schema = HookCallSchema()


def load_call(members: Mapping[str, object]) -> dict[str, Any]:
    """The envelope's members, checked.

    Raises:
        SchemaError: a member is missing or of the wrong kind; `where` is its path.
    """
    try:
        loaded: dict[str, Any] = _schema.load(members)
    except ValidationError as error:
        raise first_fault(error) from None
    return loaded
