"""Schema of the short response of `POST /v1/assessments?answer=short`."""

from marshmallow import fields, validate

from cobalamin.schemas.response import ResponseSchema, VersionSchema
from cobalamin.schemas.values import EnumCode, EnumName
from cobalamin.service.rules.model.assessment import (
    Band,
    Likelihood,
    Outcome,
    Route,
    Severity,
    Status,
    Tier,
    Urgency,
)


class ShortAnswerSchema(ResponseSchema):
    """The assessment as codes alone; `notes` counts them by code."""

    outcome = EnumCode(Outcome, required=True)
    reasons = fields.List(fields.String(), required=True)
    subject = fields.String(required=True, allow_none=True)
    asOf = fields.Date(required=True)
    profile = fields.String(required=True)
    knowledge = fields.Nested(VersionSchema, required=True)
    status = EnumCode(Status, required=True)
    band = EnumCode(Band, required=True)
    anaemia = EnumCode(Severity, required=True)
    megaloblastic = EnumCode(Likelihood, required=True)
    tier = EnumCode(Tier, required=True)
    rung = fields.String(required=True, validate=validate.Regexp(r"R\d{1,2}\Z"))
    route = EnumCode(Route, required=True)
    urgency = EnumName(Urgency, required=True)
    suggestions = fields.List(fields.String(), required=True)
    recommended = fields.List(fields.String(), required=True)
    cautions = fields.List(fields.String(), required=True)
    causes = fields.List(fields.String(), required=True)
    notes = fields.Dict(keys=fields.String(), values=fields.Integer(strict=True), required=True)
    comment = fields.String(required=True, allow_none=True)
