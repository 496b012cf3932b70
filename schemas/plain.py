"""The plain form of `POST /v1/assessments`: unknown members and unknown codes are refused."""

from collections.abc import Mapping
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from cobalamin.schemas.paths import first_fault
from cobalamin.schemas.values import Number, NumberOrWord, Truth, Word
from cobalamin.service.rules.model.facts import Flag
from cobalamin.service.rules.model.quantities import Comparator
from cobalamin.service.rules.model.vocabulary import Analyte, BodySite, Feature, History, Sex


class _Strict(Schema):
    class Meta:
        unknown = RAISE


class PatientSchema(_Strict):
    """Who it is about."""

    id = fields.String()
    sex = Word(Sex)
    birthDate = fields.String()
    age = fields.Integer(strict=True, validate=validate.Range(min=0, max=130))
    pregnant = Truth()
    gestationWeeks = fields.Integer(strict=True, validate=validate.Range(min=0, max=45))
    breastfeeding = Truth()


class RangeSchema(_Strict):
    """The report's own limits."""

    low = Number()
    high = Number()


class ResultSchema(_Strict):
    """One laboratory result."""

    analyte = Word(Analyte, required=True)
    value = NumberOrWord()
    unit = fields.String()
    date = fields.String()
    comparator = Word(Comparator)
    status = fields.String()
    interpretation = Word(Flag)
    referenceRange = fields.Nested(RangeSchema)


class FeatureSchema(_Strict):
    """One symptom or sign."""

    code = Word(Feature, required=True)
    present = Truth(load_default=True)
    progressive = Truth()
    objective = Truth()
    intermittent = Truth()
    onset = fields.String()
    bodySite = Word(BodySite)


class DoseSchema(_Strict):
    """A daily dose."""

    value = Number(required=True)
    unit = fields.String(required=True)


class HistorySchema(_Strict):
    """One condition, medicine, procedure or habit."""

    code = Word(History, required=True)
    active = Truth(load_default=True)
    since = fields.String()
    last = fields.String()
    dose = fields.Nested(DoseSchema)


class PlainFormSchema(_Strict):
    """The whole form; every member is optional."""

    patient = fields.Nested(PatientSchema)
    results = fields.List(fields.Nested(ResultSchema))
    features = fields.List(fields.Nested(FeatureSchema))
    history = fields.List(fields.Nested(HistorySchema))
    asOf = fields.Date()


_schema = PlainFormSchema()


def load_plain(form: Mapping[str, object]) -> dict[str, Any]:
    """The checked form.

    Raises:
        SchemaError: an unknown member, an unknown code or a wrong type; `where` is its path.
    """
    try:
        loaded: dict[str, Any] = _schema.load(form)
    except ValidationError as error:
        raise first_fault(error) from None
    return loaded
