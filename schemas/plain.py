"""The plain form of `POST /v1/assessments`: unknown members and unknown codes are refused."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from cobalamin.schemas.paths import first_fault
from cobalamin.service.rules.facts import Finding, Flag
from cobalamin.service.rules.quantities import Comparator
from cobalamin.service.rules.vocabulary import Analyte, BodySite, Feature, History, Sex

QUALITATIVE = frozenset(Finding)


class Word(fields.Field[StrEnum]):
    """A code of a closed vocabulary."""

    def __init__(self, vocabulary: type[StrEnum], **options: Any) -> None:  # noqa: ANN401
        super().__init__(**options)
        self.vocabulary = vocabulary

    def _deserialize(self, value: object, *_: object, **__: object) -> StrEnum:
        if isinstance(value, str) and value in set(self.vocabulary):
            return self.vocabulary(value)
        raise ValidationError(f"is not a code of {self.vocabulary.__name__.lower()} that is read")


class Number(fields.Field[Decimal]):
    """A JSON number with its digits; text is refused."""

    def _deserialize(self, value: object, *_: object, **__: object) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise ValidationError("must be a number")
        return Decimal(value)


class NumberOrWord(Number):
    """A number, or the word of a qualitative result."""

    def _deserialize(self, value: object, *more: object, **options: object) -> Any:  # noqa: ANN401
        if isinstance(value, str):
            if value in QUALITATIVE:
                return Finding(value)
            raise ValidationError(f"must be a number or one of {', '.join(Finding)}")
        return super()._deserialize(value, *more, **options)


class Truth(fields.Boolean):
    """true or false; no other spelling."""

    truthy = {True}  # noqa: RUF012 - marshmallow's own attribute
    falsy = {False}  # noqa: RUF012


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
