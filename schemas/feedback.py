"""What becomes of a card, as a client tells it: strict where it counts, tolerant of the rest."""

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

from cobalamin.schemas.paths import first_fault

ACCEPTED, OVERRIDDEN = "accepted", "overridden"
IDENTIFIER = re.compile(r"[A-Za-z0-9._:-]{1,64}\Z")
CODE = re.compile(r"[!-~]{1,128}\Z")
SYSTEM = re.compile(r"[!-~]{1,255}\Z")
MOST_SUGGESTIONS = 20


class Moment(fields.Field[str]):
    """A time of RFC 3339, in UTC however it was sent; one without a zone is taken for UTC."""

    def _deserialize(self, value: object, *_: object, **__: object) -> str:
        try:
            read = datetime.fromisoformat(value.upper()) if isinstance(value, str) else None
            if read is None or len(str(value)) <= len("2026-11-20"):
                raise ValidationError("must be a time such as 2026-11-20T10:00:00Z")
            aware = read if read.tzinfo is not None else read.replace(tzinfo=UTC)
            return aware.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        except (ValueError, OverflowError):
            raise ValidationError("must be a time such as 2026-11-20T10:00:00Z") from None


class _Tolerant(Schema):
    class Meta:
        unknown = EXCLUDE


class AcceptedSuggestionSchema(_Tolerant):
    """The `uuid` of a suggestion that was taken."""

    id = fields.String(required=True, validate=validate.Regexp(IDENTIFIER, error="must be a UUID"))


class FeedbackSchema(_Tolerant):
    """What became of one card."""

    card = fields.String(
        required=True, validate=validate.Regexp(IDENTIFIER, error="must be the uuid of a card")
    )
    outcome = fields.String(
        required=True,
        validate=validate.OneOf(
            (ACCEPTED, OVERRIDDEN), error=f"must be {ACCEPTED} or {OVERRIDDEN}"
        ),
    )
    outcomeTimestamp = Moment(required=True)
    acceptedSuggestions = fields.List(
        fields.Nested(AcceptedSuggestionSchema),
        allow_none=True,
        validate=validate.Length(max=MOST_SUGGESTIONS),
    )
    overrideReason = fields.Raw(allow_none=True)

    @validates_schema
    def accepted_names_what(self, item: Mapping[str, Any], **_: object) -> None:
        """A card can only be accepted by taking a suggestion."""
        if item.get("outcome") == ACCEPTED and not item.get("acceptedSuggestions"):
            message = "must name the suggestions that were accepted"
            raise ValidationError(message, "acceptedSuggestions")

    @post_load
    def with_reason(self, item: dict[str, Any], **_: object) -> dict[str, Any]:
        """The reason as system and code; whether there was a comment, but never the comment."""
        sent = item.pop("overrideReason", None)
        reason = sent.get("reason") if isinstance(sent, Mapping) else None
        comment = sent.get("userComment") if isinstance(sent, Mapping) else None
        return {
            **item,
            "acceptedSuggestions": item.get("acceptedSuggestions") or [],
            "reason": _coding(reason) if item["outcome"] == OVERRIDDEN else (None, None),
            "commented": isinstance(comment, str) and bool(comment.strip()),
        }


class FeedbackBatchSchema(Schema):
    """What became of many cards; for the description of the interface."""

    feedback = fields.List(fields.Nested(FeedbackSchema), required=True)


class VerdictSchema(Schema):
    """What became of one item: `stored`, `repeated` (it was there already) or `refused`."""

    class Meta:
        unknown = RAISE

    verdict = fields.String(required=True)
    where = fields.String()
    text = fields.String()


class FeedbackAnswerSchema(Schema):
    """A verdict for each item, in the order in which they came."""

    class Meta:
        unknown = RAISE

    feedback = fields.List(fields.Nested(VerdictSchema), required=True)


def _coding(sent: object) -> tuple[str | None, str | None]:
    """System and code; a display is for people, and what is no code is not kept."""
    if not isinstance(sent, Mapping):
        return None, None
    system, code = sent.get("system"), sent.get("code")
    if not isinstance(code, str) or not CODE.match(code):
        return None, None
    return (system if isinstance(system, str) and SYSTEM.match(system) else None), code


_schema = FeedbackSchema()


def load_feedback(item: object) -> dict[str, Any]:
    """One item, checked.

    Raises:
        SchemaError: a member is missing or of the wrong kind; `where` is its path.
    """
    try:
        loaded: dict[str, Any] = _schema.load(item)  # type: ignore[arg-type]
    except ValidationError as error:
        raise first_fault(error) from None
    return loaded
