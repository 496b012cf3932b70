"""Schema of the plain form of `POST /v1/assessments`; unknown members and codes are errors."""

from collections.abc import Mapping
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, pre_load, validate

from cobalamin.schemas.paths import first_error
from cobalamin.schemas.plain_form import MAX_ELEMENTS
from cobalamin.schemas.references import MAX_ID_LENGTH
from cobalamin.schemas.values import (
    Boolean,
    BoundedList,
    DecimalNumber,
    EnumCode,
    NumberOrFinding,
    WholeNumber,
)
from cobalamin.service.rules.model.facts import Flag
from cobalamin.service.rules.model.quantities import Comparator
from cobalamin.service.rules.model.vocabulary import Analyte, BodySite, Feature, Form, History, Sex

MANY_MEMBERS = 50


class _StrictSchema(Schema):
    class Meta:
        unknown = RAISE

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - those of the library
        super().__init__(**options)
        known = f"is not a member that is read; known are {', '.join(self.fields)}"
        self.error_messages = {**self.error_messages, "unknown": known}

    @pre_load
    def refuse_many_members(self, document: object, **_: object) -> object:
        """Stop at the first unknown member of an object that has far too many."""
        if isinstance(document, Mapping) and len(document) > MANY_MEMBERS:
            unknown = next(name for name in document if name not in self.fields)
            raise ValidationError({unknown: [self.error_messages["unknown"]]})
        return document


class PatientSchema(_StrictSchema):
    """The patient."""

    id = fields.String(
        validate=validate.Length(
            max=MAX_ID_LENGTH, error=f"must have at most {MAX_ID_LENGTH} characters"
        )
    )
    sex = EnumCode(Sex)
    birthDate = fields.String()
    age = WholeNumber(validate=validate.Range(min=0, max=130))
    pregnant = Boolean()
    gestationWeeks = WholeNumber(validate=validate.Range(min=0, max=45))
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
    results = BoundedList(fields.Nested(ResultSchema), MAX_ELEMENTS)
    features = BoundedList(fields.Nested(FeatureSchema), MAX_ELEMENTS)
    history = BoundedList(fields.Nested(HistorySchema), MAX_ELEMENTS)
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
