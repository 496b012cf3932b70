"""Schema of a CDS Hooks response, which the tests apply to every response."""

from collections.abc import Mapping
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

from cobalamin.schemas.values import Boolean

TEXT = validate.Length(min=1)
SHORT = validate.Length(min=1, max=139)
TOPIC = validate.Regexp(r"[A-Za-z0-9]{1,100}\Z")
INDICATORS = ("info", "warning", "critical")
BEHAVIOURS = ("at-most-one", "any")


class _ResponseSchema(Schema):
    class Meta:
        unknown = RAISE


class CodingSchema(_ResponseSchema):
    """A code with its system; `display` for people."""

    code = fields.String(required=True, validate=TEXT)
    system = fields.Url(required=True, require_tld=False)
    display = fields.String(validate=TEXT)


class TopicSchema(CodingSchema):
    """One static code per topic: clients remember overrides by it."""

    code = fields.String(required=True, validate=TOPIC)


class ReasonSchema(CodingSchema):
    """An override reason; shown to people, so `display` is required."""

    display = fields.String(required=True, validate=TEXT)


class SourceSchema(_ResponseSchema):
    """The source of a card."""

    label = fields.String(required=True, validate=TEXT)
    url = fields.Url(require_tld=False)
    topic = fields.Nested(TopicSchema, required=True)


class ActionSchema(_ResponseSchema):
    """One action: create a draft order, or delete one of the request."""

    type = fields.String(required=True, validate=validate.OneOf(("create", "delete")))
    description = fields.String(required=True, validate=TEXT)
    resource = fields.Dict(keys=fields.String(), validate=TEXT)
    resourceId = fields.String(validate=validate.Regexp(r"[A-Za-z]+/[A-Za-z0-9.-]{1,64}\Z"))

    @validates_schema
    def a_change_names_its_resource(self, action: Mapping[str, Any], **_: object) -> None:
        """Require a resource for create and a resourceId for delete."""
        wanted = "resource" if action.get("type") == "create" else "resourceId"
        other = "resourceId" if wanted == "resource" else "resource"
        if wanted not in action or other in action:
            raise ValidationError("a create has a resource, a delete a resourceId", wanted)


class SuggestionSchema(_ResponseSchema):
    """One suggestion; its actions belong together."""

    label = fields.String(required=True, validate=TEXT)
    uuid = fields.UUID(required=True)
    isRecommended = Boolean(required=True)
    actionSelectionBehavior = fields.String(validate=validate.Equal("any"))
    actions = fields.List(fields.Nested(ActionSchema), required=True, validate=TEXT)


class LinkSchema(_ResponseSchema):
    """A link to a page for people."""

    label = fields.String(required=True, validate=TEXT)
    url = fields.Url(required=True, require_tld=False)
    type = fields.String(required=True, validate=validate.Equal("absolute"))


class CardSchema(_ResponseSchema):
    """One card."""

    uuid = fields.UUID(required=True)
    summary = fields.String(required=True, validate=SHORT)
    detail = fields.String(required=True, validate=TEXT)
    indicator = fields.String(required=True, validate=validate.OneOf(INDICATORS))
    source = fields.Nested(SourceSchema, required=True)
    suggestions = fields.List(fields.Nested(SuggestionSchema), validate=TEXT)
    selectionBehavior = fields.String(validate=validate.OneOf(BEHAVIOURS))
    overrideReasons = fields.List(fields.Nested(ReasonSchema), validate=TEXT)
    links = fields.List(fields.Nested(LinkSchema), validate=TEXT)

    @validates_schema
    def a_choice_has_a_rule(self, card: Mapping[str, Any], **_: object) -> None:
        """Require selectionBehavior with suggestions, and respect it in recommendations."""
        suggestions, rule = card.get("suggestions", ()), card.get("selectionBehavior")
        if bool(suggestions) is not bool(rule):
            raise ValidationError("stands with suggestions and only there", "selectionBehavior")
        recommended = sum(one.get("isRecommended", False) for one in suggestions)
        if rule == "at-most-one" and recommended > 1:
            raise ValidationError("may hold one recommendation", "suggestions")


class ReasonOfOutcomeSchema(_ResponseSchema):
    """A reason of the outcome."""

    code = fields.String(required=True, validate=TEXT)
    text = fields.String(required=True, validate=TEXT)


class NoteSchema(_ResponseSchema):
    """A note about an element of the request."""

    severity = fields.String(required=True, validate=validate.OneOf(("warning", "information")))
    where = fields.String(validate=TEXT)
    code = fields.String(required=True, validate=TEXT)
    text = fields.String(required=True, validate=TEXT)


class KnowledgeSchema(_ResponseSchema):
    """Version of the knowledge used."""

    version = fields.String(required=True, validate=TEXT)
    hash = fields.String(required=True, validate=TEXT)
    site = fields.String(validate=TEXT)


class AssessedSchema(_ResponseSchema):
    """Summary of the assessment; empty members are omitted.

    With advice it has findings, plan, unknowns and sources as the assessment response has them.
    """

    outcome = fields.String(
        required=True, validate=validate.OneOf(("advice", "no-advice", "not-assessable"))
    )
    reasons = fields.List(fields.Nested(ReasonOfOutcomeSchema), validate=TEXT)
    notes = fields.List(fields.Nested(NoteSchema), validate=TEXT)
    profile = fields.String(required=True, validate=TEXT)
    knowledge = fields.Nested(KnowledgeSchema, required=True)
    mode = fields.String(validate=validate.OneOf(("silent", "off")))
    findings = fields.Dict(keys=fields.String(), validate=TEXT)
    plan = fields.Dict(keys=fields.String(), validate=TEXT)
    unknowns = fields.List(fields.Dict(keys=fields.String()), validate=TEXT)
    sources = fields.Dict(keys=fields.String(), validate=TEXT)


class ExtensionSchema(_ResponseSchema):
    """The `extension` member of the response."""

    assessment = fields.Nested(AssessedSchema, required=True, data_key="org.cobalamin.assessment")


class CdsAnswerSchema(_ResponseSchema):
    """The whole response; only `cards` may be empty."""

    cards = fields.List(fields.Nested(CardSchema), required=True, validate=validate.Length(max=3))
    extension = fields.Nested(ExtensionSchema, required=True)
