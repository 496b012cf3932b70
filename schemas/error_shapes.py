"""Schemas of error bodies, which the tests apply to every error."""

from marshmallow import Schema, fields


class IssueSchema(Schema):
    """One issue of an OperationOutcome."""

    severity = fields.String(required=True)
    code = fields.String(required=True)
    diagnostics = fields.String(required=True)
    expression = fields.List(fields.String())


class OperationOutcomeSchema(Schema):
    """An OperationOutcome with one issue; `id` is the correlation id."""

    resourceType = fields.String(required=True)
    id = fields.String()
    issue = fields.List(fields.Nested(IssueSchema), required=True)


class ProblemSchema(Schema):
    """Problem details; `where` is the element's path and `correlationId` the request's id.

    `line` is the number of the line of a batch, counted from 1.
    """

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    where = fields.String()
    correlationId = fields.String(required=True)
    line = fields.Integer()
