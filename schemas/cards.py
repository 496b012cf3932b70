"""The answer of a CDS Service: what the specification allows, as tests hold it to every answer."""

from collections.abc import Mapping
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

from cobalamin.schemas.values import Truth

TEXT = validate.Length(min=1)
SHORT = validate.Length(min=1, max=139)
TOPIC = validate.Regexp(r"[A-Za-z0-9]{1,100}\Z")
INDICATORS = ("info", "warning", "critical")
BEHAVIOURS = ("at-most-one", "any")


class _Answer(Schema):
    class Meta:
        unknown = RAISE


class CodingSchema(_Answer):
    """A code with its system; `display` for people."""

    code = fields.String(required=True, validate=TEXT)
    system = fields.Url(required=True, require_tld=False)
    display = fields.String(validate=TEXT)


class TopicSchema(CodingSchema):
    """One static code per topic: clients remember overrides by it."""

    code = fields.String(required=True, validate=TOPIC)


class ReasonSchema(CodingSchema):
    """Why advice is not followed; shown to people, so `display` is needed."""

    display = fields.String(required=True, validate=TEXT)


class SourceSchema(_Answer):
    """Who says it."""

    label = fields.String(required=True, validate=TEXT)
    url = fields.Url(require_tld=False)
    topic = fields.Nested(TopicSchema, required=True)


class ActionSchema(_Answer):
    """One change: a draft order made, or one of the call taken back."""

    type = fields.String(required=True, validate=validate.OneOf(("create", "delete")))
    description = fields.String(required=True, validate=TEXT)
    resource = fields.Dict(keys=fields.String(), validate=TEXT)
    resourceId = fields.String(validate=validate.Regexp(r"[A-Za-z]+/[A-Za-z0-9.-]{1,64}\Z"))

    @validates_schema
    def a_change_names_its_resource(self, action: Mapping[str, Any], **_: object) -> None:
        """What is made is whole; what is taken back is named by its id."""
        wanted = "resource" if action.get("type") == "create" else "resourceId"
        other = "resourceId" if wanted == "resource" else "resource"
        if wanted not in action or other in action:
            raise ValidationError("a create has a resource, a delete a resourceId", wanted)


class SuggestionSchema(_Answer):
    """One choice; all of its actions belong together."""

    label = fields.String(required=True, validate=TEXT)
    uuid = fields.UUID(required=True)
    isRecommended = Truth()
    actions = fields.List(fields.Nested(ActionSchema), required=True, validate=TEXT)


class LinkSchema(_Answer):
    """A page for people, which no client has to launch."""

    label = fields.String(required=True, validate=TEXT)
    url = fields.Url(required=True, require_tld=False)
    type = fields.String(required=True, validate=validate.Equal("absolute"))


class CardSchema(_Answer):
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
        """Suggestions need a rule of choice, which allows one recommendation or many."""
        suggestions, rule = card.get("suggestions", ()), card.get("selectionBehavior")
        if bool(suggestions) is not bool(rule):
            raise ValidationError("stands with suggestions and only there", "selectionBehavior")
        recommended = sum(one.get("isRecommended", False) for one in suggestions)
        if rule == "at-most-one" and recommended > 1:
            raise ValidationError("may hold one recommendation", "suggestions")


class ReasonOfOutcomeSchema(_Answer):
    """Why the outcome is what it is."""

    code = fields.String(required=True, validate=TEXT)
    text = fields.String(required=True, validate=TEXT)


class NoteSchema(_Answer):
    """Something about what was sent, with its path."""

    severity = fields.String(required=True, validate=validate.OneOf(("warning", "information")))
    where = fields.String(validate=TEXT)
    code = fields.String(required=True, validate=TEXT)
    text = fields.String(required=True, validate=TEXT)


class KnowledgeSchema(_Answer):
    """Which knowledge made the answer."""

    version = fields.String(required=True, validate=TEXT)
    hash = fields.String(required=True, validate=TEXT)
    site = fields.String(validate=TEXT)


class AssessedSchema(_Answer):
    """That, and how, it was assessed; an empty member is left out."""

    outcome = fields.String(
        required=True, validate=validate.OneOf(("advice", "no-advice", "not-assessable"))
    )
    reasons = fields.List(fields.Nested(ReasonOfOutcomeSchema), validate=TEXT)
    notes = fields.List(fields.Nested(NoteSchema), validate=TEXT)
    profile = fields.String(required=True, validate=TEXT)
    knowledge = fields.Nested(KnowledgeSchema, required=True)
    mode = fields.String(validate=validate.OneOf(("silent", "off")))


class ExtensionSchema(_Answer):
    """What stands beside the cards."""

    assessment = fields.Nested(AssessedSchema, required=True, data_key="org.cobalamin.assessment")


class CdsAnswerSchema(_Answer):
    """The whole answer; only `cards` may be empty."""

    cards = fields.List(fields.Nested(CardSchema), required=True, validate=validate.Length(max=3))
    extension = fields.Nested(ExtensionSchema, required=True)
