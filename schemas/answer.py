"""The answer of `POST /v1/assessments`, member by member, as it is documented."""

from marshmallow import RAISE, Schema, fields, validate

from cobalamin.schemas.cards import CardSchema, NoteSchema, ReasonOfOutcomeSchema
from cobalamin.schemas.values import Name, Number, NumberOrWord, Truth, Word
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
from cobalamin.service.rules.model.vocabulary import Analyte, BodySite, Feature, History

KINDS = ("medication", "test", "diet", "referral", "monitoring")


class _Answer(Schema):
    class Meta:
        unknown = RAISE


class QuantitySchema(_Answer):
    """A number in the unit that was reported."""

    value = Number(required=True)
    unit = fields.String(required=True)
    comparator = Word(Comparator)


class LimitSchema(QuantitySchema):
    """The published limit that a value was held against, in the value's own unit."""

    id = fields.String(required=True)
    value = Number()
    unit = fields.String()
    bound = Word(Bound, required=True)
    verification = Word(Verification, required=True)


class MeasuredSchema(_Answer):
    """One result as it was reported."""

    analyte = Word(Analyte)
    value = NumberOrWord()
    unit = fields.String()
    comparator = Word(Comparator)
    interpretation = Word(Flag)
    date = fields.String()
    reference = fields.String()


class BecauseSchema(MeasuredSchema):
    """One reason: the fact, as result, feature or history, what it met, and who says so."""

    fact = fields.String(required=True)
    feature = Word(Feature)
    present = Truth()
    progressive = Truth()
    objective = Truth()
    intermittent = Truth()
    onset = fields.String()
    bodySite = Word(BodySite)
    history = Word(History)
    active = Truth()
    since = fields.String()
    last = fields.String()
    dose = fields.Nested(QuantitySchema)
    parameter = fields.Nested(LimitSchema)
    limit = fields.Nested(QuantitySchema)
    ownLimit = Truth()
    citation = fields.String()


class _Found(_Answer):
    because = fields.List(fields.Nested(BecauseSchema), required=True)


class StatusSchema(_Found):
    """What the markers say of vitamin B12; `band` is that of the B12 result alone."""

    value = Word(Status, required=True)
    band = Word(Band, required=True)
    earlier = fields.List(fields.Nested(MeasuredSchema), required=True)
    supporting = fields.List(fields.Nested(MeasuredSchema), required=True)


class AnaemiaSchema(_Found):
    """The blood picture."""

    value = Word(Severity, required=True)
    cells = Word(Cells, required=True)
    megaloblastic = Word(Likelihood, required=True)


class NeuropathySchema(_Found):
    """How far the nerves are affected."""

    tier = Word(Tier, required=True)


class CodedSchema(_Found):
    """A cause, or something that makes a marker less sure."""

    code = fields.String(required=True)


class CellSchema(_Answer):
    """One cell of a published comparison, and what this record says for and against it."""

    table = fields.String(required=True)
    row = fields.String(required=True)
    column = fields.String(required=True)
    text = fields.String(required=True)
    supporting = fields.List(fields.String(), required=True, data_key="for")
    opposing = fields.List(fields.String(), required=True, data_key="against")
    citation = fields.String(required=True)
    verification = Word(Verification, required=True)


class MuscleSchema(_Answer):
    """What else explains a muscle complaint; absent without one."""

    tables = fields.List(fields.Nested(CellSchema), required=True)


class LookAlikeSchema(_Answer):
    """Another cause of large cells or nerve signs."""

    of = fields.String(required=True)
    code = fields.String(required=True)
    text = fields.String(required=True)
    supporting = fields.List(fields.String(), required=True, data_key="for")
    tests = fields.List(fields.String(), required=True)
    citation = fields.String(required=True)
    verification = Word(Verification, required=True)


class FindingsSchema(_Answer):
    """What was found."""

    b12Status = fields.Nested(StatusSchema, required=True)
    anaemia = fields.Nested(AnaemiaSchema, required=True)
    neuropathy = fields.Nested(NeuropathySchema, required=True)
    causes = fields.List(fields.Nested(CodedSchema), required=True)
    confounders = fields.List(fields.Nested(CodedSchema), required=True)
    muscle = fields.Nested(MuscleSchema)
    lookAlikes = fields.List(fields.Nested(LookAlikeSchema))


class SuggestedSchema(_Answer):
    """One suggestion; `resource` is a draft in FHIR R4, absent where there is none."""

    code = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    label = fields.String(required=True)
    recommended = Truth(required=True)
    resource = fields.Dict(keys=fields.String())


class ExpectationSchema(_Answer):
    """How recovery goes, or what a review decides, with its source."""

    text = fields.String(required=True)
    citation = fields.String(required=True)
    verification = Word(Verification, required=True)


class PlanSchema(_Answer):
    """What to do."""

    rung = fields.String(required=True, validate=validate.Regexp(r"R\d{1,2}\Z"))
    route = Word(Route, required=True)
    urgency = Name(Urgency, required=True)
    suggestions = fields.List(fields.Nested(SuggestedSchema), required=True)
    cautions = fields.List(fields.Nested(ReasonOfOutcomeSchema), required=True)
    expectations = fields.List(fields.Nested(ExpectationSchema), required=True)


class UnknownSchema(_Answer):
    """A fact that was not sent; `wouldDecide` names what it would change, null if nothing."""

    fact = fields.String(required=True)
    wouldDecide = fields.String(required=True, allow_none=True)
    text = fields.String(required=True)


class VersionSchema(_Answer):
    """Which knowledge made the answer; `site` is null without a site file."""

    version = fields.String(required=True)
    hash = fields.String(required=True)
    site = fields.String(required=True, allow_none=True)


class CommentSchema(_Answer):
    """The laboratory's comment."""

    code = fields.String(required=True)
    text = fields.String(required=True)
    authorisation = fields.String(required=True, validate=validate.OneOf(("required", "automatic")))


class WorkListSchema(_Answer):
    """Why a person should look although no comment was made."""

    code = fields.String(required=True)
    text = fields.String(required=True)


class ReflexSchema(_Answer):
    """A test that could be added to the sample."""

    code = fields.String(required=True)
    label = fields.String(required=True)
    loinc = fields.String(required=True, allow_none=True)


class AssessmentSchema(_Answer):
    """The whole answer; every member is always there."""

    outcome = Word(Outcome, required=True)
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


class ShortAnswerSchema(_Answer):
    """The assessment as codes alone; `notes` counts them by code."""

    outcome = Word(Outcome, required=True)
    reasons = fields.List(fields.String(), required=True)
    subject = fields.String(required=True, allow_none=True)
    asOf = fields.Date(required=True)
    profile = fields.String(required=True)
    knowledge = fields.Nested(VersionSchema, required=True)
    status = Word(Status, required=True)
    band = Word(Band, required=True)
    anaemia = Word(Severity, required=True)
    megaloblastic = Word(Likelihood, required=True)
    tier = Word(Tier, required=True)
    rung = fields.String(required=True, validate=validate.Regexp(r"R\d{1,2}\Z"))
    route = Word(Route, required=True)
    urgency = Name(Urgency, required=True)
    suggestions = fields.List(fields.String(), required=True)
    recommended = fields.List(fields.String(), required=True)
    cautions = fields.List(fields.String(), required=True)
    causes = fields.List(fields.String(), required=True)
    notes = fields.Dict(keys=fields.String(), values=fields.Integer(strict=True), required=True)
    comment = fields.String(required=True, allow_none=True)
