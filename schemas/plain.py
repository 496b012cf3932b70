"""Schema of the plain form of `POST /v1/assessments`; unknown members and codes are errors."""

from collections.abc import Mapping
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from cobalamin.schemas.paths import first_error
from cobalamin.schemas.values import Boolean, DecimalNumber, EnumCode, NumberOrFinding
from cobalamin.service.rules.model.facts import Flag
from cobalamin.service.rules.model.quantities import Comparator
from cobalamin.service.rules.model.vocabulary import Analyte, BodySite, Feature, Form, History, Sex


class _StrictSchema(Schema):
    class Meta:
        unknown = RAISE


class PatientSchema(_StrictSchema):
    """The patient."""

    id = fields.String()
    sex = EnumCode(Sex)
    birthDate = fields.String()
    age = fields.Integer(strict=True, validate=validate.Range(min=0, max=130))
    pregnant = Boolean()
    gestationWeeks = fields.Integer(strict=True, validate=validate.Range(min=0, max=45))
    breastfeeding = Boolean()


class RangeSchema(_StrictSchema):
    """The reference range of the report."""

    low = DecimalNumber()
    high = DecimalNumber()


class ResultSchema(_StrictSchema):
    """One laboratory result."""

    analyte = EnumCode(Analyte, required=True)
    value = NumberOrFinding()
    unit = fields.String()
    date = fields.String()
    comparator = EnumCode(Comparator)
    status = fields.String()
    interpretation = EnumCode(Flag)
    referenceRange = fields.Nested(RangeSchema)


class FeatureSchema(_StrictSchema):
    """One symptom or sign."""

    code = EnumCode(Feature, required=True)
    present = Boolean(load_default=True)
    progressive = Boolean()
    objective = Boolean()
    intermittent = Boolean()
    onset = fields.String()
    bodySite = EnumCode(BodySite)


class DoseSchema(_StrictSchema):
    """A daily dose."""

    value = DecimalNumber(required=True)
    unit = fields.String(required=True)


class HistorySchema(_StrictSchema):
    """One condition, medicine, procedure or habit."""

    code = EnumCode(History, required=True)
    active = Boolean(load_default=True)
    since = fields.String()
    last = fields.String()
    dose = fields.Nested(DoseSchema)
    form = EnumCode(Form)


class PlainFormSchema(_StrictSchema):
    """The whole form; every member is optional."""

    patient = fields.Nested(PatientSchema)
    results = fields.List(fields.Nested(ResultSchema))
    features = fields.List(fields.Nested(FeatureSchema))
    history = fields.List(fields.Nested(HistorySchema))
    asOf = fields.Date()


_schema = PlainFormSchema()


def load_plain(form: Mapping[str, object]) -> dict[str, Any]:
    """Validate a form.

    Raises:
        SchemaError: an unknown member, an unknown code or a wrong type; `where` is its path.
    """
    try:
        loaded: dict[str, Any] = _schema.load(form)
    except ValidationError as error:
        raise first_error(error) from None
    return loaded
