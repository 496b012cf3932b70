"""Schemas of the plan, the report comment and the tests to add."""

from marshmallow import fields, validate

from cobalamin.schemas.cards import ReasonOfOutcomeSchema
from cobalamin.schemas.response import ResponseSchema
from cobalamin.schemas.values import Boolean, EnumCode, EnumName
from cobalamin.service.rules.model.assessment import Route, Urgency
from cobalamin.service.rules.model.parameter import Verification

KINDS = ("medication", "test", "diet", "referral", "monitoring")


class SuggestedSchema(ResponseSchema):
    """One suggestion; `resource` is a FHIR R4 draft, where there is one."""

    code = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    label = fields.String(required=True)
    recommended = Boolean(required=True)
    resource = fields.Dict(keys=fields.String())


class ExpectationSchema(ResponseSchema):
    """Expected recovery or purpose of a review, with its source."""

    text = fields.String(required=True)
    citation = fields.String(required=True)
    verification = EnumCode(Verification, required=True)


class CautionSchema(ReasonOfOutcomeSchema):
    """A caution with its source."""

    citation = fields.String(required=True)
    verification = EnumCode(Verification, required=True)


class PlanSchema(ResponseSchema):
    """The plan."""

    rung = fields.String(required=True, validate=validate.Regexp(r"R\d{1,2}\Z"))
    route = EnumCode(Route, required=True)
    urgency = EnumName(Urgency, required=True)
    suggestions = fields.List(fields.Nested(SuggestedSchema), required=True)
    cautions = fields.List(fields.Nested(CautionSchema), required=True)
    expectations = fields.List(fields.Nested(ExpectationSchema), required=True)


class CommentSchema(ResponseSchema):
    """The report comment."""

    code = fields.String(required=True)
    text = fields.String(required=True)
    authorisation = fields.String(required=True, validate=validate.OneOf(("required", "automatic")))


class WorkListSchema(ResponseSchema):
    """Why a person should review the report although no comment was made."""

    code = fields.String(required=True)
    text = fields.String(required=True)


class ReflexSchema(ResponseSchema):
    """A test that could be added to the same sample, or is by a rule of the site file."""

    code = fields.String(required=True)
    label = fields.String(required=True)
    loinc = fields.String(required=True, allow_none=True)
    action = fields.String(required=True, validate=validate.OneOf(("add", "suggest")))
    rule = fields.String(required=True)
