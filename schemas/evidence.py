"""Schemas of the results, features and history behind a finding, and of the limits applied."""

from marshmallow import fields

from cobalamin.schemas.response import ResponseSchema
from cobalamin.schemas.values import Boolean, DecimalNumber, EnumCode, NumberOrFinding
from cobalamin.service.rules.model.facts import Flag
from cobalamin.service.rules.model.parameter import Bound, Verification
from cobalamin.service.rules.model.quantities import Comparator
from cobalamin.service.rules.model.vocabulary import Analyte, BodySite, Feature, Form, History


class QuantitySchema(ResponseSchema):
    """A number in the unit that was reported."""

    value = DecimalNumber(required=True)
    unit = fields.String(required=True)
    comparator = EnumCode(Comparator)


class LimitSchema(QuantitySchema):
    """The published limit that a value was compared with, in the unit of the value."""

    id = fields.String(required=True)
    value = DecimalNumber()
    unit = fields.String()
    bound = EnumCode(Bound, required=True)
    verification = EnumCode(Verification, required=True)
    label = fields.String(required=True)
    locator = fields.String(required=True)


class MeasuredSchema(ResponseSchema):
    """One result as it was reported."""

    analyte = EnumCode(Analyte)
    value = NumberOrFinding()
    unit = fields.String()
    comparator = EnumCode(Comparator)
    interpretation = EnumCode(Flag)
    date = fields.String()
    reference = fields.String()


class BecauseSchema(MeasuredSchema):
    """One reason: the fact (result, feature or history), the limit and the citation."""

    fact = fields.String(required=True)
    feature = EnumCode(Feature)
    present = Boolean()
    progressive = Boolean()
    objective = Boolean()
    intermittent = Boolean()
    onset = fields.String()
    bodySite = EnumCode(BodySite)
    history = EnumCode(History)
    active = Boolean()
    since = fields.String()
    last = fields.String()
    dose = fields.Nested(QuantitySchema)
    form = EnumCode(Form)
    parameter = fields.Nested(LimitSchema)
    limit = fields.Nested(QuantitySchema)
    ownLimit = Boolean()
    citation = fields.String()
