"""Base of the schemas of responses."""

from marshmallow import RAISE, Schema, fields


class ResponseSchema(Schema):
    """Part of a response; unknown members are an error."""

    class Meta:
        """Options of marshmallow."""

        unknown = RAISE


class VersionSchema(ResponseSchema):
    """Version of the knowledge used; `site` is null without a site file."""

    version = fields.String(required=True)
    hash = fields.String(required=True)
    site = fields.String(required=True, allow_none=True)
