"""Schemas of the findings of an assessment."""

from marshmallow import fields

from cobalamin.schemas.evidence import BecauseSchema, MeasuredSchema
from cobalamin.schemas.response import ResponseSchema
from cobalamin.schemas.values import EnumCode
from cobalamin.service.rules.model.assessment import (
    Band,
    Cells,
    Likelihood,
    Severity,
    Status,
    Tier,
)
from cobalamin.service.rules.model.parameter import Verification


class _FindingSchema(ResponseSchema):
    because = fields.List(fields.Nested(BecauseSchema), required=True)


class StatusSchema(_FindingSchema):
    """Vitamin B12 status by all markers; `band` is that of the B12 result alone."""

    value = EnumCode(Status, required=True)
    band = EnumCode(Band, required=True)
    earlier = fields.List(fields.Nested(MeasuredSchema), required=True)
    supporting = fields.List(fields.Nested(MeasuredSchema), required=True)


class AnaemiaSchema(_FindingSchema):
    """Anaemia and cell size."""

    value = EnumCode(Severity, required=True)
    cells = EnumCode(Cells, required=True)
    megaloblastic = EnumCode(Likelihood, required=True)


class NeuropathySchema(_FindingSchema):
    """The tier of neurological involvement."""

    tier = EnumCode(Tier, required=True)


class CodedSchema(_FindingSchema):
    """A cause or a confounder."""

    code = fields.String(required=True)


class CellSchema(ResponseSchema):
    """One cell of a published comparison table, with evidence for and against it."""

    table = fields.String(required=True)
    row = fields.String(required=True)
    column = fields.String(required=True)
    text = fields.String(required=True)
    supporting = fields.List(fields.String(), required=True, data_key="for")
    opposing = fields.List(fields.String(), required=True, data_key="against")
    citation = fields.String(required=True)
    verification = EnumCode(Verification, required=True)


class MuscleSchema(ResponseSchema):
    """Other explanations of a muscle complaint; absent without one.

    `line` is the sentence that cards and comments take from it, null where nothing speaks.
    """

    line = fields.String(required=True, allow_none=True)
    tables = fields.List(fields.Nested(CellSchema), required=True)


class LookAlikeSchema(ResponseSchema):
    """Another cause of macrocytosis or neurological signs."""

    of = fields.String(required=True)
    code = fields.String(required=True)
    text = fields.String(required=True)
    supporting = fields.List(fields.String(), required=True, data_key="for")
    tests = fields.List(fields.String(), required=True)
    citation = fields.String(required=True)
    verification = EnumCode(Verification, required=True)


class FindingsSchema(ResponseSchema):
    """All findings."""

    b12Status = fields.Nested(StatusSchema, required=True)
    anaemia = fields.Nested(AnaemiaSchema, required=True)
    neuropathy = fields.Nested(NeuropathySchema, required=True)
    causes = fields.List(fields.Nested(CodedSchema), required=True)
    confounders = fields.List(fields.Nested(CodedSchema), required=True)
    muscle = fields.Nested(MuscleSchema)
    lookAlikes = fields.List(fields.Nested(LookAlikeSchema))
