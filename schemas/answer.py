"""Schema of the response of `POST /v1/assessments`."""

from marshmallow import RAISE, Schema, fields, validate

from cobalamin.schemas.cards import CardSchema, NoteSchema, ReasonOfOutcomeSchema
from cobalamin.schemas.values import Boolean, DecimalNumber, EnumCode, EnumName, NumberOrFinding
from cobalamin.service.rules.model.assessment import (
    Band,
    Cells,
    Likelihood,
    Outcome,
    Route,
    Severity,
    Status,
    Tier,
    Urgency,
)
from cobalamin.service.rules.model.facts import Flag
from cobalamin.service.rules.model.parameter import Bound, Verification
from cobalamin.service.rules.model.quantities import Comparator
from cobalamin.service.rules.model.vocabulary import Analyte, BodySite, Feature, Form, History

KINDS = ("medication", "test", "diet", "referral", "monitoring")


class _ResponseSchema(Schema):
    class Meta:
        unknown = RAISE


class QuantitySchema(_ResponseSchema):
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


class MeasuredSchema(_ResponseSchema):
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


class _FindingSchema(_ResponseSchema):
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


class CellSchema(_ResponseSchema):
    """One cell of a published comparison table, with evidence for and against it."""

    table = fields.String(required=True)
    row = fields.String(required=True)
    column = fields.String(required=True)
    text = fields.String(required=True)
    supporting = fields.List(fields.String(), required=True, data_key="for")
    opposing = fields.List(fields.String(), required=True, data_key="against")
    citation = fields.String(required=True)
    verification = EnumCode(Verification, required=True)


class MuscleSchema(_ResponseSchema):
    """Other explanations of a muscle complaint; absent without one.

    `line` is the sentence that cards and comments take from it, null where nothing speaks.
    """

    line = fields.String(required=True, allow_none=True)
    tables = fields.List(fields.Nested(CellSchema), required=True)


class LookAlikeSchema(_ResponseSchema):
    """Another cause of macrocytosis or neurological signs."""

    of = fields.String(required=True)
    code = fields.String(required=True)
    text = fields.String(required=True)
    supporting = fields.List(fields.String(), required=True, data_key="for")
    tests = fields.List(fields.String(), required=True)
    citation = fields.String(required=True)
    verification = EnumCode(Verification, required=True)


class FindingsSchema(_ResponseSchema):
    """All findings."""

    b12Status = fields.Nested(StatusSchema, required=True)
    anaemia = fields.Nested(AnaemiaSchema, required=True)
    neuropathy = fields.Nested(NeuropathySchema, required=True)
    causes = fields.List(fields.Nested(CodedSchema), required=True)
    confounders = fields.List(fields.Nested(CodedSchema), required=True)
    muscle = fields.Nested(MuscleSchema)
    lookAlikes = fields.List(fields.Nested(LookAlikeSchema))


class SuggestedSchema(_ResponseSchema):
    """One suggestion; `resource` is a FHIR R4 draft, where there is one."""

    code = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    label = fields.String(required=True)
    recommended = Boolean(required=True)
    resource = fields.Dict(keys=fields.String())


class ExpectationSchema(_ResponseSchema):
    """Expected recovery or purpose of a review, with its source."""

    text = fields.String(required=True)
    citation = fields.String(required=True)
    verification = EnumCode(Verification, required=True)


class PlanSchema(_ResponseSchema):
    """The plan."""

    rung = fields.String(required=True, validate=validate.Regexp(r"R\d{1,2}\Z"))
    route = EnumCode(Route, required=True)
    urgency = EnumName(Urgency, required=True)
    suggestions = fields.List(fields.Nested(SuggestedSchema), required=True)
    cautions = fields.List(fields.Nested(ReasonOfOutcomeSchema), required=True)
    expectations = fields.List(fields.Nested(ExpectationSchema), required=True)


class UnknownSchema(_ResponseSchema):
    """A missing fact; `wouldDecide` names what it could change, null if nothing."""

    fact = fields.String(required=True)
    wouldDecide = fields.String(required=True, allow_none=True)
    text = fields.String(required=True)


class VersionSchema(_ResponseSchema):
    """Version of the knowledge used; `site` is null without a site file."""

    version = fields.String(required=True)
    hash = fields.String(required=True)
    site = fields.String(required=True, allow_none=True)


class CommentSchema(_ResponseSchema):
    """The report comment."""

    code = fields.String(required=True)
    text = fields.String(required=True)
    authorisation = fields.String(required=True, validate=validate.OneOf(("required", "automatic")))


class WorkListSchema(_ResponseSchema):
    """Why a person should review the report although no comment was made."""

    code = fields.String(required=True)
    text = fields.String(required=True)


class ReflexSchema(_ResponseSchema):
    """A test that could be added to the same sample."""

    code = fields.String(required=True)
    label = fields.String(required=True)
    loinc = fields.String(required=True, allow_none=True)


class AssessmentSchema(_ResponseSchema):
    """The whole response; all members are always present."""

    outcome = EnumCode(Outcome, required=True)
    reasons = fields.List(fields.Nested(ReasonOfOutcomeSchema), required=True)
    subject = fields.String(required=True, allow_none=True)
    asOf = fields.Date(required=True)
    profile = fields.String(required=True)
    knowledge = fields.Nested(VersionSchema, required=True)
    findings = fields.Nested(FindingsSchema, required=True)
    plan = fields.Nested(PlanSchema, required=True)
    unknowns = fields.List(fields.Nested(UnknownSchema), required=True)
    notes = fields.List(fields.Nested(NoteSchema), required=True)
    comment = fields.Nested(CommentSchema, required=True, allow_none=True)
    workList = fields.Nested(WorkListSchema, required=True, allow_none=True)
    reflex = fields.List(fields.Nested(ReflexSchema), required=True)
    cards = fields.List(fields.Nested(CardSchema), required=True)


class ShortAnswerSchema(_ResponseSchema):
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
