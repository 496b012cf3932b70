"""Schema of the response of `POST /v1/assessments`."""

from marshmallow import fields

from cobalamin.schemas.cards import CardSchema, NoteSchema, ReasonOfOutcomeSchema
from cobalamin.schemas.findings import FindingsSchema
from cobalamin.schemas.plan import CommentSchema, PlanSchema, ReflexSchema, WorkListSchema
from cobalamin.schemas.response import ResponseSchema, VersionSchema
from cobalamin.schemas.values import EnumCode
from cobalamin.service.rules.model.assessment import Outcome


class UnknownSchema(ResponseSchema):
    """A missing fact; `wouldDecide` names what it could change, null if nothing."""

    fact = fields.String(required=True)
    wouldDecide = fields.String(required=True, allow_none=True)
    text = fields.String(required=True)


class CitedSchema(ResponseSchema):
    """A source; year and address are absent where none was read."""

    title = fields.String(required=True)
    year = fields.Integer()
    url = fields.Url()


class AssessmentSchema(ResponseSchema):
    """The whole response; all members are always present."""

    outcome = EnumCode(Outcome, required=True)
    reasons = fields.List(fields.Nested(ReasonOfOutcomeSchema), required=True)
    subject = fields.String(required=True, allow_none=True)
    asOf = fields.Date(required=True)
    profile = fields.String(required=True)
    knowledge = fields.Nested(VersionSchema, required=True)
    findings = fields.Nested(FindingsSchema, required=True)
    sources = fields.Dict(keys=fields.String(), values=fields.Nested(CitedSchema), required=True)
    plan = fields.Nested(PlanSchema, required=True)
    unknowns = fields.List(fields.Nested(UnknownSchema), required=True)
    notes = fields.List(fields.Nested(NoteSchema), required=True)
    comment = fields.Nested(CommentSchema, required=True, allow_none=True)
    workList = fields.Nested(WorkListSchema, required=True, allow_none=True)
    reflex = fields.List(fields.Nested(ReflexSchema), required=True)
    cards = fields.List(fields.Nested(CardSchema), required=True)
