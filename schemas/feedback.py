"""Schema of CDS Hooks feedback: strict about what is stored, lenient about the rest."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from marshmallow import (
    EXCLUDE,
    RAISE,
    Schema,
    ValidationError,
    fields,
    post_load,
    validate,
    validates_schema,
)

from cobalamin.schemas.paths import first_error

ACCEPTED, OVERRIDDEN = "accepted", "overridden"
IDENTIFIER = re.compile(r"[A-Za-z0-9._:-]{1,64}\Z")
CODE = re.compile(r"[!-~]{1,128}\Z")
SYSTEM = re.compile(r"[!-~]{1,255}\Z")
MOST_SUGGESTIONS = 20


class UtcTimestamp(fields.Field[str]):
    """An RFC 3339 timestamp converted to UTC; without an offset it is taken as UTC."""

    def _deserialize(self, value: object, *_: object, **__: object) -> str:
        try:
            read = datetime.fromisoformat(value.upper()) if isinstance(value, str) else None
            if read is None or len(str(value)) <= len("2026-11-20"):
                raise ValidationError("must be a time such as 2026-11-20T10:00:00Z")
            aware = read if read.tzinfo is not None else read.replace(tzinfo=UTC)
            return aware.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        except (ValueError, OverflowError):
            raise ValidationError("must be a time such as 2026-11-20T10:00:00Z") from None


class _LenientSchema(Schema):
    class Meta:
        unknown = EXCLUDE


class AcceptedSuggestionSchema(_LenientSchema):
    """The `uuid` of an accepted suggestion."""

    id = fields.String(required=True, validate=validate.Regexp(IDENTIFIER, error="must be a UUID"))


class FeedbackSchema(_LenientSchema):
    """Feedback on one card."""

    card = fields.String(
        required=True, validate=validate.Regexp(IDENTIFIER, error="must be the uuid of a card")
    )
    outcome = fields.String(
        required=True,
        validate=validate.OneOf(
            (ACCEPTED, OVERRIDDEN), error=f"must be {ACCEPTED} or {OVERRIDDEN}"
        ),
    )
    outcomeTimestamp = UtcTimestamp(required=True)
    acceptedSuggestions = fields.List(
        fields.Nested(AcceptedSuggestionSchema),
        allow_none=True,
        validate=validate.Length(max=MOST_SUGGESTIONS),
    )
    overrideReason = fields.Raw(allow_none=True)

    @validates_schema
    def accepted_names_what(self, item: Mapping[str, Any], **_: object) -> None:
        """Require accepted suggestions where the outcome is `accepted`."""
        if item.get("outcome") == ACCEPTED and not item.get("acceptedSuggestions"):
            message = "must name the suggestions that were accepted"
            raise ValidationError(message, "acceptedSuggestions")

    @post_load
    def with_reason(self, item: dict[str, Any], **_: object) -> dict[str, Any]:
        """Keep system and code of the reason, and whether there was a comment, not its text."""
        override = item.pop("overrideReason", None)
        reason = override.get("reason") if isinstance(override, Mapping) else None
        comment = override.get("userComment") if isinstance(override, Mapping) else None
        return {
            **item,
            "acceptedSuggestions": item.get("acceptedSuggestions") or [],
            "reason": _coding(reason) if item["outcome"] == OVERRIDDEN else (None, None),
            "commented": isinstance(comment, str) and bool(comment.strip()),
        }


class FeedbackBatchSchema(Schema):
    """Feedback on several cards, as documented in OpenAPI."""

    feedback = fields.List(fields.Nested(FeedbackSchema), required=True)


class VerdictSchema(Schema):
    """The result of one item: `stored`, `repeated` (already stored) or `refused`."""

    class Meta:
        unknown = RAISE

    verdict = fields.String(required=True)
    where = fields.String()
    text = fields.String()


class FeedbackAnswerSchema(Schema):
    """The result of each item, in request order."""

    class Meta:
        unknown = RAISE

    feedback = fields.List(fields.Nested(VerdictSchema), required=True)


def _coding(reason: object) -> tuple[str | None, str | None]:
    """Return system and code; the display and invalid codes are dropped."""
    if not isinstance(reason, Mapping):
        return None, None
    system, code = reason.get("system"), reason.get("code")
    if not isinstance(code, str) or not CODE.match(code):
        return None, None
    return (system if isinstance(system, str) and SYSTEM.match(system) else None), code


_schema = FeedbackSchema()


def load_feedback(item: object) -> dict[str, Any]:
    """Validate one item.

    Raises:
        SchemaError: a member is missing or of the wrong kind; `where` is its path.
    """
    try:
        loaded: dict[str, Any] = _schema.load(item)  # type: ignore[arg-type]
    except ValidationError as error:
        raise first_error(error) from None
    return loaded
